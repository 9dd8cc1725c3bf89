package format

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// maxWiki bounds the title in a link between pads, in bytes.
const maxWiki = 400

// wikiScheme marks the destination of [[Title]], a link to the room's published pad of that title, until it is resolved.
const wikiScheme = "wiki:"

type wikiParser struct{}

// Trigger implements parser.InlineParser.
func (wikiParser) Trigger() []byte { return []byte{'['} }

// Parse implements parser.InlineParser.
func (wikiParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	rest, ok := bytes.CutPrefix(line, []byte("[["))
	end := bytes.Index(rest, []byte("]]"))
	if !ok || end <= 0 || end > maxWiki || bytes.ContainsAny(rest[:end], "[]\n") {
		return nil
	}
	block.Advance(end + len("[[]]"))
	title := bytes.TrimSpace(rest[:end])
	link := ast.NewLink()
	link.Destination = append([]byte(wikiScheme), title...)
	link.AppendChild(link, ast.NewString(bytes.Clone(title)))
	return link
}

// resolve gives a link between pads its destination; one without a pad becomes text.
func resolve(link *ast.Link, find Resolver) {
	title, ok := strings.CutPrefix(string(link.Destination), wikiScheme)
	if !ok {
		return
	}
	if link.Destination = []byte(find(title)); len(link.Destination) == 0 {
		link.Parent().ReplaceChild(link.Parent(), link, ast.NewString([]byte(title)))
	}
}
