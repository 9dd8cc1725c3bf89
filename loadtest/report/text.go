package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"tablee/loadtest/result"
)

// Widths of the text's columns, in characters.
const (
	nameColumn  = 24
	valueColumn = 22
)

// WriteText writes the report for people: the answer, why, and the figures with their limits.
func WriteText(w io.Writer, r *result.Report, o Options) error {
	var b strings.Builder
	t := text{&b, o.Color}
	t.opening(r)
	t.figures(r)
	t.traffic(r)
	t.server(r)
	if o.Baseline != nil {
		t.comparison(r, o.Baseline)
	}
	if len(r.Errors) > 0 {
		t.line("\n%s", t.paint(bold, "What went wrong"))
		for _, e := range r.Errors {
			t.line("  %s", plain(e))
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the summary: %w", err)
	}
	return nil
}

// text writes lines.
type text struct {
	*strings.Builder
	color bool
}

func (t text) line(format string, args ...any) { fmt.Fprintf(t, format+"\n", args...) }

// paint gives s a colour, where colours are wanted.
func (t text) paint(code, s string) string { return paint(t.color, code, s) }

// opening is the answer and what it rests on.
func (t text) opening(r *result.Report) {
	answer, why := verdict(r)
	code := green
	if !r.Quality.Met {
		code = red
	}
	t.line("%s", t.paint(bold+code, answer))
	if why != "" {
		t.line("%s", plain(why))
	}
	for _, more := range others(r) {
		t.line("%s", plain(more))
	}
	t.line("\n%s", plain(setting(r)))
	for _, c := range cautions(r) {
		t.note(c)
	}
}

// figures are those that the bar is about, then how things came.
func (t text) figures(r *result.Report) {
	t.line("")
	for _, f := range felt(r) {
		mark := " "
		if f.over {
			mark = t.paint(red, "!")
		}
		t.line("%s", strings.TrimRight(fmt.Sprintf("%s %s%s%s", mark, column(f.name, nameColumn), column(f.text, valueColumn), f.bound), " "))
	}
	for i, d := range []struct {
		name string
		p    *result.Percentiles
	}{
		{"Latency", r.LatencyMS}, {"Of it without a server", r.EchoMS}, {"Jitter", r.JitterMS}, {"Joining", r.JoinMS}, {"First picture", r.FirstFrameMS},
		{"Each picture", r.PictureMS}, {"Being heard", r.HeardMS}, {"Change of layer", r.SwitchMS}, {"Change of address", r.RoamMS},
	} {
		if i == 0 && r.LatencyMS != nil {
			t.line("")
		}
		if d.p != nil {
			t.row(d.name, "median %s, p95 %s, p99 %s, most %s", milliseconds(d.p.P50), milliseconds(d.p.P95),
				milliseconds(d.p.P99), milliseconds(d.p.Max))
		}
	}
	if r.LayerMatchPercent != nil {
		t.row("Layer as asked", "%s of the time", whole(*r.LayerMatchPercent))
	}
}

// traffic is what was sent, what came, and what was repaired.
func (t text) traffic(r *result.Report) {
	t.line("")
	t.row("Packets", "%d received of %d expected; %d published", r.PacketsReceived, r.PacketsExpected, r.PacketsSent)
	t.row("Loss before repair", "%s; after: voices %s, pictures %s", percent(r.LossBeforePercent), percent(r.VoiceLossPercent), percent(r.VideoLossPercent))
	t.row("Repair", "%d packets came again, %d asked for, %d twice", r.PacketsRepaired, r.NACKs, r.PacketsDuplicated)
	t.row("Pictures", "%d decodable, %d not; frozen for %s in all", r.FramesDecodable, r.FramesBroken, seconds(r.FrozenSeconds))
	t.row("Speech", "%d of %d spurts unheard, %d gaps", r.SpurtsUnheard, r.SpurtsExpected, r.AudioGaps)
	if n := r.Violations.Total(); n > 0 {
		var named []string
		for _, v := range violations(r) {
			named = append(named, fmt.Sprintf("%s %d", v.name, v.count))
		}
		t.row("Violations", "%d: %s", n, strings.Join(named, ", "))
	}
	if r.Reconnects > 0 {
		t.row("Came back", "%s", plural(r.Reconnects, "time", "times"))
	}
}

// server is what the meeting cost, and what the tool itself took.
func (t text) server(r *result.Report) {
	t.line("")
	s := r.Server
	if s == nil {
		t.row("Server", "not known: it runs elsewhere, and its metrics were not to be had")
	} else {
		cores := ""
		if s.CPUs > 0 {
			cores = " (of " + strconv.Itoa(s.CPUs) + ")"
		}
		t.row("Server CPU", "%s of a core%s, %s per packet received", whole(s.CPUPercent), cores, digits(s.CPUUsPerPacket)+" µs")
		most := ""
		if s.RSSMaxBytes > 0 {
			most = ", most " + megabytes(s.RSSMaxBytes)
		}
		if s.MemoryLimit > 0 {
			most += " of " + megabytes(s.MemoryLimit)
		}
		t.row("Server memory", "%s%s", megabytes(s.RSSBytes), most)
		if s.Source != result.FromProcess && s.Goroutines > 0 {
			t.row("Server runtime", "%d goroutines, %d GC cycles with %s of pauses, %s allocations per packet",
				s.Goroutines, s.GCCycles, milliseconds(s.GCPauseMS), digits(s.AllocsPerPacket))
		}
	}
	if c := r.Client; c != nil {
		t.row("This load test", "%s of a core, %s µs per packet, %s of memory", whole(c.CPUPercent), digits(c.CPUUsPerPacket), megabytes(c.RSSBytes))
	}
}

// comparison is the run beside an earlier one.
func (t text) comparison(r *result.Report, b *Baseline) {
	changes := compare(r, b)
	t.line("\n%s", t.paint(bold, fmt.Sprintf("Compared with %s (version %s)", plain(b.Name), plain(b.Report.Version))))
	t.line("%s", tally(changes))
	for _, u := range unlike(r, b) {
		t.note(u)
	}
	for _, c := range changes {
		code := ""
		switch c.Word {
		case "better":
			code = green
		case "worse":
			code = red
		}
		t.line("  %s%s%s%s%s", column(c.Name, nameColumn), column(c.Now, 16), column("was "+c.Then, 20), column(c.Ratio, 12),
			t.paint(code, c.Arrow+" "+c.Word))
	}
}

// note is something to keep in mind, in lines that fit a terminal.
func (t text) note(s string) {
	const width = 90
	label := "Note: "
	for words := strings.Fields(plain(s)); len(words) > 0; label = "      " {
		n, length := 1, utf8.RuneCountInString(words[0])
		for n < len(words) && length+1+utf8.RuneCountInString(words[n]) <= width {
			length += 1 + utf8.RuneCountInString(words[n])
			n++
		}
		t.line("%s%s", t.paint(yellow, label), strings.Join(words[:n], " "))
		words = words[n:]
	}
}

func (t text) row(name, format string, args ...any) {
	t.line("  %s%s", column(name, nameColumn), fmt.Sprintf(format, args...))
}

// column pads s with spaces to a width.
func column(s string, width int) string {
	return s + strings.Repeat(" ", max(1, width-utf8.RuneCountInString(s)))
}

// plain takes what could steer a terminal out of a text that somebody else wrote.
func plain(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c >= 0x7f && c < 0xa0 || c == '\u2028' || c == '\u2029' || c >= '\u202a' && c <= '\u202e' || c >= '\u2066' && c <= '\u2069' {
			return '\ufffd'
		}
		return c
	}, s)
}
