package format

import (
	"strconv"
	"strings"
)

// Text is markdown as plain text.
func Text(md string) string {
	var b strings.Builder
	blocks := Blocks(md)
	for i, block := range blocks {
		indent := strings.Repeat("> ", block.Quote) + strings.Repeat("  ", max(block.Depth-1, 0))
		b.WriteString(indent + block.mark())
		switch block.Kind {
		case KindRule:
			b.WriteString("———\n")
		case KindTable:
			for j, row := range block.Rows {
				if j > 0 {
					b.WriteString(indent)
				}
				for k, cell := range row {
					if k > 0 {
						b.WriteString("\t")
					}
					b.WriteString(shown(cell))
				}
				b.WriteString("\n")
			}
		default:
			b.WriteString(strings.ReplaceAll(shown(block.Runs), "\n", "\n"+indent) + "\n")
		}
		if i+1 == len(blocks) || block.Depth == 0 || blocks[i+1].Depth == 0 {
			b.WriteString("\n")
		}
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// mark stands before an item of a list.
func (b Block) mark() string {
	switch {
	case !b.Item && b.Depth > 0:
		return "  "
	case !b.Item:
		return ""
	case b.Ordered:
		return strconv.Itoa(b.Number) + ". "
	}
	return "• "
}

// shown is a text with where its links lead in brackets behind them.
func shown(runs []Run) string {
	var b strings.Builder
	label := ""
	for i, r := range runs {
		b.WriteString(r.Text)
		label += r.Text
		if r.Link == "" || i+1 < len(runs) && runs[i+1].Link == r.Link {
			if r.Link == "" {
				label = ""
			}
			continue
		}
		if label != r.Link && "mailto:"+label != r.Link && "http://"+label != r.Link {
			b.WriteString(" (" + r.Link + ")")
		}
		label = ""
	}
	return b.String()
}
