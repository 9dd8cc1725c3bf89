package format

import (
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// all has each thing that an office file can carry of markdown.
const all = `# Réunion *du* comité

Présents : **Ana**, *Ben*, ~~Carl~~ et ***tous***. Voir [l’ordre du jour](https://example.org/ordre?jour=1&n=2), ` + "`x := 1`" + ` et [**là**](https://example.org/).

Deux\
lignes, 3 * 4 = 12, un_nom, \*étoiles\* et \<b>balises\</b>.

## Décisions

- Acheter du pain
  - du bis
    1. grand
    2. petit
  - du blanc
- [ ] Écrire
- [x] fait

3. trois
4. quatre

> Rien ne presse.

| Qui | Combien \| quand |
| --- | --- |
| **Ana** | 12 € |
| Ben |  |

---

` + "```" + `
if x {
    return  2
}
` + "```" + `

1\. Fin, sans liste.
`

// What is exported is imported again as it was, with its headings, lists, tables, links and emphasis.
func TestOfficeAndBack(t *testing.T) {
	if md := Markdown(Blocks(all)); md != all {
		t.Fatalf("markdown is written another way than it was read:\n%s", md)
	}
	for name, write := range map[string]func(string) ([]byte, error){"a.docx": Docx, "a.odt": Odt} {
		data, err := write(all)
		if err != nil {
			t.Fatal(err)
		}
		md, err := Import(name, data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if md != all {
			t.Errorf("%s gives\n%s", name, md)
		}
		for n := range 50 {
			if _, err := Import(name, data[:len(data)*n/50]); !errors.Is(err, ErrFile) {
				t.Fatalf("%s cut off: %v", name, err)
			}
		}
	}
	page := Document("t", all, "", none)
	if md, err := Import("a.html", []byte(page)); err != nil || md != all {
		t.Errorf("the page gives (%v)\n%s", err, md)
	}
}

// The same minutes, written by LibreOffice in both formats (scripts/check-exports.sh samples): with a footnote, a
// deletion under change tracking and a remark, of which the last two are left out.
func TestFilesOfLibreOffice(t *testing.T) {
	want, err := os.ReadFile(filepath.Join("testdata", "minutes.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"minutes.odt", "minutes.docx"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if md, err := Import(name, data); err != nil || md != string(want) {
			t.Errorf("%s (%v):\n%s", name, err, md)
		}
	}
}

// office packs one part as a document of the kind that name's end says.
func office(t testing.TB, name, body string) []byte {
	t.Helper()
	inside, head, tail := "word/document.xml", `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>`, `</w:body></w:document>`
	if strings.HasSuffix(name, ".odt") {
		inside, head, tail = "content.xml", `<office:document-content `+odtSpace+`><office:body><office:text>`, `</office:text></office:body></office:document-content>`
	}
	data, err := pack([]part{{"first", ""}, {inside, head + body + tail}})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Bombs: what is small on the way in and large inside is refused, and takes no more memory than the bounds say.
func TestBombs(t *testing.T) {
	const doctype = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>`
	for name, c := range map[string]struct{ file, body string }{
		"unpacks to too much": {"a.docx", strings.Repeat("<w:p></w:p>", maxUnpacked/10)},
		"too many paragraphs": {"a.odt", strings.Repeat("<text:p/>", maxBlocks+1)},
		"too deep":            {"a.docx", strings.Repeat("<w:p>", maxDepth+1) + strings.Repeat("</w:p>", maxDepth+1)},
		"a tag without end":   {"a.odt", "<text:p " + strings.Repeat(`a="" `, maxToken/5) + "/>"},
		"a text without end":  {"a.odt", "<text:p>" + strings.Repeat("a", maxToken) + "</text:p>"},
		"entities":            {"a.odt", doctype + "<text:p>&b;</text:p>"},
		"entities of docx":    {"a.docx", doctype + "<w:p><w:r><w:t>&b;</w:t></w:r></w:p>"},
		"cells": {"a.odt", "<table:table>" + strings.Repeat(`<table:table-row><table:table-cell table:number-columns-repeated="1000000"><text:p>x</text:p></table:table-cell></table:table-row>`,
			maxCells/maxColumns+1) + "</table:table>"},
	} {
		if _, err := Import(c.file, office(t, c.file, c.body)); !errors.Is(err, ErrFile) {
			t.Errorf("%s: %v", name, err)
		}
	}
	spaces := office(t, "a.odt", `<text:p>a<text:s text:c="1000000000"/><text:s text:c="900000"/>b</text:p>`)
	if md, err := Import("a.odt", spaces); err != nil || len(md) > 2*maxColumns {
		t.Errorf("spaces: %d bytes (%v)", len(md), err)
	}
	empty := office(t, "a.odt", `<table:table>`+strings.Repeat(`<table:table-row><table:table-cell><text:p>x</text:p></table:table-cell><table:table-cell table:number-columns-repeated="16384"/></table:table-row>`, 3)+`</table:table>`)
	if md, err := Import("a.odt", empty); err != nil || md != "| x |\n| --- |\n| x |\n| x |\n" {
		t.Errorf("a spreadsheet's empty cells: %q (%v)", md, err)
	}
}

// All parts of a file share one budget of what they may unpack to.
func TestPartsShareABudget(t *testing.T) {
	text := "<x>" + strings.Repeat("<y/>", 10_000) + "</x>"
	data, err := pack([]part{{"first", ""}, {"a.xml", text}, {"b.xml", text}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := openContainer(data)
	if err != nil || c.budget != maxUnpacked {
		t.Fatal(c.budget, err)
	}
	ignore := func(xml.Token) {}
	if err := errors.Join(c.read("a.xml", ignore), c.read("b.xml", ignore)); err != nil || c.budget != int64(maxUnpacked-2*len(text)) {
		t.Fatal(c.budget, err)
	}
	c.budget = int64(2*len(text) - 1)
	if err := c.read("a.xml", ignore); err != nil {
		t.Fatal(err)
	}
	if err := c.read("b.xml", ignore); !errors.Is(err, ErrFile) {
		t.Fatal("more than the budget is read", err)
	}
}

// What other programs write and LibreOffice's sample has not.
func TestDocxOfWord(t *testing.T) {
	run := func(text string) string { return "<w:r><w:t>" + text + "</w:t></w:r>" }
	for name, c := range map[string]struct{ body, want string }{
		"a field as link": {`<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> HYPERLINK "https://a.example/" </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>` +
			run("là") + `<w:r><w:fldChar w:fldCharType="end"/></w:r>` + run(" et") + `</w:p>`, "[là](https://a.example/) et\n"},
		"changes":         {`<w:p><w:ins>` + run("neuf") + `</w:ins><w:del><w:r><w:delText>vieux</w:delText></w:r></w:del><w:moveFrom>` + run("parti") + `</w:moveFrom></w:p>`, "neuf\n"},
		"switched off":    {`<w:p><w:r><w:rPr><w:b w:val="0"/></w:rPr><w:t>mince</w:t></w:r><w:r><w:rPr><w:b/><w:rPrChange><w:rPr><w:i/></w:rPr></w:rPrChange></w:rPr><w:t xml:space="preserve"> gras</w:t></w:r></w:p>`, "mince **gras**\n"},
		"a box of text":   {`<w:p>` + run("avant") + `<w:r><w:drawing><w:txbxContent><w:p>` + run("dans la boîte") + `</w:p></w:txbxContent></w:drawing></w:r>` + run(" après") + `</w:p>`, "avant après\n\ndans la boîte\n"},
		"a heading":       {`<w:p><w:pPr><w:pStyle w:val="Heading2"/><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr>` + run("Titre") + `</w:p>`, "## Titre\n"},
		"a table inside":  {`<w:tbl><w:tr><w:tc><w:p>` + run("a") + `</w:p><w:tbl><w:tr><w:tc><w:p>` + run("b") + `</w:p></w:tc></w:tr></w:tbl></w:tc></w:tr></w:tbl>`, "| a b |\n| --- |\n"},
		"emphasis inside": {`<w:p>` + run("mot") + `<w:r><w:rPr><w:b/></w:rPr><w:t>(gras)</w:t></w:r>` + run("mot") + `</w:p>`, "mot(gras)mot\n"},
	} {
		if md, err := Import("a.docx", office(t, "a.docx", c.body)); err != nil || md != c.want {
			t.Errorf("%s: %q (%v)", name, md, err)
		}
	}
}

func TestEtherpad(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"plain": {`{"pad:x":{"atext":{"text":"# Bonjour\n*tous*\n","attribs":"|2+g"},"pool":{"numToAttrib":{}}},"pad:x:revs:0":{"changeset":"Z:1>0$"},"globalAuthor:a.1":{"name":"Ana"}}`, "# Bonjour\n*tous*\n"},
		"format": {`{"pad:x":{"atext":{"text":"Bonjour 😀 à tous\n*un\n*deux\n*deux bis\n*Titre\nfin\n","attribs":"*0+8*0*1+2+1*0+6|1+1*2*3*4+1+2|1+1*2*3*4+1+4|1+1*2*5+1|1+9*2*6+1+5|1+1|1+4"},"pool":{"numToAttrib":{"0":["author","a.1"],"1":["bold","true"],"2":["lmkr","1"],"3":["list","number1"],"4":["start","1"],"5":["list","bullet2"],"6":["heading","h2"]}}}}`,
			"Bonjour **😀** à tous\n\n1. un\n2. deux\n   - deux bis\n\n## Titre\n\nfin\n"},
	} {
		if md, err := Import("a.etherpad", []byte(c.data)); err != nil || md != c.want {
			t.Errorf("%s: %q (%v)", name, md, err)
		}
	}
	for _, bad := range []string{`{"pad:x":{"atext":{"text":"a","attribs":"*"}}}`, `{"pad:x":{"atext":{"text":"a","attribs":"+zzzzzzzzzz"}}}`, `{"pad:x":{"atext":{"text":"a","attribs":"-1"}}}`, `{"globalAuthor:a":{}}`, `[]`} {
		if _, err := Import("a.etherpad", []byte(bad)); !errors.Is(err, ErrFile) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// FuzzImport: no file makes the readers panic, and what they make of it is markdown that stays as it is.
func FuzzImport(f *testing.F) {
	for _, write := range []func(string) ([]byte, error){Docx, Odt} {
		data, err := write(all)
		if err != nil {
			f.Fatal(err)
		}
		f.Add("a.docx", data)
		f.Add("a.odt", data)
	}
	f.Fuzz(func(_ *testing.T, name string, data []byte) {
		if md, err := Import(name, data); err == nil {
			HTML(md, none)
			Text(md)
		}
	})
}

// FuzzOffice is FuzzImport without the zip, which a fuzzer does not get through: the XML of both formats.
func FuzzOffice(f *testing.F) {
	f.Add(`<text:list><text:list-item><text:p>a<text:s text:c="3"/></text:p></text:list-item></text:list>`, true)
	f.Add(`<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc></w:tr></w:tbl>`, false)
	f.Fuzz(func(t *testing.T, body string, odt bool) {
		name := map[bool]string{true: "a.odt", false: "a.docx"}[odt]
		if md, err := Import(name, office(t, name, body)); err == nil {
			Blocks(md)
		}
	})
}

// FuzzMarkdown: text that is written as markdown is read as that text, whatever letters it has and however it is emphasised.
func FuzzMarkdown(f *testing.F) {
	for _, seed := range []string{"un_nom *étoiles* <b>", "1. a", "# a", "a\n---", "| a |\n|---|", "[a]: b", "[a](b)", "&amp; \\& `x``", "  a", "+", "~~~", "a #", "http://a.b/c_d_"} {
		f.Add(seed, " et "+seed, uint8(3), uint8(5))
	}
	f.Fuzz(func(t *testing.T, a, b string, first, second uint8) {
		styled := func(s string, bits uint8) Run {
			return Run{Text: strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " "), Bold: bits&1 != 0, Italic: bits&2 != 0, Strike: bits&4 != 0}
		}
		one, two := styled(a, first), styled(b, second)
		for _, kind := range []Block{{}, {Kind: KindHeading, Level: 2}, {Depth: 1, Item: true}, {Quote: 1}, {Kind: KindTable}} {
			kind.Runs = []Run{one, two}
			if kind.Kind == KindTable {
				kind.Runs, kind.Rows = nil, [][][]Run{{{one}, {two}}, {{two}, {one, two}}}
			}
			got := Blocks(Markdown([]Block{kind}))
			want := words([]Block{kind})
			if kind.empty() {
				want = nil
			}
			if !reflect.DeepEqual(words(got), want) {
				t.Fatalf("%+v is written as\n%s\nand read as %+v", kind, Markdown([]Block{kind}), got)
			}
		}
	})
}

// words is the text of blocks, without what is only space.
func words(blocks []Block) (out []string) {
	for _, b := range blocks {
		out = append(out, strings.Fields(plainText(b.Runs))...)
		for _, row := range b.Rows {
			for _, cell := range row {
				out = append(out, strings.Fields(plainText(cell))...)
			}
		}
	}
	return out
}
