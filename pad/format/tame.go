package format

import "strings"

// Bounds of markdown, whose parser takes time and memory by the square of some things: somebody who may write in a pad
// could stop the server with a text of a few hundred KiB. What is beyond them is shown as it is written.
const (
	maxContainers = 64  // quotes and lists around a paragraph
	maxBrackets   = 100 // links in one paragraph, item or cell's line
	maxRule       = 200 // bytes of a line across the page, whose marks are none of lists
)

// tame puts a backslash before marks beyond the bounds. Text in fences stays as it is.
func tame(md string) string {
	t := tamer{}
	for line := range strings.Lines(md) {
		t.line(line)
	}
	return t.out.String()
}

type tamer struct {
	out      strings.Builder
	fence    string // that is open
	previous string // line
	columns  int    // of the table that the lines may belong to, 0 for none
	table    bool   // they do belong to it, so that each is read alone
	brackets int    // of the paragraph
	cells    int    // of all tables: a row of one letter has as many as its table is wide
}

func (t *tamer) line(line string) {
	inside := strings.TrimLeft(line, "> \t")
	switch fence := fenceOf(inside); {
	case t.fence != "":
		if strings.HasPrefix(fence, t.fence) && strings.TrimSpace(strings.TrimLeft(inside, fence[:1])) == "" {
			t.fence = ""
		}
		t.out.WriteString(line)
		return
	case fence != "":
		t.fence = fence
		t.out.WriteString(line)
		return
	}
	line = t.contained(line)
	switch pipes := strings.Count(line, "|"); {
	case strings.TrimSpace(inside) == "":
		t.columns, t.table, t.brackets = 0, false, 0
	case pipes > 0 && t.columns == 0 && strings.Contains(inside, "-") && strings.Trim(inside, "|:- \t\r\n") == "":
		if pipes > maxColumns || t.cells > maxCells {
			line = `\` + line
			break
		}
		t.columns, t.table = pipes+1, pipes == strings.Count(t.previous, "|")
	case t.table && pipes > 0, begins(inside):
		t.brackets = 0
	}
	if t.cells += t.columns; t.columns > 0 && t.cells > maxCells {
		t.columns, t.table = 0, false
		t.out.WriteString("\n") // ends the table
	}
	t.previous = line
	for {
		i := strings.IndexByte(line, '[')
		if i < 0 {
			break
		}
		t.out.WriteString(line[:i])
		if t.brackets++; t.brackets > maxBrackets && (i == 0 || line[i-1] != '\\') {
			t.out.WriteByte('\\')
		}
		t.out.WriteByte('[')
		line = line[i+1:]
	}
	t.out.WriteString(line)
}

// contained ends the marks of quotes and lists at a line's beginning when there are too many.
func (t *tamer) contained(line string) string {
	marks := 0
	for i := range len(line) {
		switch c := line[i]; {
		case strings.IndexByte(">-+*.)", c) >= 0:
			if marks++; marks > maxContainers && (i > maxRule || strings.Trim(line, "-* \r\n") != "") {
				return line[:i] + `\` + line[i:]
			}
		case strings.IndexByte(" \t0123456789", c) < 0:
			return line
		}
	}
	return line
}

// fenceOf is the fence that a line begins with, "" for none.
func fenceOf(line string) string {
	for _, c := range []string{"`", "~"} {
		if n := len(line) - len(strings.TrimLeft(line, c)); n >= 3 && (c == "~" || !strings.Contains(line[n:], "`")) {
			return line[:n]
		}
	}
	return ""
}

// begins tells whether a line begins an item of a list, or a heading: a paragraph of its own whatever comes before
// (of numbers only 1 does, CommonMark 0.31, section 5.2).
func begins(line string) bool {
	return strings.HasPrefix(line, "1. ") || strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "* ") || strings.HasPrefix(line, "+ ") || strings.HasPrefix(line, "# ") || strings.HasPrefix(line, "## ")
}
