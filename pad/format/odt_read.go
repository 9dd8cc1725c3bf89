package format

import (
	"encoding/xml"
	"strings"
)

// odtStyle is what counts of a style of an OpenDocument text (ODF 1.3 part 3, section 16).
type odtStyle struct {
	bold, italic, strike, code, quote bool
	title, line                       bool // of the document; below the paragraph
	head                              bool // of a table, which is bold anyway
}

// odtStyles are styles and lists, by name. A list is by level: whether it is numbered, and from where.
type odtStyles struct {
	styles map[string]odtStyle
	lists  map[string]listLevels
	name   string // of the style or list that is being read
}

// take reads one token of what stands before the text.
func (s *odtStyles) take(token xml.Token) {
	t, ok := token.(xml.StartElement)
	if !ok {
		return
	}
	switch t.Name.Local {
	case "default-style":
		s.name = ""
	case "style":
		s.name = attribute(t, "name")
		style := s.styles[attribute(t, "parent-style-name")]
		style.byName(s.name)
		s.put(style)
	case "paragraph-properties":
		if style, ok := s.styles[s.name]; ok {
			border := attribute(t, "border-bottom")
			style.line = style.line || border != "" && border != "none"
			s.put(style)
		}
	case "text-properties":
		style, ok := s.styles[s.name]
		if !ok {
			return
		}
		style.properties(t)
		s.put(style)
	case "list-style", "outline-style":
		s.name = attribute(t, "name")
		if len(s.lists) < maxStyles && t.Name.Local == "list-style" {
			s.lists[s.name] = listLevels{}
		}
	case "list-level-style-number", "list-level-style-bullet", "list-level-style-image":
		list, ok := s.lists[s.name]
		level := number(attribute(t, "level")) - 1
		if !ok || level < 0 || level >= maxLists {
			return
		}
		list[level].ordered = t.Name.Local == "list-level-style-number" && attribute(t, "num-format") != ""
		list[level].start = number(attribute(t, "start-value"))
		s.lists[s.name] = list
	}
}

func (s *odtStyles) put(style odtStyle) {
	if len(s.styles) < maxStyles {
		s.styles[s.name] = style
	}
}

// byName knows the styles that LibreOffice brings, whose names are the same in all its languages.
func (s *odtStyle) byName(name string) {
	switch name {
	case "Title":
		s.title = true
	case "Strong_20_Emphasis":
		s.bold = true
	case "Emphasis":
		s.italic = true
	case "Source_20_Text", "Preformatted_20_Text", "Teletype":
		s.code = true
	case "Horizontal_20_Line":
		s.line = true
	case "Table_20_Heading":
		s.head = true
	case "Quotations", "Quote", "Intense_20_Quote":
		s.quote = true
	}
}

func (s *odtStyle) properties(t xml.StartElement) {
	for _, a := range t.Attr {
		switch a.Name.Local {
		case "font-weight":
			s.bold = a.Value == "bold" || a.Value > "500" && a.Value <= "900"
		case "font-style":
			s.italic = a.Value == "italic" || a.Value == "oblique"
		case "text-line-through-style":
			s.strike = a.Value != "none"
		case "font-name", "font-family":
			s.code = isMono(a.Value)
		}
	}
}

// odtReader reads the text (ODF 1.3 part 3, sections 5 to 9).
type odtReader struct {
	collector
	odtStyles
	skip   int
	body   bool
	spans  []Run // style by the spans that are open
	list   []odtList
	repeat int    // how many cells the open one stands for
	note   string // mark of the note that begins
	inNote int    // paragraphs around the note, 0 outside of one
}

// odtList is a list that is open.
type odtList struct {
	style string
	count int
	fresh bool // an item has begun, of which no paragraph has come
}

// odtLeftOut are elements of which nothing is read: what was deleted, remarks, the table of contents, which a page makes anew.
const odtLeftOut = " tracked-changes annotation table-of-content note-citation sequence-decls forms hidden-text "

func fromOdt(data []byte) (string, error) {
	c, err := openContainer(data)
	if err != nil {
		return "", err
	}
	r := &odtReader{odtStyles: odtStyles{styles: map[string]odtStyle{}, lists: map[string]listLevels{}}}
	if c.has("styles.xml") {
		if err := c.read("styles.xml", r.odtStyles.take); err != nil {
			return "", err
		}
	}
	if err := c.read("content.xml", r.take); err != nil {
		return "", err
	}
	blocks, err := r.finish()
	return Markdown(blocks), err
}

func (r *odtReader) take(token xml.Token) {
	if t, ok := token.(xml.StartElement); ok && t.Name.Local == "body" {
		r.body = true
	}
	if !r.body {
		r.odtStyles.take(token)
		return
	}
	switch t := token.(type) {
	case xml.StartElement:
		if r.skip > 0 || strings.Contains(odtLeftOut, " "+t.Name.Local+" ") {
			r.skip++
			return
		}
		r.open(t)
	case xml.EndElement:
		if r.skip > 0 {
			r.skip--
			return
		}
		r.close(t.Name.Local)
	case xml.CharData:
		if r.skip == 0 {
			r.text(r.collapsed(string(t)))
		}
	}
}

// collapsed is text as section 6.1.2 has it: white space in XML is one space, and none at a paragraph's beginning or after
// another.
func (r *odtReader) collapsed(s string) string {
	b := r.current()
	if b == nil {
		return ""
	}
	const white = " \t\r\n"
	inner := strings.Join(strings.FieldsFunc(s, func(c rune) bool { return strings.ContainsRune(white, c) }), " ")
	if strings.TrimLeft(s, white) != s && (len(b.Runs) == 0 || !strings.HasSuffix(b.Runs[len(b.Runs)-1].Text, " ")) && len(b.Runs) > 0 {
		inner = " " + inner
	}
	if inner != "" && inner != " " && strings.TrimRight(s, white) != s {
		inner += " "
	}
	return inner
}

func (r *odtReader) text(s string) {
	run := Run{}
	if n := len(r.spans); n > 0 {
		run = r.spans[n-1]
	}
	run.Text = s
	r.add(run)
}

// open does what the beginning of an element says.
func (r *odtReader) open(t xml.StartElement) {
	switch t.Name.Local {
	case "p", "h":
		r.paragraph(t)
	case "span", "a":
		r.span(t)
	case "s":
		r.text(strings.Repeat(" ", min(max(number(attribute(t, "c")), 1), maxColumns)))
	case "tab":
		r.text("\t")
	case "line-break":
		r.text("\n")
	case "note":
		mark := r.collector.note(attribute(t, "id"))
		r.text(mark)
		r.note, r.inNote = mark+" ", len(r.nested)
	case "list":
		l := odtList{style: attribute(t, "style-name")}
		if n := len(r.list); n > 0 && l.style == "" {
			l.style = r.list[n-1].style
		}
		r.list = append(r.list, l)
	case "list-item":
		if n := len(r.list); n > 0 {
			r.list[n-1].count++
			r.list[n-1].fresh = true
			if start := number(attribute(t, "start-value")); start > 0 {
				r.list[n-1].count = start
			}
		}
	case "table":
		r.beginTable(r.place())
	case "table-row":
		r.beginRow()
	case "table-cell", "covered-table-cell":
		r.beginCell()
		r.repeat = max(number(attribute(t, "number-columns-repeated")), 1)
	}
}

// place is where a block lies in lists.
func (r *odtReader) place() Block {
	n := len(r.list)
	if n == 0 || len(r.nested) > 0 {
		return Block{}
	}
	l := &r.list[n-1]
	depth := min(n, maxLists)
	style := r.lists[l.style][depth-1]
	b := Block{Depth: depth, Item: l.fresh, Ordered: style.ordered, Number: l.count}
	if style.start > 1 {
		b.Number += style.start - 1
	}
	l.fresh = false
	return b
}

func (r *odtReader) paragraph(t xml.StartElement) {
	b := r.place()
	style := r.styles[attribute(t, "style-name")]
	style.byName(attribute(t, "style-name"))
	base := Run{Bold: style.bold, Italic: style.italic, Strike: style.strike, Code: style.code}
	switch {
	case t.Name.Local == "h":
		b.Kind, b.Level, base = KindHeading, min(max(number(attribute(t, "outline-level")), 1), 6), Run{}
		b.Depth, b.Item = 0, false
	case style.title:
		b.Kind, b.Level, base = KindHeading, 1, Run{}
	case style.code:
		b.Kind = KindCode
	case style.quote:
		b.Quote, base.Italic = 1, false
	case style.head:
		base.Bold = false
	}
	b.line = style.line
	b.note = r.inNote > 0 && len(r.nested) == r.inNote
	r.begin(b)
	r.spans = append(r.spans, base)
	if r.note != "" && b.note {
		r.text(r.note)
		r.note = ""
	}
}

// span opens a piece of another style, or a link.
func (r *odtReader) span(t xml.StartElement) {
	run := Run{}
	if n := len(r.spans); n > 0 {
		run = r.spans[n-1]
	}
	if t.Name.Local == "a" {
		if to := attribute(t, "href"); !strings.HasPrefix(to, "#") {
			run.Link = to
		}
	} else {
		style := r.styles[attribute(t, "style-name")]
		style.byName(attribute(t, "style-name"))
		run.Bold, run.Italic = run.Bold || style.bold, run.Italic || style.italic
		run.Strike, run.Code = run.Strike || style.strike, run.Code || style.code
	}
	r.spans = append(r.spans, run)
}

func (r *odtReader) close(name string) {
	switch name {
	case "p", "h", "span", "a":
		if name == "p" || name == "h" {
			r.end()
		}
		r.spans = r.spans[:max(len(r.spans)-1, 0)]
	case "note":
		r.inNote = 0
	case "list":
		r.list = r.list[:max(len(r.list)-1, 0)]
	case "table-cell", "covered-table-cell":
		r.endCell(r.repeat)
		r.repeat = 1
	case "table":
		r.endTable()
	}
}
