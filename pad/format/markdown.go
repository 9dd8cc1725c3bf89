package format

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/util"
)

// Markdown writes blocks as markdown: Blocks of what it writes are those blocks again. It reads each paragraph that it
// is not sure of itself: where emphasis cannot be said in markdown it is left out, and never a letter of the text.
func Markdown(blocks []Block) string {
	w := &markdownWriter{parser: markdown().Parser()}
	for _, b := range blocks {
		if b.empty() {
			continue
		}
		if w.out.Len() > 0 {
			w.gap(b)
		}
		w.block(b)
	}
	if w.out.Len() == 0 {
		return ""
	}
	return w.out.String() + "\n"
}

// empty tells whether there is nothing to see of a block.
func (b Block) empty() bool {
	switch b.Kind {
	case KindRule:
		return false
	case KindTable:
		return len(b.Rows) == 0
	case KindCode:
		return len(b.Runs) == 0
	}
	return !b.Item && strings.TrimSpace(plainText(b.Runs)) == ""
}

// markdownWriter writes block after block.
type markdownWriter struct {
	parser  parser.Parser
	out     strings.Builder
	last    Block // written last
	indents []int // width of the mark of the item that is open at each depth
}

// gap ends the last block. Items of one list follow each other without an empty line.
func (w *markdownWriter) gap(next Block) {
	w.out.WriteString("\n")
	tight := next.Item && w.last.Depth > 0 && next.Quote == w.last.Quote && w.last.Kind == KindText && next.Kind == KindText &&
		(next.Depth > w.last.Depth || next.Ordered == w.last.Ordered || next.Depth < w.last.Depth)
	if !tight {
		w.out.WriteString(strings.TrimSpace(strings.Repeat("> ", min(next.Quote, w.last.Quote))) + "\n")
	}
}

// block writes one block.
func (w *markdownWriter) block(b Block) {
	if b.Quote != w.last.Quote {
		w.indents = nil
	}
	quote := strings.Repeat("> ", b.Quote)
	depth := min(b.Depth, len(w.indents))
	if b.Item {
		depth = min(b.Depth-1, len(w.indents))
	}
	w.indents = w.indents[:max(depth, 0)]
	width := 0
	for _, n := range w.indents {
		width += n
	}
	indent := strings.Repeat(" ", width)
	w.out.WriteString(quote + indent)
	if b.Item {
		mark := "- "
		if b.Ordered {
			mark = strconv.Itoa(min(max(b.Number, 0), 999_999_999)) + ". " // CommonMark 0.31, section 5.2
		}
		w.out.WriteString(mark)
		w.indents = append(w.indents, len(mark))
		indent += strings.Repeat(" ", len(mark))
	}
	w.out.WriteString(strings.ReplaceAll(w.body(b), "\n", "\n"+quote+indent))
	w.last = b
}

// body is what stands in a block, without quotes and lists around it.
func (w *markdownWriter) body(b Block) string {
	switch b.Kind {
	case KindRule:
		return "---"
	case KindHeading:
		return strings.Repeat("#", min(max(b.Level, 1), 6)) + " " + strings.ReplaceAll(w.paragraph(b.Runs, false), breakMark, " ")
	case KindCode:
		text := plainText(b.Runs)
		fence := "```"
		for strings.Contains(text, fence) {
			fence += "`"
		}
		return fence + strings.Join(strings.Fields(strings.ReplaceAll(b.Lang, "`", "")), "-") + "\n" + strings.TrimSuffix(text, "\n") + "\n" + fence
	case KindTable:
		return w.table(b.Rows)
	}
	runs := b.Runs
	if b.Item && len(runs) > 0 {
		for mark, md := range map[string]string{taskOpen: "[ ] ", taskDone: "[x] "} {
			if rest, ok := strings.CutPrefix(runs[0].Text, mark); ok {
				runs = slices.Clone(runs)
				runs[0].Text = rest
				return md + w.paragraph(runs, true)
			}
		}
	}
	return w.paragraph(runs, true)
}

// table writes rows as GitHub's markdown does. All get the number of cells of the widest one.
func (w *markdownWriter) table(rows [][][]Run) string {
	columns := 0
	for _, row := range rows {
		columns = max(columns, len(row))
	}
	var b strings.Builder
	for i, row := range rows {
		for n := range columns {
			cell := ""
			if n < len(row) {
				cell = strings.ReplaceAll(w.paragraph(row[n], false), breakMark, " ")
				cell = strings.ReplaceAll(cell, "|", `\|`)
			}
			b.WriteString("| " + cell + " ")
		}
		b.WriteString("|")
		if i == 0 {
			b.WriteString("\n" + strings.Repeat("| --- ", columns) + "|")
		}
		if i+1 < len(rows) {
			b.WriteString("\n")
		}
	}
	return b.String()
}

// paragraph is runs as markdown, with all that markdown can say of their style. first tells whether it begins a line.
func (w *markdownWriter) paragraph(runs []Run, first bool) string {
	want := plainText(runs)
	whole := inline(runs, first)
	if simple(whole) {
		return whole
	}
	for _, weaker := range []func(*Run){
		func(*Run) {}, func(r *Run) { r.Bold, r.Italic, r.Strike = false, false, false }, func(r *Run) { *r = Run{Text: r.Text} },
	} {
		some := slices.Clone(runs)
		for i := range some {
			weaker(&some[i])
		}
		if whole = inline(some, first); w.says(whole, want, first) {
			return whole
		}
	}
	return escapeAll(want)
}

// escapeAll puts a backslash before each character that may have one (CommonMark 0.31, section 2.4).
func escapeAll(s string) string {
	var b strings.Builder
	for _, r := range strings.TrimSpace(strings.ToValidUTF8(s, "\uFFFD")) {
		switch {
		case r == '\n':
			b.WriteString(breakMark)
			continue
		case r != '|' && r < utf8.RuneSelf && util.IsPunct(byte(r)): // | is a table's affair
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// simple tells that there is nothing in a text that markdown could take for something else.
func simple(md string) bool {
	return !strings.ContainsAny(md, "\\`*_~[]<&!#\n") && (md == "" || md[0] >= 'A' || md[0] == '"' || md[0] == '(')
}

// says tells whether a paragraph's markdown is read as the text.
func (w *markdownWriter) says(md, text string, first bool) bool {
	kind := KindText
	if !first {
		kind, md = KindHeading, "# "+md
	}
	blocks := blocksOf(w.parser, md)
	got := ""
	for _, b := range blocks {
		if b.Kind != kind || b.Depth > 0 || b.Quote > 0 {
			return false
		}
		got += plainText(b.Runs)
	}
	return len(blocks) <= 1 && slices.Equal(strings.Fields(got), strings.Fields(text))
}
