package format

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// part is one file of a zip.
type part struct{ name, content string }

// pack makes a zip. The first part is stored as it is: OpenDocument wants to be known by it (ODF 1.3 part 2, section 3.3).
func pack(parts []part) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i, p := range parts {
		method := zip.Deflate
		if i == 0 {
			method = zip.Store
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: p.name, Method: method})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write([]byte(p.content)); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return out.Bytes(), err
}

// escaped is text inside XML, without what XML cannot hold.
func escaped(s string) string {
	var b bytes.Buffer
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		return ""
	}
	return b.String()
}

// Docx makes an Office Open XML document (ECMA-376) of markdown.
func Docx(md string) ([]byte, error) {
	const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	const w = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`
	var b strings.Builder
	b.WriteString(head + `<w:document ` + w + `><w:body>`)
	for _, block := range Blocks(md) {
		b.WriteString(`<w:p><w:pPr>`)
		switch {
		case block.Level > 0:
			b.WriteString(`<w:pStyle w:val="Heading` + itoa(block.Level) + `"/>`)
		case block.Depth > 0:
			b.WriteString(`<w:ind w:left="` + itoa(360*block.Depth) + `"/>`)
		}
		b.WriteString(`</w:pPr>`)
		for _, r := range block.Runs {
			b.WriteString(`<w:r><w:rPr>`)
			if r.Code || block.Code {
				b.WriteString(`<w:rFonts w:ascii="Courier New" w:hAnsi="Courier New" w:cs="Courier New"/>`)
			}
			if r.Bold {
				b.WriteString(`<w:b/>`)
			}
			if r.Italic {
				b.WriteString(`<w:i/>`)
			}
			b.WriteString(`</w:rPr>`)
			for i, line := range strings.Split(r.Text, "\n") {
				if i > 0 {
					b.WriteString(`<w:br/>`)
				}
				for j, cell := range strings.Split(line, "\t") {
					if j > 0 {
						b.WriteString(`<w:tab/>`)
					}
					b.WriteString(`<w:t xml:space="preserve">` + escaped(cell) + `</w:t>`)
				}
			}
			b.WriteString(`</w:r>`)
		}
		b.WriteString(`</w:p>`)
	}
	b.WriteString(`<w:sectPr/></w:body></w:document>`)
	var styles strings.Builder
	styles.WriteString(head + `<w:styles ` + w + `>`)
	for level, size := range []int{40, 32, 28, 26, 24, 22} {
		n := itoa(level + 1)
		styles.WriteString(`<w:style w:type="paragraph" w:styleId="Heading` + n + `"><w:name w:val="heading ` + n + `"/><w:pPr><w:keepNext/><w:spacing w:before="240" w:after="120"/><w:outlineLvl w:val="` +
			itoa(level) + `"/></w:pPr><w:rPr><w:b/><w:sz w:val="` + itoa(size) + `"/></w:rPr></w:style>`)
	}
	styles.WriteString(`</w:styles>`)
	const office = "application/vnd.openxmlformats-officedocument.wordprocessingml."
	const relations = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	const kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	return pack([]part{
		{"[Content_Types].xml", head + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="` +
			office + `document.main+xml"/><Override PartName="/word/styles.xml" ContentType="` + office + `styles+xml"/></Types>`},
		{"_rels/.rels", head + relations + `<Relationship Id="r1" Type="` + kind + `officeDocument" Target="word/document.xml"/></Relationships>`},
		{"word/_rels/document.xml.rels", head + relations + `<Relationship Id="r1" Type="` + kind + `styles" Target="styles.xml"/></Relationships>`},
		{"word/styles.xml", styles.String()},
		{"word/document.xml", b.String()},
	})
}

// Odt makes an OpenDocument text (ODF 1.3) of markdown.
func Odt(md string) ([]byte, error) {
	const mediaType = "application/vnd.oasis.opendocument.text"
	const head = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	const spaces = `xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" ` +
		`xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"`
	var b strings.Builder
	b.WriteString(head + `<office:document-content ` + spaces + ` office:version="1.3"><office:automatic-styles>`)
	for bits := range 8 {
		b.WriteString(`<style:style style:name="T` + itoa(bits) + `" style:family="text"><style:text-properties`)
		if bits&1 != 0 {
			b.WriteString(` fo:font-weight="bold"`)
		}
		if bits&2 != 0 {
			b.WriteString(` fo:font-style="italic"`)
		}
		if bits&4 != 0 {
			b.WriteString(` fo:font-family="monospace"`)
		}
		b.WriteString(`/></style:style>`)
	}
	for depth := range 9 {
		b.WriteString(`<style:style style:name="P` + itoa(depth) + `" style:family="paragraph"><style:paragraph-properties fo:margin-left="` +
			itoa(6*depth) + `mm"/></style:style>`)
	}
	b.WriteString(`</office:automatic-styles><office:body><office:text>`)
	for _, block := range Blocks(md) {
		tag := `text:p`
		if block.Level > 0 {
			tag = `text:h`
			b.WriteString(`<text:h text:outline-level="` + itoa(block.Level) + `">`)
		} else {
			b.WriteString(`<text:p text:style-name="P` + itoa(min(block.Depth, 8)) + `">`)
		}
		for _, r := range block.Runs {
			bits := 0
			for i, on := range []bool{r.Bold, r.Italic, r.Code || block.Code} {
				if on {
					bits |= 1 << i
				}
			}
			text := escaped(r.Text)
			for _, swap := range [][2]string{{"&#xA;", `<text:line-break/>`}, {"&#x9;", `<text:tab/>`}, {"  ", ` <text:s/>`}} {
				text = strings.ReplaceAll(text, swap[0], swap[1])
			}
			b.WriteString(`<text:span text:style-name="T` + itoa(bits) + `">` + text + `</text:span>`)
		}
		b.WriteString(`</` + tag + `>`)
	}
	b.WriteString(`</office:text></office:body></office:document-content>`)
	return pack([]part{
		{"mimetype", mediaType},
		{"META-INF/manifest.xml", head + `<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:media-type="` +
			mediaType + `"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>`},
		{"content.xml", b.String()},
	})
}
