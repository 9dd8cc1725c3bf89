package format

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// Run is a piece of text of one style.
type Run struct {
	Text               string
	Bold, Italic, Code bool
}

// Block is one paragraph of a document.
type Block struct {
	Level int  // of a heading, 0 for none
	Depth int  // in lists and quotes
	Code  bool // keeps its line ends
	Runs  []Run
}

// Blocks takes markdown apart into paragraphs.
func Blocks(md string) []Block {
	source := []byte(md)
	b := &builder{source: source}
	b.walk(markdown().Parser().Parse(text.NewReader(source)), 0, "")
	return b.out
}

type builder struct {
	source []byte
	out    []Block
}

// walk appends what lies in n. mark stands before the first paragraph of a list's item.
func (b *builder) walk(n ast.Node, depth int, mark string) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		block := Block{Depth: depth}
		switch c := c.(type) {
		case *ast.List:
			b.list(c, depth)
			continue
		case *ast.Blockquote:
			b.walk(c, depth+1, "")
			continue
		case *extast.Table:
			b.table(c, depth)
			continue
		case *ast.Heading:
			block.Level, block.Runs = c.Level, runs(c, b.source, Run{})
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			block.Code = true
			block.Runs = []Run{{Text: strings.TrimSuffix(string(c.Lines().Value(b.source)), "\n"), Code: true}}
		case *ast.ThematicBreak:
			block.Runs = []Run{{Text: "———"}}
		case *ast.HTMLBlock:
			block.Runs = []Run{{Text: strings.TrimSpace(string(c.Lines().Value(b.source)))}}
		default:
			block.Runs = runs(c, b.source, Run{})
		}
		if mark != "" {
			block.Runs = append([]Run{{Text: mark}}, block.Runs...)
			mark = ""
		}
		b.out = append(b.out, block)
	}
}

func (b *builder) list(l *ast.List, depth int) {
	number := l.Start
	for item := l.FirstChild(); item != nil; item = item.NextSibling() {
		mark := "• "
		if l.IsOrdered() {
			mark = itoa(number) + ". "
			number++
		}
		b.walk(item, depth+1, mark)
	}
}

func (b *builder) table(t ast.Node, depth int) {
	for row := t.FirstChild(); row != nil; row = row.NextSibling() {
		block := Block{Depth: depth}
		_, head := row.(*extast.TableHeader)
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			if cell.PreviousSibling() != nil {
				block.Runs = append(block.Runs, Run{Text: "\t"})
			}
			block.Runs = append(block.Runs, runs(cell, b.source, Run{Bold: head})...)
		}
		b.out = append(b.out, block)
	}
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
			s := string(c.Segment.Value(source))
			switch {
			case c.HardLineBreak():
				s += "\n"
			case c.SoftLineBreak():
				s += " "
			}
			add(s, style)
			continue
		case *ast.String:
			add(string(c.Value), style)
			continue
		case *ast.Emphasis:
			inner.Bold, inner.Italic = style.Bold || c.Level == 2, style.Italic || c.Level == 1
		case *ast.CodeSpan:
			inner.Code = true
		case *ast.AutoLink:
			add(string(c.URL(source)), style)
			continue
		case *ast.Link:
			out = append(out, runs(c, source, style)...)
			if !strings.HasPrefix(string(c.Destination), wikiScheme) {
				add(" ("+string(c.Destination)+")", style)
			}
			continue
		case *extast.TaskCheckBox:
			add(map[bool]string{true: "☑ ", false: "☐ "}[c.IsChecked], style)
			continue
		}
		out = append(out, runs(c, source, inner)...)
	}
	return out
}

// Text is markdown as plain text.
func Text(md string) string {
	var b strings.Builder
	for _, block := range Blocks(md) {
		b.WriteString(strings.Repeat("  ", max(block.Depth-1, 0)))
		for _, r := range block.Runs {
			b.WriteString(r.Text)
		}
		b.WriteString("\n")
		if block.Depth == 0 {
			b.WriteString("\n")
		}
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}
