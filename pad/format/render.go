package format

import (
	"bytes"
	"html"
	"regexp"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Heading is one line of a table of contents.
type Heading struct {
	Level    int
	Text, ID string
}

// Resolver finds the page of another pad by its title, "" for none.
type Resolver func(title string) string

func markdown() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithExtensions(extension.GFM),
		goldmark.WithParserOptions(parser.WithAutoHeadingID(), parser.WithInlineParsers(util.Prioritized(wikiParser{}, 99))),
	)
}

// policy is what may stand in a page. That nothing is loaded from other hosts is the page's content security policy's affair.
func policy() *bluemonday.Policy {
	p := bluemonday.UGCPolicy()
	p.AllowAttrs("id").Matching(regexp.MustCompile(`^[\p{L}\p{N}_-]+$`)).OnElements("h1", "h2", "h3", "h4", "h5", "h6")
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^checkbox$`)).OnElements("input")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("checked", "disabled").OnElements("input")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(language-[\w-]+|missing)$`)).OnElements("code", "span")
	p.AllowNoAttrs().OnElements("label")
	p.RequireNoFollowOnLinks(true)
	return p
}

// HTML renders markdown, sanitised. Links [[…]] between pads are resolved by find.
func HTML(md string, find Resolver) (body string, contents []Heading) { return render(md, find, nil) }

// render is HTML with pictures at other addresses, if picture is not nil.
func render(md string, find Resolver, picture func(src string) string) (body string, contents []Heading) {
	source := []byte(tame(md))
	m := markdown()
	tree := m.Parser().Parse(text.NewReader(source), parser.WithContext(parser.NewContext(parser.WithIDs(slugs{}))))
	var links []*ast.Link
	// Walking our own tree does not fail: neither function returns an error.
	_ = ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Heading:
			if id, ok := n.AttributeString("id"); ok && entering {
				contents = append(contents, Heading{n.Level, plainText(runs(n, source, Run{})), string(id.([]byte))})
			}
		case *ast.Link:
			if entering {
				links = append(links, n)
			}
		case *ast.Image:
			if entering && picture != nil {
				if at := picture(string(n.Destination)); at != "" {
					n.Destination = []byte(at)
				}
			}
		}
		return ast.WalkContinue, nil
	})
	for _, link := range links {
		resolve(link, find)
	}
	labelTasks(tree)
	var out bytes.Buffer
	if err := m.Renderer().Render(&out, source, tree); err != nil {
		return "<pre>" + html.EscapeString(md) + "</pre>", nil
	}
	return policy().Sanitize(out.String()), contents
}

// Document is a whole page of HTML. It uses no script, and the style sheet at the path style if that is not "".
func Document(title, md, style string, find Resolver) string {
	return Page{Title: title, Text: md, Style: style, Find: find}.HTML()
}
