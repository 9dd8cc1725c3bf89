package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"tablee/loadtest/result"
)

// Control sequences (ECMA-48; the last two are DEC's private modes, which terminals that do not know them pass over).
const (
	clearLine   = "\x1b[K"
	clearBelow  = "\x1b[J"
	begin       = "\x1b[?2026h\x1b[?25l" // hold the picture, hide the cursor
	end         = "\x1b[?25h\x1b[?2026l"
	fallbackCol = 80
)

// Terminal shows how a run goes as a few lines that redraw themselves. Its methods are called by one goroutine.
//
// Each redraw is a single write that shows the cursor again at its end, so that the terminal is left in order whenever
// the program ends, even by a signal that it cannot catch.
type Terminal struct {
	w     io.Writer
	size  func() (columns, rows int)
	frame frame
	drawn []int // how wide each line is that stands there, in characters
}

// TerminalOptions says what the terminal can do.
type TerminalOptions struct {
	Size  func() (columns, rows int) // asked before each redraw; 0 where it is not known, nil for 80 columns
	Bar   result.Bar                 // what is beyond it is marked
	Color bool
	ASCII bool // for terminals without UTF-8
}

// NewTerminal prepares a view on w; nothing is written before the first Show.
func NewTerminal(w io.Writer, o TerminalOptions) *Terminal {
	t := &Terminal{w: w, size: o.Size, frame: frame{bar: o.Bar, color: o.Color, glyphs: unicodeGlyphs()}}
	if o.ASCII {
		t.frame.glyphs = asciiGlyphs()
	}
	if t.size == nil {
		t.size = func() (int, int) { return fallbackCol, 0 }
	}
	return t
}

// Show redraws the view. A terminal that cannot be written to is no reason to stop a run, so there is no error.
func (t *Terminal) Show(p result.Progress) {
	t.frame.add(p)
	columns, rows := t.size()
	if columns <= 0 {
		columns = fallbackCol
	}
	lines := t.frame.lines(columns - 1) // the last column is left free: writing there may wrap
	if rows > 1 && len(lines) > rows-1 {
		lines = lines[:rows-1]
	}
	var b strings.Builder
	b.WriteString(begin)
	b.WriteString(t.home(columns))
	t.drawn = t.drawn[:0]
	for _, l := range lines {
		b.WriteString(l + clearLine + "\n")
		t.drawn = append(t.drawn, visible(l))
	}
	b.WriteString(clearBelow + end)
	_, _ = io.WriteString(t.w, b.String())
}

// Close takes the view away, to make room for the summary. It may be called more than once.
func (t *Terminal) Close() {
	if len(t.drawn) == 0 {
		return
	}
	columns, _ := t.size()
	if columns <= 0 {
		columns = fallbackCol
	}
	_, _ = io.WriteString(t.w, begin+t.home(columns)+clearBelow+end)
	t.drawn = t.drawn[:0]
}

// home leads the cursor to where the view begins. Lines that a terminal made narrower has wrapped take several rows.
func (t *Terminal) home(columns int) string {
	up := 0
	for _, width := range t.drawn {
		up += max(1, (width+columns-1)/columns)
	}
	if up == 0 {
		return "\r"
	}
	return fmt.Sprintf("\r\x1b[%dA", up)
}

// visible is how many characters of a line are seen.
func visible(line string) int {
	n := 0
	for {
		before, after, found := strings.Cut(line, "\x1b[")
		n += utf8.RuneCountInString(before)
		if !found {
			return n
		}
		_, line, _ = strings.Cut(after, "m")
	}
}
