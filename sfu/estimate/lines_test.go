package estimate_test

import (
	"testing"

	"tablee/sfu/estimate"
	"tablee/sfu/estimate/simulate"
)

const (
	millisecond = int64(1_000_000)
	second      = 1000 * millisecond
	seeds       = 2
)

// bound is what every run of a line must keep: what the worst of 20 seeds showed, and about a quarter more.
type bound struct {
	found int64   // ms, at most
	used  float64 // of what the line carries, at least
	q95   int64   // ms, at most
	lost  float64 // by the queue, at most
	share float64 // at least, beside a download
}

func TestLines(t *testing.T) {
	bounds := map[string]bound{
		"constant 300 kbit/s":                                  {100, 0.92, 110, 0.001, 0},
		"constant 1 Mbit/s":                                    {800, 0.91, 60, 0.001, 0},
		"constant 5 Mbit/s":                                    {1500, 0.88, 50, 0.001, 0},
		"constant 20 Mbit/s":                                   {1800, 0.88, 50, 0.001, 0},
		"constant 5 Mbit/s, known at the start":                {100, 0.90, 55, 0.001, 0},
		"2.5 Mbit/s, 500 kbit/s, 2.5 Mbit/s":                   {5000, 0.84, 90, 0.002, 0},
		"10 Mbit/s, 500 kbit/s":                                {1800, 0.86, 70, 0.015, 0},
		"4G: 0.6 to 6 Mbit/s, jitter":                          {5000, 0.72, 220, 0.002, 0},
		"a download beside, 4 Mbit/s":                          {9000, 0.70, 300, 0.005, 0.25},
		"a download beside, 4 Mbit/s, 1 s of queue":            {9000, 0.60, 1000, 0.010, 0.15},
		"30 % random loss, 2 Mbit/s":                           {8000, 0.80, 80, 0.002, 0},
		"5 % random loss, 2 Mbit/s":                            {4500, 0.88, 50, 0.001, 0},
		"bufferbloat: 1 s of queue, 1 Mbit/s":                  {800, 0.91, 60, 0, 0},
		"jitter ±30 ms, 2 Mbit/s":                              {9000, 0.78, 230, 0.003, 0},
		"little to send, then ten times as much, 5 Mbit/s":     {1500, 0.95, 20, 0, 0},
		"layers of 0.15, 0.5 and 1.5 Mbit/s, line of 2 Mbit/s": {1500, 0.95, 30, 0, 0},
	}
	for _, c := range simulate.Cases() {
		b, ok := bounds[c.Name]
		if !ok {
			t.Errorf("%s: no bounds", c.Name)
			continue
		}
		worst := bound{used: 2, share: 1}
		for seed := range uint64(seeds) {
			r := simulate.Run(c, seed, simulate.NewOurs(c.Start))
			worst.found, worst.used = max(worst.found, r.Found/millisecond), min(worst.used, r.Used)
			worst.q95, worst.lost = max(worst.q95, r.Queue95/millisecond), max(worst.lost, r.Lost)
			worst.share = min(worst.share, r.Share)
		}
		if worst.found > b.found || worst.used < b.used || worst.q95 > b.q95 || worst.lost > b.lost || worst.share < b.share {
			t.Errorf("%s: the worst of %d runs is %+v, the bounds are %+v", c.Name, seeds, worst, b)
		}
	}
}

// line runs one that is not in the tables.
func line(t *testing.T, change func(c *simulate.Case)) (simulate.Result, estimate.Estimate) {
	t.Helper()
	c := simulate.Case{Length: 40 * second, Queue: 300 * millisecond, Delay: 25 * millisecond, Start: 300_000,
		Steps: []simulate.Step{{At: 0, Rate: 2_000_000}}}
	change(&c)
	ours := simulate.NewOurs(c.Start)
	r := simulate.Run(c, 1, ours)
	return r, ours.Estimate()
}

func TestFeedbackIsLost(t *testing.T) {
	if r, _ := line(t, func(c *simulate.Case) { c.FeedbackLoss = 0.2 }); r.Used < 0.85 || r.Queue95 > 100*millisecond {
		t.Errorf("with a fifth of the feedback lost: used %.2f, queue %d ms", r.Used, r.Queue95/millisecond)
	}
}

func TestTheReceiversClockJumps(t *testing.T) {
	r, e := line(t, func(c *simulate.Case) {
		c.ClockJumps = []simulate.ClockJump{{At: 10 * second, By: 3600 * second}, {At: 20 * second, By: -7 * second},
			{At: 25 * second, By: -300 * millisecond}, {At: 30 * second, By: 300 * millisecond}}
	})
	if r.Used < 0.8 || e.Jumps != 2 || e.Rate < 1_400_000 {
		t.Errorf("used %.2f, %d jumps seen, at the end %d bit/s", r.Used, e.Jumps, e.Rate)
	}
}

// A receiver that hides its queue only harms itself: loss still bounds it.
func TestFeedbackLies(t *testing.T) {
	for name, lie := range map[string]func(int64) int64{
		"all at once":        func(int64) int64 { return 1 << 40 },
		"twice as fast":      func(at int64) int64 { return at / 2 },
		"half as fast":       func(at int64) int64 { return at * 2 },
		"backwards":          func(at int64) int64 { return -at },
		"anything":           func(at int64) int64 { return at * at },
		"never before a day": func(at int64) int64 { return at % (86_400 * second) / 7 * 9 },
	} {
		_, e := line(t, func(c *simulate.Case) { c.Lie = lie })
		if e.Rate < estimate.DefaultMin || e.Rate > 6_000_000 {
			t.Errorf("%s: the estimate of a line of 2 Mbit/s is %d", name, e.Rate)
		}
		if e.Acked > e.Sent*3/2 {
			t.Errorf("%s: %d bit/s were sent, and %d are said to have arrived", name, e.Sent, e.Acked)
		}
	}
}

// A line that becomes much slower is seen within three tenths of a second, before feedback tells of the last packets that it
// still carried well. Nothing is sent until the queue is empty, and then nearly all that it carries.
func TestAFallIsSeenSoon(t *testing.T) {
	for seed := range uint64(4) {
		for _, before := range []int{10_000_000, 2_000_000} {
			c := simulate.Case{Length: 14 * second, Queue: 300 * millisecond, Delay: 25 * millisecond, Start: before * 8 / 10,
				Steps: []simulate.Step{{At: 0, Rate: before}, {At: 10 * second, Rate: 500_000}}}
			r := simulate.Run(c, seed, simulate.NewOurs(c.Start))
			if got := r.Rates[103]; got > 100_000 {
				t.Errorf("seed %d: 0.3 s after the fall from %d to 500 kbit/s the estimate is %d", seed, before, got)
			}
			if got := r.Rates[113]; before == 2_000_000 && (got < 350_000 || got > 550_000) {
				t.Errorf("seed %d: a second later it is %d", seed, got)
			}
		}
	}
}

// Jitter hides what short probes show; longer ones follow.
func TestJitterDoesNotHideTheRate(t *testing.T) {
	for seed := range uint64(6) {
		c, err := simulate.Named("jitter ±30 ms, 2 Mbit/s")
		if err != nil {
			t.Fatal(err)
		}
		c.Length = 15 * second
		if r := simulate.Run(c, seed, simulate.NewOurs(c.Start)); r.Never || r.Found > 9*second {
			t.Errorf("seed %d: found after %d ms", seed, r.Found/millisecond)
		}
	}
}
