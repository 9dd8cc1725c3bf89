package format

import (
	"bytes"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Run is a piece of text of one style. A line end in it is a line end that was meant.
type Run struct {
	Text                       string
	Bold, Italic, Strike, Code bool
	Link                       string // where it leads, "" for nowhere
}

// Kind is what a block is.
type Kind int

// Kinds of blocks.
const (
	KindText    Kind = iota
	KindHeading      // with a Level
	KindCode         // keeps its line ends
	KindRule         // a line across the page
	KindTable        // has Rows instead of Runs
)

// Block is one paragraph of a document, between which files of all kinds are translated: markdown.go writes them, and the
// office formats are read into them and written from them. Quotes are taken to lie around lists, not in them.
type Block struct {
	Kind    Kind
	Level   int       // of a heading, from 1 to 6
	Quote   int       // quotes around it
	Depth   int       // lists around it
	Ordered bool      // of the innermost list
	Item    bool      // the first paragraph of an item of that list
	Number  int       // of the item, in an ordered list
	Runs    []Run     // its text
	Rows    [][][]Run // of a table: rows of cells; the first one is its head
	Lang    string    // of code

	note bool // stands at the foot of the page
	line bool // has a line around or below it
}

// Marks of tasks at the beginning of an item's text.
const (
	taskOpen = "☐ "
	taskDone = "☑ "
)

// Blocks takes markdown apart into paragraphs.
func Blocks(md string) []Block { return blocksOf(markdown().Parser(), tame(md)) }

func blocksOf(p parser.Parser, md string) []Block {
	b := builder{source: []byte(md)}
	b.walk(p.Parse(text.NewReader(b.source)), Block{})
	return b.out
}

type builder struct {
	source []byte
	out    []Block
}

// walk appends what lies in n. at is what every block in it has in common.
func (b *builder) walk(n ast.Node, at Block) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.List:
			b.list(c, at)
		case *ast.Blockquote:
			inner := at
			inner.Quote++
			b.walk(c, inner)
		default:
			b.add(c, at)
		}
		at.Item = false
	}
}

func (b *builder) list(l *ast.List, at Block) {
	at.Depth, at.Ordered, at.Number = at.Depth+1, l.IsOrdered(), l.Start
	for item := l.FirstChild(); item != nil; item = item.NextSibling() {
		at.Item = true
		if first := item.FirstChild(); first == nil || first.Kind() == ast.KindList {
			b.out = append(b.out, at)
			at.Item = false
		}
		b.walk(item, at)
		if at.Ordered {
			at.Number++
		}
	}
}

// add appends one paragraph.
func (b *builder) add(n ast.Node, at Block) {
	switch n := n.(type) {
	case *extast.Table:
		at.Kind, at.Rows = KindTable, b.rows(n)
	case *ast.Heading:
		at.Kind, at.Level, at.Runs = KindHeading, n.Level, runs(n, b.source, Run{})
	case *ast.FencedCodeBlock:
		at.Lang = string(n.Language(b.source))
		at.Kind, at.Runs = KindCode, codeOf(n, b.source)
	case *ast.CodeBlock:
		at.Kind, at.Runs = KindCode, codeOf(n, b.source)
	case *ast.ThematicBreak:
		at.Kind = KindRule
	case *ast.HTMLBlock:
		text := n.Lines().Value(b.source)
		if n.HasClosure() {
			text = append(text, n.ClosureLine.Value(b.source)...)
		}
		at.Runs = []Run{{Text: strings.TrimSpace(string(text))}}
	default:
		at.Runs = runs(n, b.source, Run{})
	}
	b.out = append(b.out, at)
}

func codeOf(n ast.Node, source []byte) []Run {
	return []Run{{Text: strings.TrimSuffix(string(n.Lines().Value(source)), "\n"), Code: true}}
}

func (b *builder) rows(t ast.Node) (rows [][][]Run) {
	for row := t.FirstChild(); row != nil; row = row.NextSibling() {
		var cells [][]Run
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			cells = append(cells, runs(cell, b.source, Run{}))
		}
		rows = append(rows, cells)
	}
	return rows
}

// runs is the text in n, piece by piece.
func runs(n ast.Node, source []byte, style Run) (out []Run) {
	add := func(s string, style Run) {
		style.Text = s
		out = append(out, style)
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		inner := style
		switch c := c.(type) {
		case *ast.Text:
			add(textOf(c, source, style.Code), style)
			continue
		case *ast.String:
			add(string(c.Value), style)
			continue
		case *ast.RawHTML:
			if tag := bytes.ToLower(c.Segments.Value(source)); bytes.HasPrefix(tag, []byte("<br")) {
				add("\n", style)
			}
			continue
		case *ast.Emphasis:
			inner.Bold, inner.Italic = style.Bold || c.Level == 2, style.Italic || c.Level == 1
		case *extast.Strikethrough:
			inner.Strike = true
		case *ast.CodeSpan:
			inner.Code = true
		case *ast.AutoLink:
			inner.Link = string(c.URL(source))
			add(string(c.Label(source)), inner)
			continue
		case *ast.Link:
			if to := string(unescaped(c.Destination)); !strings.HasPrefix(to, wikiScheme) {
				inner.Link = to
			}
		case *ast.Image:
			inner.Link = string(unescaped(c.Destination))
		case *extast.TaskCheckBox:
			add(map[bool]string{true: taskDone, false: taskOpen}[c.IsChecked], style)
			continue
		}
		out = append(out, runs(c, source, inner)...)
	}
	return out
}

// textOf is a text with the line end after it, if there is one.
func textOf(t *ast.Text, source []byte, code bool) string {
	value := t.Segment.Value(source)
	if !code {
		value = unescaped(value)
	}
	switch {
	case t.HardLineBreak():
		return string(value) + "\n"
	case t.SoftLineBreak():
		return string(value) + " "
	}
	return string(value)
}

// unescaped is text without markdown's backslashes, and with characters in the place of entities.
func unescaped(text []byte) []byte {
	var out []byte
	for {
		i := bytes.IndexByte(text, '\\')
		for i >= 0 && (i+1 == len(text) || !util.IsPunct(text[i+1])) {
			next := bytes.IndexByte(text[i+1:], '\\')
			if next < 0 {
				i = next
			} else {
				i += 1 + next
			}
		}
		if i < 0 {
			return append(out, resolved(text)...)
		}
		out = append(append(out, resolved(text[:i])...), text[i+1])
		text = text[i+2:]
	}
}

func resolved(text []byte) []byte {
	if bytes.IndexByte(text, '&') < 0 {
		return text
	}
	return util.ResolveEntityNames(util.ResolveNumericReferences(slices.Clone(text)))
}

// plainText is the text of runs.
func plainText(runs []Run) string {
	var b strings.Builder
	for _, r := range runs {
		b.WriteString(r.Text)
	}
	return b.String()
}
