package files

import (
	"testing"
	"time"
)

// The budget in virtual time: whoever asks, and in whatever pieces, no more than the rate passes, after what was saved up.
func TestBucketKeepsToItsRate(t *testing.T) {
	const rate = 100_000 // bytes a second
	for _, piece := range []int{1000, 32 << 10, 256 << 10} {
		start := time.Unix(1_000_000, 0)
		var b bucket
		now, passed := start, 0
		for now.Sub(start) < time.Minute {
			now = now.Add(b.take(now, piece, rate))
			passed += piece
		}
		most := rate*now.Sub(start).Seconds() + rate*burst.Seconds()
		if float64(passed) > most+1 || float64(passed) < most-float64(piece)-1 {
			t.Errorf("in pieces of %d: %d bytes passed in %v, want %.0f", piece, passed, now.Sub(start), most)
		}
	}
}

// Fifteen who send at once share it: each waits for what the others were given.
func TestBucketIsShared(t *testing.T) {
	const rate, people, piece = 150_000, 15, 32 << 10
	start := time.Unix(1_000_000, 0)
	var b bucket
	free := make([]time.Time, people) // when each may send on
	sent := make([]int, people)
	for i := range free {
		free[i] = start
	}
	for {
		next := 0
		for i := range free {
			if free[i].Before(free[next]) {
				next = i
			}
		}
		now := free[next]
		if now.Sub(start) > 2*time.Minute {
			break
		}
		free[next] = now.Add(b.take(now, piece, rate))
		sent[next] += piece
	}
	total := 0
	for i, n := range sent {
		total += n
		if share := rate * 120 / people; n < share/2 || n > share*2 {
			t.Errorf("person %d sent %d bytes, a fair share is %d", i, n, share)
		}
	}
	if most := rate*(120+int(burst.Seconds())) + people*piece; total > most {
		t.Errorf("all together sent %d bytes, want at most %d", total, most)
	}
}

// A clock that is set back gives nothing away, and a rest is saved up for no longer than the burst.
func TestBucketAndClocks(t *testing.T) {
	const rate = 1000
	now := time.Unix(1_000_000, 0)
	var b bucket
	if wait := b.take(now, 2000, rate); wait != 0 {
		t.Fatal("it does not begin full:", wait)
	}
	if wait := b.take(now.Add(-time.Hour), 1000, rate); wait != time.Second {
		t.Fatal("after a clock that was set back one waits for", wait)
	}
	if wait := b.take(now.Add(time.Hour), 3000, rate); wait != time.Second {
		t.Fatal("after a rest of an hour and more one waits for", wait)
	}
}

func TestThrottleLetsAllThroughWithoutMeeting(t *testing.T) {
	frozen := time.Unix(1_000_000, 0)
	throttle := throttle{rate: func() int64 { return 0 }, now: func() time.Time { return frozen }}
	for range 1000 {
		if err := throttle.wait(t.Context(), inwards, 1<<30); err != nil {
			t.Fatal(err)
		}
	}
}

func TestQuiet(t *testing.T) {
	at := func(hour, minute int) time.Time { return time.Date(2026, 11, 27, hour, minute, 0, 0, time.UTC) }
	night, over, never := Quiet{From: 120, To: 300}, Quiet{From: 23 * 60, To: 6 * 60}, Quiet{From: 60, To: 60}
	for _, c := range []struct {
		quiet        Quiet
		hour, minute int
		want         bool
	}{
		{night, 1, 59, false}, {night, 2, 0, true}, {night, 4, 59, true}, {night, 5, 0, false},
		{over, 22, 59, false}, {over, 23, 0, true}, {over, 0, 0, true}, {over, 5, 59, true}, {over, 6, 0, false}, {over, 12, 0, false},
		{never, 1, 0, false}, {never, 12, 0, false},
	} {
		if got := c.quiet.At(at(c.hour, c.minute)); got != c.want {
			t.Errorf("%+v at %02d:%02d: %v", c.quiet, c.hour, c.minute, got)
		}
	}
}
