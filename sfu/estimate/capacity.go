package estimate

import "math"

// capacity remembers at which rate the line was found full (gcc-02, section 5.5: the average and the deviation of the
// rate at overuse).
type capacity struct {
	mean float64
	dev  float64 // share of mean
}

const (
	leastDev = 0.03
	mostDev  = 0.12
)

// add takes a rate at which the line was full. One far from what we knew is another line.
func (c *capacity) add(rate float64) {
	if rate <= 0 {
		return
	}
	if c.mean == 0 || math.Abs(rate-c.mean) > 0.35*c.mean {
		*c = capacity{mean: rate, dev: mostDev / 2}
		return
	}
	c.dev += (math.Abs(rate-c.mean)/c.mean - c.dev) * 0.2
	c.dev = min(max(c.dev, leastDev), mostDev)
	c.mean += (rate - c.mean) * 0.3
}

func (c *capacity) forget() { *c = capacity{} }

func (c *capacity) known() bool { return c.mean > 0 }

// above says whether the rate is more than the line was ever full at.
func (c *capacity) above(rate float64) bool { return rate > c.mean*(1+3*c.dev) }
