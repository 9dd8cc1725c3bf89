package format

import (
	"encoding/xml"
	"regexp"
	"strconv"
	"strings"
)

// docxReader reads a WordprocessingML document (ECMA-376 part 1, section 17): its paragraphs with their styles, lists,
// tables, links and notes. What was deleted under change tracking is left out, what was inserted is there.
type docxReader struct {
	collector
	parts    docxParts
	skip     int // elements that are open inside of one that is left out
	run      Run
	mono     bool // the run's font
	inRun    int  // runs that are open: a text box lies in one
	inProps  bool // of a paragraph
	listID   string
	level    int // in that list
	inText   bool
	skipPara bool // the paragraph is an entry of a table of contents
	links    []string
	fields   []docxField
	counts   map[string]*[maxLists]int // items of the lists, by abstract list
	note     string                    // mark of the note that begins
	inNote   bool
}

// docxField is a complex field (section 17.16.2): its instruction, and whether what comes is its result.
type docxField struct {
	code   []byte
	result bool
	link   string
}

// maxInstruction bounds a field's instruction, in bytes.
const maxInstruction = 4096

// leftOut are elements of which nothing is read: what was deleted or moved away, former properties, second versions.
const leftOut = " del moveFrom rPrChange pPrChange tblPrChange tcPrChange trPrChange sectPrChange Fallback "

func fromDocx(data []byte) (string, error) {
	c, err := openContainer(data)
	if err != nil {
		return "", err
	}
	r := &docxReader{counts: map[string]*[maxLists]int{}}
	if r.parts, err = readDocxParts(c); err != nil {
		return "", err
	}
	if err := c.read("word/document.xml", r.take); err != nil {
		return "", err
	}
	for _, notes := range []string{"word/footnotes.xml", "word/endnotes.xml"} {
		if c.has(notes) {
			if err := c.read(notes, r.take); err != nil {
				return "", err
			}
		}
	}
	blocks, err := r.finish()
	return Markdown(blocks), err
}

func (r *docxReader) take(token xml.Token) {
	switch t := token.(type) {
	case xml.StartElement:
		if r.skip > 0 || strings.Contains(leftOut, " "+t.Name.Local+" ") {
			r.skip++
			return
		}
		if t.Name.Local == "footnote" || t.Name.Local == "endnote" {
			if attribute(t, "type") != "" && attribute(t, "type") != "normal" { // a line above the notes
				r.skip++
				return
			}
			r.note, r.inNote = r.collector.note("w"+t.Name.Local+attribute(t, "id"))+" ", true
			return
		}
		if r.inProps || r.inRun > 0 {
			r.property(t)
		}
		r.open(t)
	case xml.EndElement:
		if r.skip > 0 {
			r.skip--
			return
		}
		r.close(t.Name.Local)
	case xml.CharData:
		switch {
		case r.skip > 0:
		case r.inText:
			r.text(string(t))
		case r.inRun > 0 && len(r.fields) > 0 && !r.fields[len(r.fields)-1].result:
			f := &r.fields[len(r.fields)-1]
			f.code = append(f.code, t[:min(len(t), maxInstruction-len(f.code))]...)
		}
	}
}

// text adds to the run.
func (r *docxReader) text(s string) {
	run := r.run
	run.Text, run.Code = s, run.Code || r.mono
	for _, l := range r.links {
		if l != "" {
			run.Link = l
		}
	}
	for i := range r.fields {
		if r.fields[i].link != "" {
			run.Link = r.fields[i].link
		}
	}
	r.add(run)
}

// open does what the beginning of an element of the text says.
func (r *docxReader) open(t xml.StartElement) {
	switch t.Name.Local {
	case "p":
		r.begin(Block{note: r.inNote && len(r.nested) == 0})
		r.skipPara, r.listID, r.level = false, "", 0
		if r.note != "" {
			r.add(Run{Text: r.note})
			r.note = ""
		}
	case "pPr":
		r.inProps = true
	case "r":
		r.run, r.mono = Run{}, false
		r.inRun++
	case "t":
		r.inText = r.inRun > 0
	case "tab", "ptab":
		if b := r.current(); r.inRun > 0 && !r.inProps && !(b != nil && b.note && len(b.Runs) == 1) { // behind a note's mark
			r.text("\t")
		}
	case "br", "cr":
		if kind := attribute(t, "type"); r.inRun > 0 && kind != "page" && kind != "column" {
			r.text("\n")
		}
	case "noBreakHyphen":
		r.text("\u2011")
	case "footnoteReference", "endnoteReference":
		r.text(r.collector.note("w" + strings.TrimSuffix(t.Name.Local, "Reference") + attribute(t, "id")))
	case "hyperlink":
		r.links = append(r.links, r.parts.links[attribute(t, "id")])
	case "fldSimple":
		r.links = append(r.links, fieldLink(attribute(t, "instr")))
	case "fldChar":
		r.field(attribute(t, "fldCharType"))
	case "tbl":
		r.beginTable(Block{})
	case "tr":
		r.beginRow()
	case "tc":
		r.beginCell()
	}
}

func (r *docxReader) close(name string) {
	switch name {
	case "p":
		if b := r.current(); b != nil && r.skipPara {
			b.Runs = nil
		}
		r.end()
		r.skipPara = false
	case "pPr":
		r.inProps = false
		if b := r.current(); b != nil && r.listID != "" {
			r.list(b)
		}
	case "r":
		r.inRun = max(r.inRun-1, 0)
	case "t":
		r.inText = false
	case "hyperlink", "fldSimple":
		r.links = r.links[:max(len(r.links)-1, 0)]
	case "tc":
		r.endCell(1)
	case "tbl":
		r.endTable()
	case "footnote", "endnote":
		r.inNote = false
	}
}

// property notes one property of a paragraph or of a run.
func (r *docxReader) property(t xml.StartElement) {
	b := r.current()
	if b == nil {
		return
	}
	if r.inProps {
		switch t.Name.Local {
		case "pStyle":
			s := r.parts.styles[value(t)]
			if level, ok := strings.CutPrefix(strings.ToLower(value(t)), "heading"); ok && s.level == 0 {
				s.level = number(level)
			}
			r.skipPara = s.skip
			switch {
			case s.level > 0:
				b.Kind, b.Level = KindHeading, min(s.level, 6)
			case s.code:
				b.Kind = KindCode
			case s.quote:
				b.Quote = 1
			}
			r.listID, r.level = s.number, s.depth
		case "pBdr":
			b.line = true
		case "ilvl":
			r.level = number(value(t))
		case "numId":
			r.listID = value(t)
		}
		return
	}
	switch t.Name.Local {
	case "rStyle":
		s := r.parts.styles[value(t)]
		r.run.Bold, r.run.Italic, r.run.Strike, r.run.Code = s.bold, s.italic, s.strike, s.code
	case "b":
		r.run.Bold = on(t) && b.Kind != KindHeading
	case "i":
		r.run.Italic = on(t)
	case "strike", "dstrike":
		r.run.Strike = on(t)
	case "rFonts":
		r.mono = isMono(attribute(t, "ascii"))
	}
}

// list makes a paragraph an item of its list.
func (r *docxReader) list(b *Block) {
	level := min(r.level, maxLists-1)
	list, ok := r.parts.lists[r.listID]
	if !ok || b.Kind == KindHeading || list.levels[level].none {
		return
	}
	count := r.counts[list.abstract]
	if count == nil {
		count = new([maxLists]int)
		r.counts[list.abstract] = count // no more than there are lists
	}
	for deeper := level + 1; deeper < maxLists; deeper++ {
		count[deeper] = 0
	}
	if l := &list.levels[level]; l.anew || count[level] == 0 {
		count[level], l.anew = max(l.start, 1)-1, false
		r.parts.lists[r.listID] = list
	}
	count[level]++
	b.Depth, b.Item, b.Ordered, b.Number = level+1, true, list.levels[level].ordered, count[level]
}

// field follows complex fields.
func (r *docxReader) field(kind string) {
	n := len(r.fields)
	switch kind {
	case "begin":
		if n < maxDepth {
			r.fields = append(r.fields, docxField{})
		}
	case "separate":
		if n > 0 {
			r.fields[n-1].result, r.fields[n-1].link = true, fieldLink(string(r.fields[n-1].code))
		}
	case "end":
		r.fields = r.fields[:max(n-1, 0)]
	}
}

// fieldLink is where a field leads: HYPERLINK "https://…" (section 17.16.5.25). A place in the document is nowhere.
func fieldLink(code string) string {
	m := regexp.MustCompile(`^\s*HYPERLINK\s+"([^"]+)"`).FindStringSubmatch(code)
	if m == nil {
		return ""
	}
	if to, err := strconv.Unquote(`"` + m[1] + `"`); err == nil {
		return to
	}
	return m[1]
}
