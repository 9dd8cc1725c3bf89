package format

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// maxUnpacked bounds what a file inside a zip may unpack to, in bytes.
const maxUnpacked = 16 << 20

// Errors.
var (
	ErrKind = errors.New("a file of this kind cannot be imported; md, txt, html, docx, odt and etherpad can")
	ErrFile = errors.New("the file is damaged, or not what its name says")
)

// Import turns a file into markdown; the end of its name says what it is. It fails with ErrKind or ErrFile.
func Import(name string, data []byte) (md string, err error) {
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".markdown", ".txt":
		md = string(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	case ".html", ".htm":
		md, err = fromHTML(data)
	case ".docx":
		md, err = fromZip(data, "word/document.xml")
	case ".odt":
		md, err = fromZip(data, "content.xml")
	case ".etherpad":
		md, err = fromEtherpad(data)
	default:
		return "", ErrKind
	}
	if err == nil && !utf8.ValidString(md) {
		err = fmt.Errorf("%w: its text is not UTF-8", ErrFile)
	}
	return strings.ReplaceAll(md, "\r\n", "\n"), err
}

// writer builds markdown paragraph by paragraph.
type writer struct {
	out  strings.Builder
	line strings.Builder
	mark string // before the paragraph
	code bool
}

func (w *writer) end(gap string) {
	text := w.line.String()
	if !w.code {
		text = strings.TrimSpace(text)
	}
	if text != "" {
		w.out.WriteString(w.mark + text + gap)
	}
	w.line.Reset()
	w.mark = ""
}

// fromHTML keeps headings, lists, emphasis, links, code; all else is text or, as scripts are, left out.
func fromHTML(data []byte) (string, error) {
	w := &writer{}
	z := html.NewTokenizer(bytes.NewReader(data))
	z.SetMaxBuf(maxUnpacked)
	skip, href := 0, ""
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			if err := z.Err(); err != io.EOF {
				return "", fmt.Errorf("%w: %w", ErrFile, err)
			}
			w.end("\n")
			return strings.TrimSpace(w.out.String()) + "\n", nil
		}
		t := z.Token()
		open := kind == html.StartTagToken || kind == html.SelfClosingTagToken
		switch t.Data {
		case "script", "style", "head", "template":
			if kind == html.StartTagToken {
				skip++
			} else if kind == html.EndTagToken {
				skip = max(skip-1, 0)
			}
			continue
		}
		switch {
		case skip > 0:
		case kind == html.TextToken && w.code:
			w.line.WriteString(t.Data)
		case kind == html.TextToken:
			if text := strings.Join(strings.Fields(t.Data), " "); text != "" {
				lead, tail := "", ""
				if strings.TrimLeft(t.Data, " \t\r\n") != t.Data {
					lead = " "
				}
				if strings.TrimRight(t.Data, " \t\r\n") != t.Data {
					tail = " "
				}
				w.line.WriteString(lead + text + tail)
			} else if t.Data != "" && w.line.Len() > 0 {
				w.line.WriteString(" ")
			}
		default:
			w.tag(t, open, &href)
		}
	}
}

// tag does what one tag of HTML says.
func (w *writer) tag(t html.Token, open bool, href *string) {
	switch t.Data {
	case "h1", "h2", "h3", "h4", "h5", "h6":
		w.end("\n\n")
		if open {
			w.mark = strings.Repeat("#", int(t.Data[1]-'0')) + " "
		}
	case "p", "div", "section", "article", "tr", "ul", "ol", "table", "blockquote":
		w.end("\n\n")
	case "li":
		w.end("\n")
		if open {
			w.mark = "- "
		}
	case "br":
		w.line.WriteString("  \n")
	case "pre":
		if open {
			w.end("\n\n")
			w.code = true
			w.line.WriteString("```\n")
		} else if w.code {
			w.line.WriteString("\n```")
			w.end("\n\n")
			w.code = false
		}
	case "b", "strong":
		w.line.WriteString("**")
	case "i", "em":
		w.line.WriteString("*")
	case "code":
		if !w.code {
			w.line.WriteString("`")
		}
	case "a":
		if open {
			*href = ""
			for _, a := range t.Attr {
				if a.Key == "href" && (strings.HasPrefix(a.Val, "http://") || strings.HasPrefix(a.Val, "https://") || strings.HasPrefix(a.Val, "mailto:")) {
					*href = a.Val
				}
			}
			if *href != "" {
				w.line.WriteString("[")
			}
		} else if *href != "" {
			w.line.WriteString("](" + *href + ")")
			*href = ""
		}
	case "td", "th":
		if !open {
			w.line.WriteString(" ")
		}
	}
}

// fromZip reads the text of an office document.
func fromZip(data []byte, inside string) (string, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrFile, err)
	}
	f, err := z.Open(inside)
	if err != nil {
		return "", fmt.Errorf("%w: there is no %s in it", ErrFile, inside)
	}
	defer f.Close()
	limited := &io.LimitedReader{R: f, N: maxUnpacked}
	md, err := fromXML(limited)
	if limited.N == 0 {
		return "", fmt.Errorf("%w: it unpacks to more than it may", ErrFile)
	}
	return md, err
}

// fromXML reads the paragraphs of WordprocessingML (w:p, w:t) or OpenDocument (text:p, text:h).
func fromXML(r io.Reader) (string, error) {
	w := &writer{}
	d := xml.NewDecoder(r)
	d.Strict = true
	inText, items := 0, 0
	for {
		token, err := d.Token()
		if err == io.EOF {
			return w.out.String(), nil
		}
		if err != nil {
			return "", fmt.Errorf("%w: %w", ErrFile, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			word := strings.Contains(t.Name.Space, "wordprocessingml")
			switch t.Name.Local {
			case "t":
				inText++
			case "p", "h":
				if !word {
					inText++
				}
				if items > 0 {
					w.mark = "- "
				}
				if level := attribute(t, "outline-level"); level != "" {
					w.mark = hashes(level)
				}
			case "pStyle":
				if level, ok := strings.CutPrefix(strings.ToLower(attribute(t, "val")), "heading"); ok {
					w.mark = hashes(level)
				}
			case "numPr":
				w.mark = "- "
			case "list-item":
				items++
			case "tab":
				w.line.WriteString("\t")
			case "br", "line-break":
				w.line.WriteString("  \n")
			case "s":
				w.line.WriteString(" ")
			}
		case xml.EndElement:
			word := strings.Contains(t.Name.Space, "wordprocessingml")
			switch t.Name.Local {
			case "t":
				inText--
			case "p", "h":
				if !word {
					inText--
				}
				gap := "\n\n"
				if w.mark == "- " {
					gap = "\n"
				}
				w.end(gap)
			case "list-item":
				items--
			}
		case xml.CharData:
			if inText > 0 {
				w.line.Write(t)
			}
		}
	}
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// hashes is the mark of a heading of a level, "" for none.
func hashes(level string) string {
	n, err := strconv.Atoi(strings.TrimSpace(level))
	if err != nil || n < 1 {
		return ""
	}
	return strings.Repeat("#", min(n, 6)) + " "
}

// fromEtherpad reads Etherpad's own export: an object whose key pad:NAME has the text.
func fromEtherpad(data []byte) (string, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return "", fmt.Errorf("%w: %w", ErrFile, err)
	}
	for key, value := range all {
		if !strings.HasPrefix(key, "pad:") || strings.Count(key, ":") != 1 {
			continue // revisions, chat and authors have keys of their own
		}
		var pad struct{ Atext *struct{ Text string } }
		if err := json.Unmarshal(value, &pad); err == nil && pad.Atext != nil {
			return pad.Atext.Text, nil
		}
	}
	return "", fmt.Errorf("%w: there is no pad in it", ErrFile)
}
