package format

import (
	"fmt"
	"strings"
)

// collector puts blocks together from a document that is read element by element. Paragraphs may lie in each other: notes
// and text boxes do, and stand behind the paragraph that they lie in.
type collector struct {
	out    []Block
	nested []Block // paragraphs that are begun
	late   []Block // ended inside of one that is not
	notes  []Block // they go to the end
	marks  map[string]int
	tables []*table
	taken  int  // paragraphs
	cells  int  // of all tables
	full   bool // there was more than is taken
}

// table is one that is being read. What lies in its cells becomes runs, whatever it is.
type table struct {
	at   Block
	rows [][][]Run
	cell []Run
	in   int // paragraphs that were open when it began
}

// begin begins a paragraph.
func (c *collector) begin(b Block) { c.nested = append(c.nested, b) }

// current is the innermost paragraph, nil outside of any.
func (c *collector) current() *Block {
	if len(c.nested) == 0 {
		return nil
	}
	return &c.nested[len(c.nested)-1]
}

// add appends text to the innermost paragraph.
func (c *collector) add(r Run) {
	if b := c.current(); b != nil && r.Text != "" {
		b.Runs = append(b.Runs, r)
	}
}

// end ends the innermost paragraph.
func (c *collector) end() {
	b := c.current()
	if b == nil {
		return
	}
	done := *b
	if done.line && len(done.Runs) == 0 {
		done.Kind = KindRule
	}
	if c.taken++; c.taken > maxBlocks {
		c.full = true
		done = Block{}
	}
	c.nested = c.nested[:len(c.nested)-1]
	switch {
	case done.note:
		done.note = false
		c.notes = append(c.notes, done)
	case len(c.tables) > 0 && len(c.nested) <= c.tables[len(c.tables)-1].in:
		c.put(done)
		for _, late := range c.late {
			c.put(late)
		}
		c.late = nil
	case len(c.nested) > 0:
		c.late = append(c.late, done)
	case done.empty():
		c.out, c.late = append(c.out, c.late...), nil
	default:
		c.out = append(append(c.out, done), c.late...)
		c.late = nil
	}
}

// put puts a paragraph into the cell that is being read.
func (c *collector) put(b Block) {
	t := c.tables[len(c.tables)-1]
	text := b.Runs
	if b.Item {
		text = append([]Run{{Text: b.mark()}}, text...)
	}
	if len(t.cell) > 0 && len(text) > 0 {
		t.cell = append(t.cell, Run{Text: "\n"})
	}
	t.cell = append(t.cell, text...)
}

func (c *collector) beginTable(at Block) {
	at.Kind, at.Runs = KindTable, nil
	c.tables = append(c.tables, &table{at: at, in: len(c.nested)})
}

func (c *collector) beginRow() {
	if n := len(c.tables); n > 0 {
		c.tables[n-1].rows = append(c.tables[n-1].rows, nil)
	}
}

func (c *collector) beginCell() {
	if n := len(c.tables); n > 0 {
		c.tables[n-1].cell = nil
	}
}

// endCell ends a cell, which stands for count of them.
func (c *collector) endCell(count int) {
	if len(c.tables) == 0 {
		return
	}
	t := c.tables[len(c.tables)-1]
	if len(t.rows) == 0 {
		t.rows = append(t.rows, nil)
	}
	row := &t.rows[len(t.rows)-1]
	room := min(maxColumns-len(*row), maxCells-c.cells)
	if room < 1 && len(t.cell) > 0 {
		c.full = true
	}
	for range min(count, room) {
		*row = append(*row, t.cell)
		c.cells++
	}
	t.cell = nil
}

// endTable ends a table. One inside another becomes text in its cell, one of one cell is only a frame.
func (c *collector) endTable() {
	n := len(c.tables)
	if n == 0 {
		return
	}
	t := c.tables[n-1]
	c.tables = c.tables[:n-1]
	t.at.Rows = trimmed(t.rows)
	switch {
	case len(t.at.Rows) == 0:
	case n > 1:
		outer := c.tables[n-2]
		for _, row := range t.at.Rows {
			for i, cell := range row {
				if len(outer.cell) > 0 {
					outer.cell = append(outer.cell, Run{Text: map[bool]string{true: "\n", false: " "}[i == 0]})
				}
				outer.cell = append(outer.cell, cell...)
			}
		}
	case len(c.nested) > 0:
		c.late = append(c.late, t.at)
	default:
		c.out = append(c.out, t.at)
	}
}

// finish joins what belongs together and gives all blocks. It fails where something would be missing.
func (c *collector) finish() ([]Block, error) {
	if c.full {
		return nil, fmt.Errorf("%w: it has more paragraphs, or its tables more cells, than can be taken", ErrFile)
	}
	out := c.out[:0]
	for _, b := range c.out {
		if n := len(out) - 1; n >= 0 && b.Kind == KindCode && out[n].Kind == KindCode && b.Depth == out[n].Depth && b.Quote == out[n].Quote && !b.Item {
			out[n].Runs = append(append(out[n].Runs, Run{Text: "\n"}), b.Runs...)
			continue
		}
		if b.Item && len(b.Runs) > 0 {
			b.Runs[0].Text = asTask(b.Runs[0].Text)
		}
		out = append(out, b)
	}
	return append(out, c.notes...), nil
}

// note is the mark of a note, which is counted here: what programs call it is not what they show.
func (c *collector) note(id string) string {
	if c.marks == nil {
		c.marks = map[string]int{}
	}
	if c.marks[id] == 0 && len(c.marks) < maxStyles {
		c.marks[id] = len(c.marks) + 1
	}
	return "[" + itoa(c.marks[id]) + "]"
}

// asTask gives an item that begins with a box the mark of ours.
func asTask(text string) string {
	for box, mark := range map[string]string{"☐": taskOpen, "☑": taskDone, "☒": taskDone, "✓": taskDone, "✔": taskDone} {
		if rest, ok := strings.CutPrefix(text, box); ok {
			return mark + strings.TrimLeft(rest, " \t\u00a0")
		}
	}
	return text
}

// trimmed leaves out what is empty at the right and at the bottom: spreadsheets have thousands of such cells.
func trimmed(rows [][][]Run) [][][]Run {
	for i, row := range rows {
		for len(row) > 0 && strings.TrimSpace(plainText(row[len(row)-1])) == "" {
			row = row[:len(row)-1]
		}
		rows[i] = row
	}
	for len(rows) > 0 && len(rows[len(rows)-1]) == 0 {
		rows = rows[:len(rows)-1]
	}
	return rows
}
