package pad

import "time"

// bucket is a token bucket. It tells how long to wait instead of refusing: what a client sends is not lost, only read later.
type bucket struct {
	rate, burst float64 // tokens a second, tokens at most
	tokens      float64
	at          time.Time
}

func newBucket(rate, burst float64) bucket { return bucket{rate: rate, burst: burst, tokens: burst} }

// take takes n tokens, into debt if need be, and says how long it takes until the debt is paid.
func (b *bucket) take(n float64, now time.Time) time.Duration {
	if !b.at.IsZero() {
		b.tokens = min(b.burst, b.tokens+b.rate*now.Sub(b.at).Seconds())
	}
	b.at = now
	b.tokens -= n
	if b.tokens >= 0 {
		return 0
	}
	return time.Duration(-b.tokens / b.rate * float64(time.Second))
}
