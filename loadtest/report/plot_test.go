package report

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"tablee/loadtest/result"
)

// wild is a series with everything in it that a measurement should never give, and sometimes will.
func wild(rng *rand.Rand, n int) []result.Second {
	odd := []float64{0, 1, 0.004, 1e-300, 1e300, -5, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, 7}
	pick := func() float64 { return odd[rng.IntN(len(odd))] }
	phases := []string{result.Joining, result.Meeting, result.Leaving, "<b>"}
	var all []result.Second
	for i := range n {
		s := result.Second{TS: float64(i + 1), Phase: phases[rng.IntN(4)], PacketsS: pick(), LossPercent: pick(), LossBeforePercent: pick(),
			LatencyP50MS: pick(), LatencyP99MS: pick(), KbpsUp: pick(), KbpsDown: pick(), Frozen: pick()}
		if rng.IntN(5) == 0 {
			s.TS = pick()
		}
		if rng.IntN(2) == 0 {
			s.Server = &result.ServerSecond{CPUPercent: pick(), RSSBytes: rng.Uint64()}
		}
		all = append(all, s)
	}
	return all
}

// Whatever the series are, no point leaves its plot, and nothing is drawn that is not a number.
func TestPlotsStayInside(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 1))
		r := sample(3, 10, seed%2 == 0)
		r.Series = wild(rng, int([]uint64{0, 1, 2, 17, 700}[seed%5]))
		for range seed % 4 {
			r.LatencyHistogram = append(r.LatencyHistogram, [2]float64{math.Inf(1), 3}, [2]float64{math.NaN(), math.NaN()}, [2]float64{-1, 5})
		}
		for i := range r.People {
			r.People[i].Spans = append(r.People[i].Spans, result.Span{FromS: math.NaN(), ToS: 3, What: result.SpanTalk},
				result.Span{FromS: -1e300, ToS: math.Inf(1), What: result.SpanIn}, result.Span{FromS: 9, ToS: 2, What: result.SpanCameraOff})
		}
		p := newPage(r, Options{})
		plots := append(p.Flow, p.Load...)
		if p.Distribution != nil {
			plots = append(plots, *p.Distribution)
		}
		for _, plot := range plots {
			inside(t, plot)
		}
		for _, row := range p.Timeline.Rows {
			for _, d := range row.Paths {
				insidePath(t, "timeline", d.D, float64(p.Timeline.Height))
			}
		}
		if page := write(t, r, Options{}); strings.Contains(page, "NaN") || strings.Contains(page, "Inf") {
			t.Errorf("seed %d: the page holds what is not a number", seed)
		}
	}
}

// inside checks every coordinate of a plot.
func inside(t *testing.T, p plot) {
	t.Helper()
	percent := func(x float64) {
		if !(x >= 0 && x <= 100.02) {
			t.Errorf("%s: %v %%", p.ID, x)
		}
	}
	pixels := func(y float64) {
		if !(y >= 0 && y <= float64(p.Height)) {
			t.Errorf("%s: y = %v of %d", p.ID, y, p.Height)
		}
	}
	if len(p.Grid) < 2 || len(p.Grid) > 6 {
		t.Errorf("%s: %d grid lines", p.ID, len(p.Grid))
	}
	for _, g := range p.Grid {
		pixels(g.Y)
	}
	for _, k := range p.Ticks {
		percent(k.X)
	}
	for _, b := range p.Bands {
		percent(b.X)
		percent(b.X + b.Width)
		percent(b.Width)
	}
	for _, b := range p.Bars {
		percent(b.X)
		percent(b.X + b.Width)
		pixels(b.Y)
		pixels(b.Y + b.Height - 0.01)
	}
	for _, m := range p.Marks {
		percent(m.X)
		pixels(m.Y)
	}
	if p.Limit != nil {
		pixels(p.Limit.Y)
	}
	for _, d := range append(p.Lines, p.Areas...) {
		insidePath(t, p.ID, d.D, float64(p.Height))
	}
}

// insidePath checks the coordinates of a path of M, L, H, V, h0 and Z.
func insidePath(t *testing.T, id, d string, height float64) {
	t.Helper()
	d = strings.ReplaceAll(strings.ReplaceAll(d, "h0", ""), "Z", "")
	for _, step := range strings.FieldsFunc(strings.NewReplacer("M", ";M", "L", ";L", "H", ";H", "V", ";V").Replace(d), func(c rune) bool { return c == ';' }) {
		limits := map[byte][]float64{'M': {plotWidth, height}, 'L': {plotWidth, height}, 'H': {plotWidth}, 'V': {height}}[step[0]]
		values := strings.Fields(step[1:])
		if len(values) != len(limits) {
			t.Fatalf("%s: %q", id, step)
		}
		for i, v := range values {
			if x, err := strconv.ParseFloat(v, 64); err != nil || !(x >= 0 && x <= limits[i]) {
				t.Errorf("%s: %q is outside", id, step)
			}
		}
	}
}

func TestOnePointIsADot(t *testing.T) {
	if d := drawLine([]point{{10, 20, true}}); d != "M10 20h0" {
		t.Errorf("one point: %q", d)
	}
	if d := drawLine([]point{{0, 1, true}, {5, 2, true}, {6, 0, false}, {9, 3, true}}); d != "M0 1L5 2M9 3h0" {
		t.Errorf("a broken line: %q", d)
	}
	if d := drawArea([]point{{0, 1, true}, {5, 2, true}, {6, 0, false}, {9, 3, true}}, 50); d != "M0 50L0 1L5 2V50ZM9 50L9 3V50Z" {
		t.Errorf("a broken area: %q", d)
	}
	if drawLine(nil) != "" || drawArea(nil, 9) != "" {
		t.Error("nothing draws something")
	}
}

func TestNiceScales(t *testing.T) {
	for _, c := range []struct{ most, top, step float64 }{
		{0, 1, 0.25}, {1, 1, 0.25}, {41.6, 60, 20}, {100, 100, 25}, {2, 2, 0.5}, {0.07, 0.08, 0.02}, {1e-12, 1, 0.25}, {math.NaN(), 1, 0.25},
	} {
		if top, step := nice(c.most, 4); math.Abs(top-c.top) > 1e-9 || math.Abs(step-c.step) > 1e-9 {
			t.Errorf("%v: %v in steps of %v", c.most, top, step)
		}
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 5000 {
		most := math.Pow(10, rng.Float64()*24-9)
		if top, step := nice(most, 4); top < most*0.999999 && most < 1e15 || top/step > 4.001 {
			t.Errorf("%v: %v in steps of %v", most, top, step)
		}
	}
}

// The bars hold all packets, however the buckets lie.
func TestHistogramLosesNothing(t *testing.T) {
	r := sample(2, 10, false)
	from, to, total := extent(r.LatencyHistogram)
	bins := make([]float64, int(math.Round((to-from)*binsPerDecade)))
	spread(r.LatencyHistogram, bins, from, total)
	sum := 0.0
	for _, b := range bins {
		sum += b
	}
	if math.Abs(sum-100) > 1e-6 {
		t.Errorf("%v %% of the packets", sum)
	}
	if _, _, total := extent(nil); total != 0 {
		t.Error("nothing has an extent")
	}
}

func TestMomentsKeepWhatMatters(t *testing.T) {
	series := sample(5, 600, true).Series
	points, each := moments(series, 240)
	if len(points) > 240 || each != 3 {
		t.Fatalf("%d points of %d seconds", len(points), each)
	}
	worst, frozen, was := 0.0, 0.0, 0.0
	for _, s := range series {
		worst, was = max(worst, s.LatencyP99MS), was+s.Frozen
	}
	most := 0.0
	for _, p := range points {
		most, frozen = max(most, p.p99), frozen+p.frozen
	}
	if most != worst || math.Abs(frozen-was) > 1e-9 {
		t.Errorf("p99 %v of %v, frozen %v of %v", most, worst, frozen, was)
	}
	lost := joinSeconds([]result.Second{{PacketsS: 100, LossPercent: 10}, {PacketsS: 900}})
	if math.Abs(lost.loss-1) > 1e-9 {
		t.Errorf("10 %% of a tenth of the packets is %v %%", lost.loss)
	}
	if points, _ := moments(nil, 10); len(points) != 0 {
		t.Error("points of nothing")
	}
}

func TestCameraOffIsTakenOut(t *testing.T) {
	in := []result.Span{{FromS: 0, ToS: 10}, {FromS: 20, ToS: 30}}
	off := []result.Span{{FromS: -5, ToS: 2}, {FromS: 4, ToS: 6}, {FromS: 9, ToS: 25}}
	got := without(in, off)
	want := []result.Span{{FromS: 2, ToS: 4}, {FromS: 6, ToS: 9}, {FromS: 25, ToS: 30}}
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if got[i].FromS != want[i].FromS || got[i].ToS != want[i].ToS {
			t.Errorf("%+v, not %+v", got[i], want[i])
		}
	}
}

// Strings of a report may come from a server that means harm.
func TestHostileStringsAreEscaped(t *testing.T) {
	const evil = `</style></title><script>alert(1)</script><img src=x onerror=alert(1)>"' onload='x` + "\x1b]0;owned\a\u202e"
	r := sample(2, 10, true)
	r.Version, r.Scenario, r.Errors = evil, evil, []string{evil}
	r.Networks = map[string]int{evil: 2}
	r.Quality.Failed = []string{evil, evil}
	r.Series[0].Phase = evil
	r.People[0].Net = evil
	r.People[0].Spans[0].What = evil
	r.Server.Source = evil
	page := write(t, r, Options{Baseline: &Baseline{evil, r}})
	if strings.Count(page, "&lt;script&gt;") < 5 {
		t.Error("the strings are not on the page")
	}
	for _, bad := range []string{"<script", "<img", "onload='x", "</style></title>"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	var b strings.Builder
	if err := WriteText(&b, r, Options{Baseline: &Baseline{evil, r}}); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x1b\a\u202e") {
		t.Error("the text steers the terminal")
	}
}

// Every element that is opened is closed, and no id comes twice.
func TestPageIsWellFormed(t *testing.T) {
	page := write(t, sample(4, 30, true), Options{Baseline: &Baseline{"old.json", sample(3, 30, false)}})
	_, body, _ := strings.Cut(page, "<body>")
	d := xml.NewDecoder(strings.NewReader("<body>" + strings.TrimSuffix(strings.TrimSpace(body), "</html>")))
	ids := map[string]bool{}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		start, ok := token.(xml.StartElement)
		for _, a := range start.Attr {
			if ok && a.Name.Local == "id" {
				if ids[a.Value] {
					t.Errorf("the id %s comes twice", a.Value)
				}
				ids[a.Value] = true
			}
			for _, name := range []string{"aria-labelledby", "aria-describedby"} {
				if a.Name.Local == name && !strings.Contains(page, `id="`+a.Value+`"`) {
					t.Errorf("%s names nothing: %s", name, a.Value)
				}
			}
		}
	}
	if len(ids) < 15 {
		t.Errorf("only %d ids", len(ids))
	}
}
