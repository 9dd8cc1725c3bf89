package report

import (
	"strconv"
	"strings"
	"testing"

	"tablee/loadtest/result"
)

// screen is a terminal that knows what Terminal uses of ECMA-48.
type screen struct {
	t       *testing.T
	columns int
	rows    []string
	row     int
	column  int
	hidden  bool
	writes  int
}

func (s *screen) Write(p []byte) (int, error) {
	s.writes++
	text := string(p)
	for text != "" {
		switch {
		case strings.HasPrefix(text, "\x1b["):
			end := strings.IndexFunc(text[2:], func(c rune) bool { return c >= '@' && c <= '~' }) + 2
			s.control(text[2:end], text[end])
			text = text[end+1:]
		case text[0] == '\r':
			s.column, text = 0, text[1:]
		case text[0] == '\n':
			s.row, s.column, text = s.row+1, 0, text[1:]
		default:
			c := []rune(text)[0]
			s.put(c)
			text = text[len(string(c)):]
		}
	}
	if s.hidden {
		s.t.Error("a write ends with the cursor hidden")
	}
	return len(p), nil
}

func (s *screen) control(argument string, kind byte) {
	switch {
	case kind == 'A':
		n := 0
		for _, c := range argument {
			n = 10*n + int(c-'0')
		}
		if s.row -= n; s.row < 0 {
			s.t.Errorf("the cursor leaves the view upwards")
			s.row = 0
		}
	case kind == 'K':
		s.cut()
	case kind == 'J':
		s.cut()
		s.rows = s.rows[:min(len(s.rows), s.row+1)]
	case argument == "?25":
		s.hidden = kind == 'l'
	case argument == "?2026", kind == 'm':
	default:
		s.t.Errorf("unknown: %q %c", argument, kind)
	}
}

func (s *screen) cut() {
	s.grow()
	s.rows[s.row] = string([]rune(s.rows[s.row])[:min(s.column, len([]rune(s.rows[s.row])))])
}

func (s *screen) grow() {
	for len(s.rows) <= s.row {
		s.rows = append(s.rows, "")
	}
}

func (s *screen) put(c rune) {
	s.grow()
	if s.column >= s.columns {
		s.t.Errorf("a line wraps after %q", s.rows[s.row])
		s.row, s.column = s.row+1, 0
		s.grow()
	}
	line := []rune(s.rows[s.row])
	for len(line) <= s.column {
		line = append(line, ' ')
	}
	line[s.column] = c
	s.rows[s.row], s.column = string(line), s.column+1
}

func (s *screen) text() string { return strings.TrimRight(strings.Join(s.rows, "\n"), "\n") }

// The view redraws itself in place with one write, whatever its width, and takes itself away.
func TestTerminalRedrawsInPlace(t *testing.T) {
	for _, color := range []bool{false, true} {
		s := &screen{t: t, columns: 80, rows: []string{"$ tablee loadtest", ""}, row: 1}
		height := 24
		live := NewTerminal(s, TerminalOptions{Size: func() (int, int) { return s.columns, height }, Bar: result.DefaultBar(), Color: color})
		live.Close() // before anything is shown, nothing is taken away
		for i, second := range sample(15, 60, true).Series {
			live.Show(result.Progress{Phase: second.Phase, Joined: second.Joined, Participants: 15, ElapsedS: second.TS, LeftS: 60, Last: second})
			if s.writes != i+1 {
				t.Fatalf("%d writes for %d redraws", s.writes, i+1)
			}
			if n := strings.Count(s.text(), "latency"); n != 1 || !strings.HasPrefix(s.text(), "$ tablee loadtest\n") {
				t.Fatalf("redraw %d: the view stands there %d times:\n%s", i+1, n, s.text())
			}
		}
		live.Close()
		live.Close()
		if s.text() != "$ tablee loadtest" {
			t.Errorf("something stays:\n%s", s.text())
		}
	}
}

// A terminal that was made narrower has wrapped the lines that stand there.
func TestTerminalMadeNarrower(t *testing.T) {
	columns, out := 100, &strings.Builder{}
	live := NewTerminal(out, TerminalOptions{Size: func() (int, int) { return columns, 0 }})
	p := result.Progress{Phase: result.Meeting, Joined: 2, Participants: 2, Last: sample(2, 9, false).Series[5]}
	live.Show(p)
	long := 0
	for _, width := range live.drawn {
		if width > 50 {
			long++
		}
	}
	columns = 50
	out.Reset()
	lines := len(live.drawn)
	live.Show(p)
	if want := "\r\x1b[" + strconv.Itoa(lines+long) + "A"; long == 0 || !strings.Contains(out.String(), want) {
		t.Errorf("%d lines, of which %d wrapped: %q", lines, long, out.String()[:40])
	}
}

func TestTerminalOfFewRows(t *testing.T) {
	s := &screen{t: t, columns: 30}
	live := NewTerminal(s, TerminalOptions{Size: func() (int, int) { return 30, 4 }, ASCII: true})
	for range 3 {
		live.Show(result.Progress{Phase: result.Meeting, Participants: 2, Last: sample(2, 9, false).Series[5]})
	}
	if n := len(strings.Split(s.text(), "\n")); n != 3 {
		t.Errorf("%d lines in 4 rows:\n%s", n, s.text())
	}
	for _, c := range s.text() {
		if c > '~' {
			t.Errorf("%q in ASCII", c)
		}
	}
}
