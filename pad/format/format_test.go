package format

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

const sample = "# Réunion\n\nUn **mot** *doux* et `code`.\n\n- [x] fait\n- à faire\n\n1. un\n2. deux\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n## Suite\n\n```go\nx := 1\n```\n\nVoir [[Autre page]] et [[Rien]].\n\n### Fin\n"

func none(string) string { return "" }

// What a stranger writes runs nothing and loads nothing, in whatever dress.
func TestHTMLIsSanitised(t *testing.T) {
	for _, bad := range []string{
		"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "<a href=\"  java\nscript:alert(1)\">x</a>",
		"<iframe src=//evil></iframe>", "<style>*{display:none}</style>", "<p style=\"color:red\">x</p>", "<svg onload=alert(1)>",
		"![x](data:text/html,<script>)", "[[\"><script>alert(1)</script>]]", "<form action=//evil><input type=password></form>", "<object data=x>", "<base href=//evil>",
		"<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">",
	} {
		got := strings.ToLower(Document("title", bad, "/pub/style.css", func(s string) string { return s }))
		for _, word := range []string{"<script", "onerror=", "onload=", "href=\"javascript", "<iframe", "<style", " style=", "<svg", "<form", "password", "<object", "<base"} {
			if strings.Contains(got, word) {
				t.Errorf("%q gives %q", bad, got)
			}
		}
	}
}

func TestDocument(t *testing.T) {
	got := Document("Réunion", sample, "/pub/style.css", func(title string) string {
		if title == "Autre page" {
			return "/pub/abc"
		}
		return ""
	})
	for _, want := range []string{"<strong>mot</strong>", "<em>doux</em>", `type="checkbox"`, "<table>", `href="/pub/abc"`, "<nav ", `<a href="#suite">Suite</a>`, " Rien.", `class="language-go"`} {
		if !strings.Contains(strings.ReplaceAll(got, " et Rien", " Rien"), want) && !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}

// What a screen reader says of a page: its language, boxes by their tasks, what can be scrolled, the way through it.
func TestPageIsForEverybody(t *testing.T) {
	got := Page{Title: "Réunion & co", Text: "## Été\n\nLe pain et les fleurs, pour nous.\n\n- [x] fait *vite*\n- [ ] à [faire](/x)\n- [ ] \n\n## Été\n\n```\n<pre>\n```\n\n|a|b|\n|-|-|\n|1|2|\n\n## Привет, мир\n", Style: "/s.css", Lang: "en", Find: none}.HTML()
	for _, want := range []string{
		`<html lang="fr">`, `<h1>Réunion &amp; co</h1>`, `<nav aria-label="Sommaire">`, `<h2 id="été">`, `<a href="#été">Été</a>`, `<a href="#été-1">Été</a>`, `<h2 id="привет-мир">`,
		`<label><input checked="" disabled="" type="checkbox"> fait <em>vite</em></label>`, `<label><input disabled="" type="checkbox"> …</label>`, `<pre tabindex="0"><code>&lt;pre&gt;`, `role="region" aria-label="Tableau"><table>`, "</table></div>",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	if got := (Page{Text: "![a](/x/1) ![b](/x/2)", Find: none, Picture: func(src string) string { return map[string]string{"/x/1": "/pub/1"}[src] }}).HTML(); !strings.Contains(got, `src="/pub/1"`) || !strings.Contains(got, `src="/x/2"`) {
		t.Error(got)
	}
	for text, want := range map[string]string{
		"": "de", "42 – 17": "de", "The bread is for the table.": "en", "Der Tisch und das Brot ist mit der Butter": "de", "El pan y los quesos por la tarde": "es",
		"the the the le les des": "de",
	} {
		if got := (Page{Text: text, Lang: "de", Find: none}).HTML(); !strings.Contains(got, `<html lang="`+want+`">`) {
			t.Errorf("%q: %s", text, got)
		}
	}
	if got := (Page{Title: "x", Text: "# y", Style: "/s.css", Find: none}).HTML(); strings.Count(got, "<h1") != 1 {
		t.Error("two titles:", got)
	}
}

func TestImport(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"a.MD":       {"\xef\xbb\xbfune\r\nligne", "une\nligne"},
		"a.html":     {"<head><title>x</title></head><h2>Été</h2><p>Un <b>mot</b> et <a href='https://a.example/'>lien</a><script>alert(1)</script></p><ul><li>un<li>deux</ul>", "## Été\n\nUn **mot** et [lien](https://a.example/)\n\n- un\n- deux\n"},
		"a.etherpad": {`{"pad:x":{"atext":{"text":"Bonjour\n","attribs":"|1+8"},"head":3},"pad:x:revs:0":{"changeset":"Z:1>0$"}}`, "Bonjour\n"},
	} {
		got, err := Import(name, []byte(c.data))
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for name, want := range map[string]error{"a.exe": ErrKind, "a.docx": ErrFile, "a.odt": ErrFile, "a.etherpad": ErrFile, "a.txt": ErrFile} {
		if _, err := Import(name, []byte("\xff\xfe not what it says")); !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestText(t *testing.T) {
	got := Text(sample)
	for _, want := range []string{"Réunion\n", "• ☑ fait\n", "a\tb\n", "x := 1\n", "1. un\n2. deux\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	if slices.Contains(strings.Split(got, "\n"), "# Réunion") {
		t.Error("marks are left in plain text")
	}
}
