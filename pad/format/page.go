package format

import (
	"html"
	"strconv"
	"strings"
)

// contentsFrom is the number of headings from which a page has a table of contents.
const contentsFrom = 3

// Page is a text as a page for readers. It uses no script.
type Page struct {
	Title string
	Text  string // markdown
	Style string // path of its style sheet; a page without is a file for its own
	Lang  string // what the text is taken to be written in when it does not show
	Find  Resolver

	// Picture is where readers find the picture at an address, "" for there; nil leaves all as they are.
	Picture func(src string) string
}

// phrases are what a page says of its own, by language.
var phrases = map[string]struct{ contents, table string }{
	"en": {"Contents", "Table"},
	"fr": {"Sommaire", "Tableau"},
}

// HTML is the whole page. What can be scrolled can be reached by the keyboard, boxes of tasks are named by their task, and
// the page says the language that the text is written in, as far as it shows: screen readers speak by it.
func (p Page) HTML() string {
	body, contents := render(p.Text, p.Find, p.Picture)
	lang := language(p.Text)
	if lang == "" {
		lang = p.Lang
	}
	var b strings.Builder
	b.WriteString("<!doctype html>\n<html")
	if lang != "" {
		b.WriteString(" lang=\"" + html.EscapeString(lang) + "\"")
	}
	b.WriteString(">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
	b.WriteString("<meta name=\"robots\" content=\"noindex\">\n<title>" + html.EscapeString(p.Title) + "</title>\n")
	if p.Style != "" {
		b.WriteString("<link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"" + html.EscapeString(p.Style) + "\">\n")
	}
	b.WriteString("<body>\n")
	if p.Style != "" {
		own := phrases[lang]
		if own.contents == "" {
			own = phrases["en"]
		}
		if len(contents) >= contentsFrom {
			b.WriteString(contentsOf(contents, own.contents))
		}
		// What a text says of tags is escaped: these are tags.
		body = strings.NewReplacer("<pre>", `<pre tabindex="0">`,
			"<table>", `<div class="scroll" tabindex="0" role="region" aria-label="`+own.table+`"><table>`, "</table>", "</table></div>").Replace(body)
	}
	b.WriteString("<main>\n")
	if p.Title != "" && !titled(contents) {
		b.WriteString("<h1>" + html.EscapeString(p.Title) + "</h1>\n")
	}
	b.WriteString(body + "</main>\n</body>\n</html>\n")
	return b.String()
}

// titled tells whether the text has a title of its own.
func titled(contents []Heading) bool {
	for _, h := range contents {
		if h.Level == 1 {
			return true
		}
	}
	return false
}

func contentsOf(contents []Heading, name string) string {
	var b strings.Builder
	b.WriteString("<nav aria-label=\"" + html.EscapeString(name) + "\"><ol>\n")
	for _, h := range contents {
		b.WriteString("<li class=\"h" + strconv.Itoa(h.Level) + "\"><a href=\"#" + html.EscapeString(h.ID) + "\">" + html.EscapeString(h.Text) + "</a></li>\n")
	}
	b.WriteString("</ol></nav>\n")
	return b.String()
}
