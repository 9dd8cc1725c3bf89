package report

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tablee/loadtest/result"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is no longer what it was; it is now:\n%s", file, got)
	}
}

func TestText(t *testing.T) {
	before := sample(15, 300, true)
	before.Version = "0.3.0"
	small := nothing()
	small.Server = nil
	for name, c := range map[string]struct {
		r *result.Report
		o Options
	}{
		"met.txt":     {sample(15, 300, false), Options{Baseline: &Baseline{"last-week.json", before}}},
		"unmet.txt":   {sample(15, 300, true), Options{}},
		"nothing.txt": {small, Options{}},
		"colour.txt":  {sample(4, 20, true), Options{Color: true}},
	} {
		var b strings.Builder
		if err := WriteText(&b, c.r, c.o); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.String())
		if got := strings.Contains(b.String(), "\x1b"); got != c.o.Color {
			t.Errorf("%s: colour is %v", name, got)
		}
	}
}

// What a terminal shows in the phases of a run, in several widths.
func TestFrames(t *testing.T) {
	for _, c := range []struct {
		file    string
		columns int
		seconds int
		phase   string
		frame   frame
	}{
		{"live-80.txt", 80, 42, result.Meeting, frame{glyphs: unicodeGlyphs(), bar: result.DefaultBar()}},
		{"live-120-colour.txt", 120, 160, result.Meeting, frame{glyphs: unicodeGlyphs(), bar: result.DefaultBar(), color: true}},
		{"live-40.txt", 40, 42, result.Meeting, frame{glyphs: unicodeGlyphs()}},
		{"live-ascii.txt", 80, 42, result.Meeting, frame{glyphs: asciiGlyphs()}},
		{"live-joining.txt", 80, 1, result.Joining, frame{glyphs: unicodeGlyphs()}},
		{"live-leaving.txt", 80, 304, result.Leaving, frame{glyphs: unicodeGlyphs()}},
	} {
		r := sample(15, 300, true)
		if c.file == "live-joining.txt" {
			r.Series[0].Server = nil
		}
		for i, s := range r.Series[:c.seconds] {
			p := result.Progress{Phase: s.Phase, Joined: s.Joined, Participants: 15, ElapsedS: s.TS, Last: s}
			if p.Phase == result.Meeting {
				p.LeftS = 302 - float64(i)
			}
			c.frame.add(p)
		}
		if c.frame.now.Phase != c.phase {
			t.Errorf("%s: phase %s", c.file, c.frame.now.Phase)
		}
		lines := c.frame.lines(c.columns)
		for _, l := range lines {
			if visible(l) > c.columns {
				t.Errorf("%s: %d columns: %q", c.file, visible(l), l)
			}
		}
		golden(t, c.file, strings.Join(lines, "\n")+"\n")
	}
}

// The answer fits what happened.
func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*result.Report)
		want   string
	}{
		{"good", func(*result.Report) {}, "This box carries this meeting."},
		{"elsewhere", func(r *result.Report) { r.Server = nil }, "This server carries this meeting."},
		{"ended early", func(r *result.Report) { r.Interrupted, r.Joined = true, 1 }, "This box carried this meeting as far as it went. The run was ended early"},
		{"bad", func(r *result.Report) { r.LossPercent = 9 }, "This box does not carry this meeting. 9.00 % of the packets were lost"},
		{"bad, ended early", func(r *result.Report) { r.LossPercent, r.Interrupted = 9, true }, "does not carry this meeting."},
	} {
		r := sample(3, 20, false)
		c.change(r)
		r.Judge(result.DefaultBar())
		answer, why := verdict(r)
		if !strings.HasPrefix(answer+" "+why, c.want) && !strings.Contains(answer, c.want) {
			t.Errorf("%s: %s %s", c.name, answer, why)
		}
		if early := strings.Contains(answer+why+strings.Join(cautions(r), ""), "ended early"); early != r.Interrupted {
			t.Errorf("%s: it says that it was ended early: %v", c.name, early)
		}
	}
}

func TestCautions(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*result.Report)
		want   string
	}{
		{"none", func(*result.Report) {}, ""},
		{"full together", func(r *result.Report) { r.Client.CPUPercent, r.Server.CPUPercent = 200, 150 }, "together used 88 %"},
		{"full alone", func(r *result.Report) {
			r.Client.CPUPercent, r.Server.CPUPercent, r.Server.Source = 350, 350, result.FromMetrics
		}, "The load test alone used 88 %"},
		{"the server is full, elsewhere", func(r *result.Report) { r.Server.CPUPercent, r.Server.Source = 390, result.FromMetrics }, ""},
		{"short", func(r *result.Report) { r.DurationS = 5 }, "only 5.0 s"},
		{"violations", func(r *result.Report) { r.Violations.TimeJumps = 1 }, "did 1 thing that"},
	} {
		r := sample(3, 20, false)
		c.change(r)
		if said := strings.Join(cautions(r), " "); !strings.Contains(said, c.want) || (c.want == "") != (said == "") {
			t.Errorf("%s: %q", c.name, said)
		}
	}
}
