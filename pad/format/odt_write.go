package format

import (
	"strings"
)

// odtSpace are the namespaces of OpenDocument.
const odtSpace = `xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" ` +
	`xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" ` +
	`xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.3"`

// odtWriter writes an OpenDocument text (ODF 1.3 part 3, sections 5 to 9).
type odtWriter struct {
	out  strings.Builder
	open []odtOpen
}

// odtOpen is a list that is open, with the number of its next item.
type odtOpen struct {
	ordered bool
	next    int
}

// Odt makes an OpenDocument text of markdown.
func Odt(md string) ([]byte, error) {
	const mediaType = "application/vnd.oasis.opendocument.text"
	w := &odtWriter{}
	w.out.WriteString(xmlHead + `<office:document-content ` + odtSpace + `>` + odtAutomatic() + `<office:body><office:text>`)
	for _, b := range Blocks(md) {
		w.block(b)
	}
	w.closeTo(0)
	w.out.WriteString(`</office:text></office:body></office:document-content>`)
	entry := func(path, kind string) string {
		return `<manifest:file-entry manifest:full-path="` + path + `" manifest:media-type="` + kind + `"/>`
	}
	return pack([]part{
		{"mimetype", mediaType},
		{"META-INF/manifest.xml", xmlHead + `<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">` +
			entry("/", mediaType) + entry("content.xml", "text/xml") + entry("styles.xml", "text/xml") + `</manifest:manifest>`},
		{"styles.xml", odtNamed()},
		{"content.xml", w.out.String()},
	})
}

// closeTo closes lists until so many are open.
func (w *odtWriter) closeTo(depth int) {
	for len(w.open) > depth {
		w.out.WriteString(`</text:list-item></text:list>`)
		w.open = w.open[:len(w.open)-1]
	}
}

// place opens and closes lists until the block may follow.
func (w *odtWriter) place(b Block) {
	b.Depth = min(b.Depth, maxLists)
	if b.Kind == KindTable { // has no place in a list
		b.Depth = 0
	}
	w.closeTo(b.Depth)
	if !b.Item || b.Depth == 0 {
		return
	}
	if n := len(w.open); n == b.Depth && w.open[n-1].ordered != b.Ordered {
		w.closeTo(n - 1)
	} else if n == b.Depth {
		w.out.WriteString(`</text:list-item>`)
		w.item(b)
		return
	}
	for len(w.open) < b.Depth {
		ordered := b.Ordered && len(w.open) == b.Depth-1
		w.out.WriteString(`<text:list text:style-name="` + map[bool]string{false: "Bullets", true: "Numbers"}[ordered] + `">`)
		w.open = append(w.open, odtOpen{ordered, 1})
		if len(w.open) < b.Depth {
			w.out.WriteString(`<text:list-item>`)
		}
	}
	w.item(b)
}

// item begins an item of the innermost list.
func (w *odtWriter) item(b Block) {
	o := &w.open[len(w.open)-1]
	start := ""
	if b.Ordered && b.Number != o.next {
		start = ` text:start-value="` + itoa(b.Number) + `"`
		o.next = b.Number
	}
	o.next++
	w.out.WriteString(`<text:list-item` + start + `>`)
}

func (w *odtWriter) block(b Block) {
	w.place(b)
	switch b.Kind {
	case KindTable:
		w.table(b)
	case KindHeading:
		w.out.WriteString(`<text:h text:style-name="Heading_20_` + itoa(b.Level) + `" text:outline-level="` + itoa(b.Level) + `">`)
		w.runs(b.Runs, false)
		w.out.WriteString(`</text:h>`)
	default:
		style := "Standard"
		switch {
		case b.Kind == KindCode:
			style = "Preformatted_20_Text"
		case b.Kind == KindRule:
			style = "Horizontal_20_Line"
		case b.Quote > 0:
			style = "Quotations"
		}
		w.out.WriteString(`<text:p text:style-name="` + style + `">`)
		w.runs(b.Runs, b.Kind == KindCode)
		w.out.WriteString(`</text:p>`)
	}
}

func (w *odtWriter) table(b Block) {
	columns := 0
	for _, row := range b.Rows {
		columns = max(columns, len(row))
	}
	w.out.WriteString(`<table:table><table:table-column table:number-columns-repeated="` + itoa(max(columns, 1)) + `"/>`)
	for i, row := range b.Rows {
		style := "Table_20_Contents"
		if i == 0 {
			w.out.WriteString(`<table:table-header-rows>`)
			style = "Table_20_Heading"
		}
		w.out.WriteString(`<table:table-row>`)
		for n := range columns {
			w.out.WriteString(`<table:table-cell table:style-name="Cell" office:value-type="string"><text:p text:style-name="` + style + `">`)
			if n < len(row) {
				w.runs(row[n], false)
			}
			w.out.WriteString(`</text:p></table:table-cell>`)
		}
		w.out.WriteString(`</table:table-row>`)
		if i == 0 {
			w.out.WriteString(`</table:table-header-rows>`)
		}
	}
	w.out.WriteString(`</table:table>`)
}

func (w *odtWriter) runs(runs []Run, block bool) {
	for _, r := range runs {
		to := linkOf(r.Link)
		if to != "" {
			w.out.WriteString(`<text:a xlink:type="simple" xlink:href="` + escaped(to) + `">`)
		}
		bits := 0
		for i, on := range []bool{r.Bold, r.Italic, r.Strike} {
			if on {
				bits |= 1 << i
			}
		}
		span, end := "", ""
		if bits != 0 {
			span, end = `<text:span text:style-name="T`+itoa(bits)+`">`, `</text:span>`
		}
		if r.Code && !block {
			span, end = span+`<text:span text:style-name="Source_20_Text">`, `</text:span>`+end
		}
		w.out.WriteString(span + odtText(r.Text) + end)
		if to != "" {
			w.out.WriteString(`</text:a>`)
		}
	}
}

// odtText is text in which white space is more than one space: what XML's own would lose (section 6.1.2).
func odtText(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		n := 0
		for i+n < len(s) && s[i+n] == ' ' {
			n++
		}
		switch {
		case n == 1:
			b.WriteByte(' ')
		case n > 1:
			b.WriteString(strings.Repeat(`<text:s text:c="`+itoa(maxColumns)+`"/>`, n/maxColumns))
			if rest := n % maxColumns; rest > 0 {
				b.WriteString(`<text:s text:c="` + itoa(rest) + `"/>`)
			}
		case s[i] == '\n':
			b.WriteString(`<text:line-break/>`)
			n = 1
		case s[i] == '\t':
			b.WriteString(`<text:tab/>`)
			n = 1
		default:
			if n = strings.IndexAny(s[i:], " \n\t"); n < 0 {
				n = len(s) - i
			}
			b.WriteString(escaped(s[i : i+n]))
		}
		i += n
	}
	return b.String()
}

// odtAutomatic are the styles of text and lists.
func odtAutomatic() string {
	var b strings.Builder
	b.WriteString(`<office:automatic-styles>`)
	for bits := 1; bits < 8; bits++ {
		b.WriteString(`<style:style style:name="T` + itoa(bits) + `" style:family="text"><style:text-properties`)
		for i, property := range []string{` fo:font-weight="bold"`, ` fo:font-style="italic"`, ` style:text-line-through-style="solid"`} {
			if bits&(1<<i) != 0 {
				b.WriteString(property)
			}
		}
		b.WriteString(`/></style:style>`)
	}
	b.WriteString(`<style:style style:name="Cell" style:family="table-cell"><style:table-cell-properties fo:padding="1mm" fo:border="0.5pt solid #808080"/></style:style>`)
	for _, kind := range []string{"Bullets", "Numbers"} {
		b.WriteString(`<text:list-style style:name="` + kind + `">`)
		for level := 1; level <= maxLists; level++ {
			place := `<style:list-level-properties text:list-level-position-and-space-mode="label-alignment"><style:list-level-label-alignment text:label-followed-by="listtab" fo:text-indent="-6mm" fo:margin-left="` +
				itoa(6*(level+1)) + `mm"/></style:list-level-properties>`
			if kind == "Bullets" {
				b.WriteString(`<text:list-level-style-bullet text:level="` + itoa(level) + `" text:bullet-char="•">` + place + `</text:list-level-style-bullet>`)
			} else {
				b.WriteString(`<text:list-level-style-number text:level="` + itoa(level) + `" style:num-suffix="." style:num-format="1">` + place + `</text:list-level-style-number>`)
			}
		}
		b.WriteString(`</text:list-style>`)
	}
	return b.String() + `</office:automatic-styles>`
}

// odtNamed are the styles that an author finds by name, under the names that LibreOffice has for them.
func odtNamed() string {
	var b strings.Builder
	b.WriteString(xmlHead + `<office:document-styles ` + odtSpace + `><office:styles>`)
	style := func(name, family, parent, properties string) {
		b.WriteString(`<style:style style:name="` + name + `" style:display-name="` + strings.ReplaceAll(name, "_20_", " ") + `" style:family="` + family + `"` + parent + `>` + properties + `</style:style>`)
	}
	const child = ` style:parent-style-name="Standard"`
	const mono = `<style:text-properties fo:font-family="monospace"/>`
	style("Standard", "paragraph", "", `<style:paragraph-properties fo:margin-bottom="2mm"/>`)
	for level, size := range []string{"20", "16", "14", "13", "12", "11"} {
		style("Heading_20_"+itoa(level+1), "paragraph", child+` style:default-outline-level="`+itoa(level+1)+`"`,
			`<style:paragraph-properties fo:keep-with-next="always" fo:margin-top="4mm"/><style:text-properties fo:font-weight="bold" fo:font-size="`+size+`pt"/>`)
	}
	style("Quotations", "paragraph", child, `<style:paragraph-properties fo:margin-left="10mm" fo:margin-right="10mm"/>`)
	style("Preformatted_20_Text", "paragraph", child, mono)
	style("Horizontal_20_Line", "paragraph", child, `<style:paragraph-properties fo:border-bottom="0.5pt solid #808080"/>`)
	style("Table_20_Contents", "paragraph", child, "")
	style("Table_20_Heading", "paragraph", child, `<style:text-properties fo:font-weight="bold"/>`)
	style("Source_20_Text", "text", "", mono)
	return b.String() + `</office:styles></office:document-styles>`
}
