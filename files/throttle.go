package files

import (
	"context"
	"sync"
	"time"
)

// burst is how long the bucket saves up, so that small files do not wait at all.
const burst = 2 * time.Second

// bucket is a token bucket over bytes. Its zero value is full at the first call.
type bucket struct {
	level float64 // bytes; below 0 while somebody waits for what was already given
	last  time.Time
}

// take gives n bytes at rate bytes a second, and says how long to wait before they may pass.
func (b *bucket) take(now time.Time, n int, rate float64) time.Duration {
	most := rate * burst.Seconds()
	if b.last.IsZero() {
		b.level = most
	} else if passed := now.Sub(b.last); passed > 0 {
		b.level = min(most, b.level+passed.Seconds()*rate)
	}
	b.last = now
	b.level -= float64(n)
	if b.level >= 0 {
		return 0
	}
	return time.Duration(-b.level / rate * float64(time.Second))
}

// throttle slows transfers down while a meeting is on, each direction by itself.
type throttle struct {
	rate func() int64 // bytes a second; 0 for no bound: nobody meets
	now  func() time.Time

	mu      sync.Mutex
	buckets [2]bucket // guarded by mu
}

// Directions of a throttle.
const (
	inwards = iota
	outwards
)

// Wait holds a transfer of our own up until n bytes may go out, as those of everybody else.
func (f *Files) Wait(ctx context.Context, n int) error { return f.throttle.wait(ctx, outwards, n) }

// wait holds the caller up until n bytes may pass.
func (t *throttle) wait(ctx context.Context, direction, n int) error {
	rate := t.rate()
	if rate <= 0 {
		return nil
	}
	t.mu.Lock()
	pause := t.buckets[direction].take(t.now(), n, float64(rate))
	t.mu.Unlock()
	if pause <= 0 {
		return nil
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
