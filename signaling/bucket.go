package signaling

import "time"

// bucket is a token bucket: burst messages at once, then rate a second. The zero bucket is full. It is pure and is
// copied by value with the State that holds it.
type bucket struct {
	used float64   // tokens taken and not yet refilled
	last time.Time // when used was right
}

// limit is how many messages a bucket lets through.
type limit struct {
	rate  float64 // a second
	burst float64
}

// take takes one token at now, and tells whether there was one. A clock that goes back refills nothing.
func (b *bucket) take(l limit, now time.Time) bool {
	if passed := now.Sub(b.last).Seconds(); passed > 0 {
		b.used = max(0, b.used-passed*l.rate)
	}
	b.last = now
	if b.used+1 > l.burst {
		return false
	}
	b.used++
	return true
}
