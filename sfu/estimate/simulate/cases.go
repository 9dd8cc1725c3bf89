package simulate

import "fmt"

const (
	millisecond = int64(1_000_000)
	second      = 1000 * millisecond
)

// Case is one line and what is sent over it.
type Case struct {
	Name   string
	Length int64 // ns
	Steps  []Step
	Queue  int64 // ns at the line's first rate; the queue's size in bytes stays
	Delay  int64 // one way
	Loss   float64
	// Jitter moves each packet by up to that much either way, in bursts of 20 ms; the order stays.
	Jitter int64
	// Rival is when a download begins and ends; none when both are 0.
	Rival [2]int64
	// Demand is what the source could use, from a time on; all that there is when empty.
	Demand []Step
	// Layers are the rates at which a picture exists; any rate when empty.
	Layers []int
	// Choose decides what is sent, instead of Layers, 30 times a second: given the estimate it returns the rate to send
	// with the voice, and what to tell the estimator as Demand.
	Choose func(now int64, rate int) (send, want, next int)
	// FeedbackLoss is the share of feedback that is lost.
	FeedbackLoss float64
	// ClockJumps are when the receiver's clock jumps, by how much.
	ClockJumps []ClockJump
	// Lie changes what the receiver says of its arrivals.
	Lie   func(arrived int64) int64
	Start int // bit/s, of the estimator
}

// ClockJump is a step of the receiver's clock.
type ClockJump struct{ At, By int64 }

// available is what we may have of the line: half beside a download.
func (c Case) available(at int64) float64 {
	rate := float64(rateAt(c.Steps, at))
	if c.Rival[1] > 0 && at >= c.Rival[0] && at < c.Rival[1] {
		rate /= 2
	}
	if len(c.Demand) > 0 {
		rate = min(rate, float64(rateAt(c.Demand, at)))
	}
	if n := len(c.Layers); n > 0 {
		rate = min(rate, float64(c.Layers[n-1]))
	}
	return rate
}

func constant(rate int) []Step { return []Step{{0, rate}} }

// Cases are those of docs/bandwidth.md.
func Cases() []Case {
	base := Case{Length: 60 * second, Queue: 300 * millisecond, Delay: 25 * millisecond, Start: 300_000}
	with := func(name string, change func(c *Case)) Case {
		c := base
		c.Name = name
		change(&c)
		return c
	}
	var all []Case
	for _, r := range []struct {
		name string
		rate int
	}{{"300 kbit/s", 300_000}, {"1 Mbit/s", 1_000_000}, {"5 Mbit/s", 5_000_000}, {"20 Mbit/s", 20_000_000}} {
		all = append(all, with("constant "+r.name, func(c *Case) { c.Steps = constant(r.rate) }))
	}
	return append(all,
		with("constant 5 Mbit/s, known at the start", func(c *Case) { c.Steps, c.Start = constant(5_000_000), 4_500_000 }),
		with("2.5 Mbit/s, 500 kbit/s, 2.5 Mbit/s", func(c *Case) {
			c.Steps = []Step{{0, 2_500_000}, {20 * second, 500_000}, {40 * second, 2_500_000}}
		}),
		with("10 Mbit/s, 500 kbit/s", func(c *Case) {
			c.Steps = []Step{{0, 10_000_000}, {30 * second, 500_000}}
			c.Queue = 100 * millisecond
		}),
		with("4G: 0.6 to 6 Mbit/s, jitter", func(c *Case) {
			c.Steps, c.Jitter, c.Queue, c.Delay = mobile(), 8*millisecond, 800*millisecond, 40*millisecond
		}),
		with("a download beside, 4 Mbit/s", func(c *Case) {
			c.Steps, c.Rival, c.Length = constant(4_000_000), [2]int64{15 * second, 75 * second}, 90*second
		}),
		with("a download beside, 4 Mbit/s, 1 s of queue", func(c *Case) {
			c.Steps, c.Rival, c.Length = constant(4_000_000), [2]int64{15 * second, 75 * second}, 90*second
			c.Queue = second
		}),
		with("30 % random loss, 2 Mbit/s", func(c *Case) { c.Steps, c.Loss = constant(2_000_000), 0.3 }),
		with("5 % random loss, 2 Mbit/s", func(c *Case) { c.Steps, c.Loss = constant(2_000_000), 0.05 }),
		with("bufferbloat: 1 s of queue, 1 Mbit/s", func(c *Case) { c.Steps, c.Queue = constant(1_000_000), second }),
		with("jitter ±30 ms, 2 Mbit/s", func(c *Case) { c.Steps, c.Jitter = constant(2_000_000), 30*millisecond }),
		with("little to send, then ten times as much, 5 Mbit/s", func(c *Case) {
			c.Steps = constant(5_000_000)
			c.Demand = []Step{{0, 300_000}, {30 * second, 3_000_000}}
		}),
		with("layers of 0.15, 0.5 and 1.5 Mbit/s, line of 2 Mbit/s", func(c *Case) {
			c.Steps, c.Layers = constant(2_000_000), []int{150_000, 500_000, 1_500_000}
		}),
	)
}

// mobile is a line that changes every second, as a telephone's does on a train; always the same.
func mobile() []Step {
	r, rate := random(4), 3_000_000.0
	var steps []Step
	for t := int64(0); t < 60*second; t += second {
		steps = append(steps, Step{t, int(rate)})
		rate = min(max(rate*(1+0.35*r.around()), 600_000), 6_000_000)
	}
	return steps
}

// Named returns the case with that name.
func Named(name string) (Case, error) {
	for _, c := range Cases() {
		if c.Name == name {
			return c, nil
		}
	}
	return Case{}, fmt.Errorf("find the case %q: there is none", name)
}
