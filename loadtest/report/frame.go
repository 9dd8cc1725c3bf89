package report

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"tablee/loadtest/result"
)

// memory is how many seconds the sparklines look back at most.
const memory = 60

// Widths of the live view, in characters.
const (
	labelColumn = 10
	liveColumn  = 38 // what is said of the last second; the sparkline follows
	widestSpark = 30
	widestBar   = 40
	narrowest   = 20
)

// glyphs are what bars and sparklines are made of.
type glyphs struct {
	steps      []rune // from least to most
	done, open string
}

// unicodeGlyphs are for terminals that show UTF-8.
func unicodeGlyphs() glyphs { return glyphs{[]rune("▁▂▃▄▅▆▇█"), "█", "░"} }

// asciiGlyphs are for all others.
func asciiGlyphs() glyphs { return glyphs{[]rune("_.-:=+*#"), "#", "."} }

// frame is what the live view knows: how the run goes, and the seconds behind it.
type frame struct {
	now    result.Progress
	begun  float64         // when the steady phase began, in seconds since the first participant began to join
	past   []result.Second // at most memory, the oldest first
	bar    result.Bar
	glyphs glyphs
	color  bool
}

// add takes up one second of progress.
func (f *frame) add(p result.Progress) {
	if p.Phase == result.Meeting && f.now.Phase != result.Meeting {
		f.begun = p.ElapsedS
	}
	f.now = p
	if n := len(f.past); p.Last.TS == 0 || n > 0 && f.past[n-1].TS == p.Last.TS {
		return // nothing measured yet, or no new second
	}
	if len(f.past) == memory {
		f.past = append(f.past[:0], f.past[1:]...)
	}
	f.past = append(f.past, p.Last)
}

// lines draws the view for a terminal of so many columns; no line is wider.
func (f *frame) lines(columns int) []string {
	columns = max(columns, narrowest)
	all := []string{f.head(columns)}
	for _, r := range f.rows() {
		all = append(all, f.draw(r, columns))
	}
	return all
}

// head is the phase, a bar of what is done, and what remains.
func (f *frame) head(columns int) string {
	name, part, rest := "Leaving", 1.0, ""
	switch f.now.Phase {
	case result.Joining:
		name, part = "Joining", ratio(float64(f.now.Joined), float64(f.now.Participants))
		rest = fmt.Sprintf("%d of %d in", f.now.Joined, f.now.Participants)
	case result.Meeting:
		name, rest = "Meeting", seconds(math.Ceil(finite(f.now.LeftS)))+" left"
		rest = strings.Replace(rest, ".0 s", " s", 1)
		gone := f.now.ElapsedS - f.begun
		part = ratio(gone, gone+f.now.LeftS)
	}
	width := min(widestBar, columns-labelColumn-utf8.RuneCountInString(rest)-2)
	if width < 4 {
		return cut(column(name, labelColumn)+rest, columns)
	}
	full := int(math.Round(part * float64(width)))
	bar := paint(f.color, green, strings.Repeat(f.glyphs.done, full)) +
		paint(f.color, dim, strings.Repeat(f.glyphs.open, width-full))
	return strings.TrimRight(paint(f.color, bold, name)+strings.Repeat(" ", labelColumn-len(name))+bar+"  "+rest, " ")
}

// row is one row of the view: what it is about, the last second in words, and the past as a sparkline.
type row struct {
	label, said string
	over        bool // beyond the bar
	spark       func(result.Second) (value float64, known bool)
	top         float64 // the least that the sparkline's full height stands for, so that trifles look like trifles
}

// rows are what the view tells of the last second.
func (f *frame) rows() []row {
	s := f.now.Last
	all := []row{
		{label: "in", said: fmt.Sprintf("%d of %d", f.now.Joined, f.now.Participants)},
		{label: "packets", said: digits(s.PacketsS) + "/s", spark: always(func(s result.Second) float64 { return s.PacketsS })},
		{label: "line", said: fmt.Sprintf("%s up  %s down", megabits(s.KbpsUp), megabits(s.KbpsDown)),
			spark: always(func(s result.Second) float64 { return s.KbpsDown })},
		{label: "loss", said: fmt.Sprintf("%s  (%s before repair)", percent(s.LossPercent), percent(s.LossBeforePercent)),
			over:  f.over(s.LossPercent, f.bar.LossPercent),
			spark: always(func(s result.Second) float64 { return s.LossPercent }), top: 1},
		{label: "latency", said: fmt.Sprintf("p50 %s  p99 %s", milliseconds(s.LatencyP50MS), milliseconds(s.LatencyP99MS)),
			over:  f.over(s.LatencyP99MS, f.bar.LatencyP99MS),
			spark: always(func(s result.Second) float64 { return s.LatencyP99MS }), top: 10},
		{label: "frozen", said: seconds(f.frozen()) + " in the last minute", over: f.bar != result.Bar{} && s.Frozen > 0,
			top: 1, spark: always(func(s result.Second) float64 { return s.Frozen })},
	}
	if s.Server == nil {
		return append(all, row{label: "server", said: "not known from here"})
	}
	return append(all,
		row{label: "CPU", said: whole(s.Server.CPUPercent) + " of a core", top: 100,
			spark: ofServer(func(s *result.ServerSecond) float64 { return s.CPUPercent })},
		row{label: "memory", said: megabytes(s.Server.RSSBytes),
			spark: ofServer(func(s *result.ServerSecond) float64 { return float64(s.RSSBytes) })})
}

// frozen is for how long pictures have stood still in the seconds that are remembered.
func (f *frame) frozen() float64 {
	sum := 0.0
	for _, s := range f.past {
		sum += finite(s.Frozen)
	}
	return sum
}

func (f *frame) over(value, limit float64) bool { return f.bar != result.Bar{} && value > limit }

func always(of func(result.Second) float64) func(result.Second) (float64, bool) {
	return func(s result.Second) (float64, bool) { return of(s), true }
}

func ofServer(of func(*result.ServerSecond) float64) func(result.Second) (float64, bool) {
	return func(s result.Second) (float64, bool) {
		if s.Server == nil {
			return 0, false
		}
		return of(s.Server), true
	}
}

// draw writes one row; the sparkline takes what room is left.
func (f *frame) draw(r row, columns int) string {
	said := cut(r.said, columns-labelColumn)
	code := ""
	if r.over {
		code = red
	}
	text := paint(f.color, dim, r.label) + strings.Repeat(" ", labelColumn-len(r.label)) + paint(f.color, code, said)
	room := min(widestSpark, columns-labelColumn-liveColumn)
	if r.spark == nil || room < 4 || len(f.past) == 0 {
		return text
	}
	pad := strings.Repeat(" ", max(1, liveColumn-utf8.RuneCountInString(said)))
	return text + pad + paint(f.color, code, f.sparkline(r, room))
}

// sparkline draws the last seconds, between nothing and the most of them.
func (f *frame) sparkline(r row, room int) string {
	past := f.past[max(0, len(f.past)-room):]
	most := r.top
	for _, s := range past {
		if v, ok := r.spark(s); ok {
			most = max(most, finite(v))
		}
	}
	var b strings.Builder
	top := len(f.glyphs.steps) - 1
	for _, s := range past {
		v, ok := r.spark(s)
		if !ok {
			b.WriteByte(' ')
			continue
		}
		b.WriteRune(f.glyphs.steps[int(math.Round(ratio(v, most)*float64(top)))])
	}
	return b.String()
}

// cut shortens s to a width.
func cut(s string, width int) string {
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	return string([]rune(s)[:max(0, width)])
}
