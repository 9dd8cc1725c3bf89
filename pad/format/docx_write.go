package format

import (
	"strings"
)

const (
	xmlHead   = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	docxSpace = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" ` +
		`xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	docxKind   = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	docxIndent = 360 // of a list in another or a quote, in twentieths of a point
)

// docxWriter writes an Office Open XML document (ECMA-376 part 1, section 17).
type docxWriter struct {
	body  strings.Builder
	links strings.Builder // relationships
	lists strings.Builder // w:num
	count struct{ links, lists int }
	open  [maxLists + 1]docxOpen // by depth
}

// docxOpen is the list that goes on at a depth.
type docxOpen struct {
	id      int // w:numId, 0 for none
	ordered bool
}

// Docx makes an Office Open XML document of markdown.
func Docx(md string) ([]byte, error) {
	w := &docxWriter{}
	w.body.WriteString(xmlHead + `<w:document ` + docxSpace + `><w:body>`)
	for _, b := range Blocks(md) {
		w.block(b)
	}
	w.body.WriteString(`<w:sectPr/></w:body></w:document>`)
	const office = "application/vnd.openxmlformats-officedocument.wordprocessingml."
	const relations = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	return pack([]part{
		{"[Content_Types].xml", xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="` +
			office + `document.main+xml"/><Override PartName="/word/styles.xml" ContentType="` + office + `styles+xml"/><Override PartName="/word/numbering.xml" ContentType="` + office + `numbering+xml"/></Types>`},
		{"_rels/.rels", xmlHead + relations + `<Relationship Id="r1" Type="` + docxKind + `officeDocument" Target="word/document.xml"/></Relationships>`},
		{"word/_rels/document.xml.rels", xmlHead + relations + `<Relationship Id="s1" Type="` + docxKind + `styles" Target="styles.xml"/><Relationship Id="n1" Type="` +
			docxKind + `numbering" Target="numbering.xml"/>` + w.links.String() + `</Relationships>`},
		{"word/styles.xml", docxStyles()},
		{"word/numbering.xml", xmlHead + `<w:numbering ` + docxSpace + `>` + docxAbstract(1, false) + docxAbstract(2, true) + w.lists.String() + `</w:numbering>`},
		{"word/document.xml", w.body.String()},
	})
}

func (w *docxWriter) block(b Block) {
	b.Depth = min(b.Depth, maxLists)
	for deeper := b.Depth + 1; deeper < len(w.open); deeper++ {
		w.open[deeper] = docxOpen{}
	}
	if b.Kind == KindTable {
		w.table(b)
		return
	}
	w.body.WriteString(`<w:p><w:pPr>`)
	switch {
	case b.Kind == KindHeading:
		w.body.WriteString(`<w:pStyle w:val="Heading` + itoa(b.Level) + `"/>`)
	case b.Kind == KindCode:
		w.body.WriteString(`<w:pStyle w:val="HTMLPreformatted"/>`)
	case b.Quote > 0:
		w.body.WriteString(`<w:pStyle w:val="Quote"/>`)
	}
	if b.Item && b.Kind != KindHeading {
		w.body.WriteString(`<w:numPr><w:ilvl w:val="` + itoa(b.Depth-1) + `"/><w:numId w:val="` + itoa(w.list(b)) + `"/></w:numPr>`)
	}
	if b.Kind == KindRule {
		w.body.WriteString(`<w:pBdr><w:bottom w:val="single" w:sz="6" w:space="1" w:color="auto"/></w:pBdr>`)
	}
	if indent := b.Depth + b.Quote; indent > 0 && !b.Item {
		w.body.WriteString(`<w:ind w:left="` + itoa(docxIndent*indent) + `"/>`)
	}
	w.body.WriteString(`</w:pPr>`)
	w.runs(b.Runs, b.Kind == KindCode)
	w.body.WriteString(`</w:p>`)
}

// list is the number of the list that an item belongs to. A new one counts from the item's number.
func (w *docxWriter) list(b Block) int {
	o := &w.open[b.Depth]
	if o.id == 0 || o.ordered != b.Ordered {
		w.count.lists++
		*o = docxOpen{w.count.lists, b.Ordered}
		w.lists.WriteString(`<w:num w:numId="` + itoa(o.id) + `"><w:abstractNumId w:val="` + map[bool]string{false: "1", true: "2"}[b.Ordered] + `"/>`)
		if b.Ordered {
			w.lists.WriteString(`<w:lvlOverride w:ilvl="` + itoa(b.Depth-1) + `"><w:startOverride w:val="` + itoa(b.Number) + `"/></w:lvlOverride>`)
		}
		w.lists.WriteString(`</w:num>`)
	}
	return o.id
}

func (w *docxWriter) table(b Block) {
	columns := 0
	for _, row := range b.Rows {
		columns = max(columns, len(row))
	}
	w.body.WriteString(`<w:tbl><w:tblPr><w:tblW w:w="0" w:type="auto"/><w:tblBorders>`)
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		w.body.WriteString(`<w:` + side + ` w:val="single" w:sz="4" w:space="0" w:color="auto"/>`)
	}
	const width = 9000 // of a page's text, in twentieths of a point
	w.body.WriteString(`</w:tblBorders></w:tblPr><w:tblGrid>` + strings.Repeat(`<w:gridCol w:w="`+itoa(width/max(columns, 1))+`"/>`, columns) + `</w:tblGrid>`)
	for i, row := range b.Rows {
		w.body.WriteString(`<w:tr>`)
		style := ""
		if i == 0 {
			w.body.WriteString(`<w:trPr><w:tblHeader/></w:trPr>`)
			style = `<w:pPr><w:pStyle w:val="TableHeading"/></w:pPr>`
		}
		for n := range columns {
			w.body.WriteString(`<w:tc><w:tcPr><w:tcW w:w="0" w:type="auto"/></w:tcPr><w:p>` + style)
			if n < len(row) {
				w.runs(row[n], false)
			}
			w.body.WriteString(`</w:p></w:tc>`)
		}
		w.body.WriteString(`</w:tr>`)
	}
	w.body.WriteString(`</w:tbl><w:p/>`) // without a paragraph between them two tables are one
}

func (w *docxWriter) runs(runs []Run, block bool) {
	for _, r := range runs {
		to := linkOf(r.Link)
		if to != "" {
			w.count.links++
			id := "l" + itoa(w.count.links)
			w.links.WriteString(`<Relationship Id="` + id + `" Type="` + docxKind + `hyperlink" Target="` + escaped(to) + `" TargetMode="External"/>`)
			w.body.WriteString(`<w:hyperlink r:id="` + id + `">`)
		}
		w.body.WriteString(`<w:r><w:rPr>`)
		switch {
		case r.Code && !block:
			w.body.WriteString(`<w:rStyle w:val="SourceText"/>`)
		case to != "":
			w.body.WriteString(`<w:rStyle w:val="Hyperlink"/>`)
		}
		for _, p := range []struct {
			on  bool
			tag string
		}{{r.Bold, "b"}, {r.Italic, "i"}, {r.Strike, "strike"}} {
			if p.on {
				w.body.WriteString(`<w:` + p.tag + `/>`)
			}
		}
		w.body.WriteString(`</w:rPr>`)
		w.text(r.Text)
		w.body.WriteString(`</w:r>`)
		if to != "" {
			w.body.WriteString(`</w:hyperlink>`)
		}
	}
}

func (w *docxWriter) text(s string) {
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			w.body.WriteString(`<w:br/>`)
		}
		for j, piece := range strings.Split(line, "\t") {
			if j > 0 {
				w.body.WriteString(`<w:tab/>`)
			}
			if piece != "" {
				w.body.WriteString(`<w:t xml:space="preserve">` + escaped(piece) + `</w:t>`)
			}
		}
	}
}

func docxStyles() string {
	var b strings.Builder
	b.WriteString(xmlHead + `<w:styles ` + docxSpace + `><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:pPr><w:spacing w:after="120"/></w:pPr></w:style>`)
	for level, size := range []int{40, 32, 28, 26, 24, 22} { // half points
		n := itoa(level + 1)
		b.WriteString(`<w:style w:type="paragraph" w:styleId="Heading` + n + `"><w:name w:val="heading ` + n + `"/><w:basedOn w:val="Normal"/><w:pPr><w:keepNext/><w:spacing w:before="240" w:after="120"/><w:outlineLvl w:val="` +
			itoa(level) + `"/></w:pPr><w:rPr><w:b/><w:sz w:val="` + itoa(size) + `"/></w:rPr></w:style>`)
	}
	const mono = `<w:rPr><w:rFonts w:ascii="Courier New" w:hAnsi="Courier New" w:cs="Courier New"/></w:rPr>`
	b.WriteString(`<w:style w:type="paragraph" w:styleId="Quote"><w:name w:val="Quote"/><w:basedOn w:val="Normal"/><w:rPr><w:i/></w:rPr></w:style>`)
	b.WriteString(`<w:style w:type="paragraph" w:styleId="TableHeading"><w:name w:val="Table Heading"/><w:basedOn w:val="Normal"/><w:rPr><w:b/></w:rPr></w:style>`)
	b.WriteString(`<w:style w:type="paragraph" w:styleId="HTMLPreformatted"><w:name w:val="HTML Preformatted"/><w:basedOn w:val="Normal"/>` + mono + `</w:style>`)
	b.WriteString(`<w:style w:type="character" w:styleId="SourceText"><w:name w:val="Source Text"/>` + mono + `</w:style>`)
	b.WriteString(`<w:style w:type="character" w:styleId="Hyperlink"><w:name w:val="Hyperlink"/><w:rPr><w:color w:val="0563C1"/><w:u w:val="single"/></w:rPr></w:style>`)
	return b.String() + `</w:styles>`
}

// docxAbstract is how lists of one kind look.
func docxAbstract(id int, ordered bool) string {
	var b strings.Builder
	b.WriteString(`<w:abstractNum w:abstractNumId="` + itoa(id) + `"><w:multiLevelType w:val="multilevel"/>`)
	for level := range maxLists {
		kind, text := "bullet", "•"
		if ordered {
			kind, text = "decimal", "%"+itoa(level+1)+"."
		}
		b.WriteString(`<w:lvl w:ilvl="` + itoa(level) + `"><w:start w:val="1"/><w:numFmt w:val="` + kind + `"/><w:lvlText w:val="` + text + `"/><w:lvlJc w:val="left"/><w:pPr><w:ind w:left="` +
			itoa(docxIndent*(level+2)) + `" w:hanging="` + itoa(docxIndent) + `"/></w:pPr></w:lvl>`)
	}
	return b.String() + `</w:abstractNum>`
}
