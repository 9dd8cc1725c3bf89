package format

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html"
)

// htmlReader keeps headings, paragraphs, lists, quotes, tables, code, emphasis and links; all else is text or, as scripts
// are, left out.
type htmlReader struct {
	collector
	skip    []string // elements that are open of which nothing is read
	styles  []htmlStyle
	lists   []odtList // style is ul or ol
	quote   int
	pre     bool
	done    bool  // a paragraph has begun
	pending Block // kind of the next paragraph
}

// htmlStyle is an element that is open, and the style of text in it.
type htmlStyle struct {
	tag string
	run Run
}

func fromHTML(data []byte) (string, error) {
	r := &htmlReader{}
	z := html.NewTokenizer(bytes.NewReader(data))
	z.SetMaxBuf(maxUnpacked) // pictures lie in tags
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			if err := z.Err(); !errors.Is(err, io.EOF) {
				return "", fmt.Errorf("%w: %w", ErrFile, err)
			}
			r.endParagraph()
			for len(r.tables) > 0 {
				r.endCell(1)
				r.endTable()
			}
			blocks, err := r.finish()
			return Markdown(blocks), err
		case html.TextToken:
			if len(r.skip) == 0 {
				r.text(string(z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			r.tag(z.Token(), kind)
		}
	}
}

// htmlLeftOut are elements of which nothing is shown.
const htmlLeftOut = " script style head template title noscript select "

func (r *htmlReader) tag(t html.Token, kind html.TokenType) {
	if strings.Contains(htmlLeftOut, " "+t.Data+" ") {
		switch n := len(r.skip); {
		case kind == html.StartTagToken && n < maxDepth:
			r.skip = append(r.skip, t.Data)
		case kind == html.EndTagToken && n > 0 && r.skip[n-1] == t.Data:
			r.skip = r.skip[:n-1]
		}
		return
	}
	if t.Data == "body" { // a head need not be closed
		r.skip = nil
	}
	switch {
	case len(r.skip) > 0:
	case kind == html.EndTagToken:
		r.close(t.Data)
	default:
		r.open(t)
	}
}

// text adds text, in which white space is one space (CSS Text 3, section 4).
func (r *htmlReader) text(s string) {
	if !r.pre {
		lead, tail := strings.TrimLeft(s, " \t\r\n") != s, strings.TrimRight(s, " \t\r\n") != s
		s = strings.Join(strings.FieldsFunc(s, func(c rune) bool { return strings.ContainsRune(" \t\r\n\f", c) }), " ")
		b := r.current()
		empty := b == nil || len(b.Runs) == 0
		switch {
		case s == "" && (empty || strings.HasSuffix(b.Runs[len(b.Runs)-1].Text, " ")):
			return
		case s == "":
			s = " "
		default:
			if lead && !empty {
				s = " " + s
			}
			if tail {
				s += " "
			}
		}
	}
	r.say(s)
}

// say adds text in the style of the elements that are open, in a paragraph that is begun if there is none.
func (r *htmlReader) say(s string) {
	if !r.done {
		r.pending.Quote = r.quote
		if n := len(r.lists); n > 0 {
			l := &r.lists[n-1]
			r.pending.Depth, r.pending.Item, r.pending.Ordered, r.pending.Number = min(n, maxLists), l.fresh, l.style == "ol", l.count
			l.fresh = false
		}
		r.begin(r.pending)
		r.pending, r.done = Block{}, true
	}
	run := Run{}
	if n := len(r.styles); n > 0 {
		run = r.styles[n-1].run
	}
	if r.current().Kind == KindHeading {
		run.Bold = false
	}
	run.Text = s
	r.add(run)
}

func (r *htmlReader) endParagraph() {
	if r.done {
		r.end()
	}
	r.done, r.pending = false, Block{}
}

// open does what a tag says that begins an element.
func (r *htmlReader) open(t html.Token) {
	switch t.Data {
	case "h1", "h2", "h3", "h4", "h5", "h6":
		r.endParagraph()
		r.pending = Block{Kind: KindHeading, Level: int(t.Data[1] - '0')}
	case "p", "div", "section", "article", "header", "footer", "main", "dt", "dd", "figure", "figcaption", "center":
		r.endParagraph()
	case "blockquote":
		r.endParagraph()
		r.quote = min(r.quote+1, maxLists)
	case "ul", "ol":
		r.endParagraph()
		if len(r.lists) < maxDepth {
			l := odtList{style: t.Data}
			if start := number(htmlAttribute(t, "start")); start > 1 {
				l.count = start - 1
			}
			r.lists = append(r.lists, l)
		}
	case "li":
		r.endParagraph()
		if n := len(r.lists); n > 0 {
			r.lists[n-1].count++
			r.lists[n-1].fresh = true
		}
	case "pre":
		r.endParagraph()
		r.pre, r.pending = true, Block{Kind: KindCode}
	case "hr":
		r.endParagraph()
		r.out = append(r.out, Block{Kind: KindRule, Quote: r.quote})
	case "br":
		r.say("\n")
	case "table":
		r.endParagraph()
		if len(r.tables) < maxDepth {
			r.beginTable(Block{Quote: r.quote})
		}
	case "tr":
		r.endParagraph()
		r.beginRow()
	case "td", "th":
		r.endParagraph()
		r.beginCell()
	case "input":
		if htmlAttribute(t, "type") == "checkbox" {
			r.say(map[bool]string{true: taskDone, false: taskOpen}[hasAttribute(t, "checked")])
		}
	case "img":
		if alt, src := htmlAttribute(t, "alt"), linkOf(htmlAttribute(t, "src")); alt != "" {
			r.style("img", func(run *Run) { run.Link = src })
			r.say(alt)
			r.unstyle("img")
		}
	case "b", "strong":
		r.style(t.Data, func(run *Run) { run.Bold = true })
	case "i", "em", "cite":
		r.style(t.Data, func(run *Run) { run.Italic = true })
	case "s", "del", "strike":
		r.style(t.Data, func(run *Run) { run.Strike = true })
	case "code", "kbd", "samp", "tt":
		r.style(t.Data, func(run *Run) { run.Code = true })
	case "a":
		to := linkOf(htmlAttribute(t, "href"))
		r.style(t.Data, func(run *Run) { run.Link = to })
	}
}

func (r *htmlReader) close(tag string) {
	switch tag {
	case "h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "section", "article", "header", "footer", "main", "dt", "dd", "figure", "figcaption", "center", "li":
		r.endParagraph()
	case "blockquote":
		r.endParagraph()
		r.quote = max(r.quote-1, 0)
	case "ul", "ol":
		r.endParagraph()
		r.lists = r.lists[:max(len(r.lists)-1, 0)]
	case "pre":
		r.endParagraph()
		r.pre = false
	case "td", "th":
		r.endParagraph()
		r.endCell(1)
	case "table":
		r.endParagraph()
		r.endTable()
	default:
		r.unstyle(tag)
	}
}

// style opens an element of emphasis.
func (r *htmlReader) style(tag string, change func(*Run)) {
	s := htmlStyle{tag: tag}
	if n := len(r.styles); n > 0 {
		s.run = r.styles[n-1].run
	}
	change(&s.run)
	if len(r.styles) < maxDepth {
		r.styles = append(r.styles, s)
	}
}

// unstyle closes the innermost element of that name, and what was forgotten in it.
func (r *htmlReader) unstyle(tag string) {
	for i := len(r.styles) - 1; i >= 0; i-- {
		if r.styles[i].tag == tag {
			r.styles = r.styles[:i]
			return
		}
	}
}

func htmlAttribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasAttribute(t html.Token, name string) bool {
	for _, a := range t.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
