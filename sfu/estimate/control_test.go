package estimate

import "testing"

// calm is a line that is full and has no queue.
func calm(now int64, rate float64) observed {
	return observed{sent: rate, short: rate, acked: rate, want: 1e9, rtt: 50 * millisecond, newest: now - 50*millisecond}
}

// run updates twenty times a second until the time is over.
func run(c *control, from, length int64, o func(now int64) observed) int64 {
	for now := from; now < from+length; now += 50 * millisecond {
		c.update(now, o(now), nothing, &losses{})
	}
	return from + length
}

func TestGrowthIsBoundByWhatArrives(t *testing.T) {
	c := newControl(Config{Start: 1_000_000}.complete(), 0)
	run(&c, 0, 20*second, func(now int64) observed {
		o := calm(now, 900_000)
		o.acked, o.short = 500_000, 0
		return o
	})
	if c.rate > 1_000_000 {
		t.Errorf("500 kbit/s arrive, and it grows to %.0f", c.rate)
	}
}

// A queue that neither grows nor shrinks is a delay for nothing: no trend shows it.
func TestAStandingQueueIsEmptied(t *testing.T) {
	c := newControl(Config{Start: 1_000_000}.complete(), 0)
	c.limited = true
	now := run(&c, 0, 3*second, func(now int64) observed {
		o := calm(now, 1_000_000)
		o.queue = 300 * millisecond
		return o
	})
	if c.rate > 850_000 || c.rate < 500_000 {
		t.Errorf("after 3 s of a standing queue the rate is %.0f", c.rate)
	}
	run(&c, now, 4*second, func(now int64) observed { return calm(now, c.rate) })
	if c.rate < 930_000 {
		t.Errorf("4 s after it emptied the rate is %.0f", c.rate)
	}
}

// What arrives falls with what we send, and the queue stays: that is somebody else's. When the queue has been empty for
// a while, that is over.
func TestARivalIsSeen(t *testing.T) {
	c := newControl(Config{Start: 2_000_000}.complete(), 0)
	now := run(&c, 0, 8*second, func(now int64) observed {
		o := calm(now, c.rate)
		o.queue, o.usage = 250*millisecond, over
		return o
	})
	if !c.competing || c.rate < 800_000 {
		t.Errorf("after 8 s beside a full queue: competing %v, %.0f bit/s", c.competing, c.rate)
	}
	run(&c, now, 2*second, func(now int64) observed { return calm(now, c.rate) })
	if c.competing {
		t.Error("2 s after the queue emptied it still competes")
	}
}

// The same with what arrives staying the same: that queue is ours.
func TestOurOwnQueueIsNoRival(t *testing.T) {
	c := newControl(Config{Start: 2_000_000}.complete(), 0)
	queue := 300 * millisecond
	run(&c, 0, 4*second, func(now int64) observed {
		o := calm(now, min(c.rate, 1_000_000))
		if queue > 0 {
			o.short, o.acked = 1_000_000, 1_000_000
		}
		queue = max(queue+int64((c.rate/1_000_000-1)*50)*millisecond, 0)
		if o.queue = queue; queue > 100*millisecond {
			o.usage = over
		}
		if c.competing {
			t.Fatal("it takes its own queue for somebody else's")
		}
		return o
	})
	if queue > 50*millisecond {
		t.Errorf("a queue of %d ms is left", queue/millisecond)
	}
}

// lose feeds packets of which a share is lost, evenly.
func lose(l *losses, from int64, count int, share func(now int64) float64) (now int64, said []verdict) {
	owed := 0.0
	for i := range count {
		now = from + int64(i)*10*millisecond
		owed += share(now)
		p := Packet{SentAt: now, Size: 1000, Received: owed < 1}
		if !p.Received {
			owed--
		}
		if v := l.add(p, true); v != nothing {
			said = append(said, v)
			if v == tryLower {
				l.start(now, 1e6)
			}
		}
	}
	return now, said
}

func TestLossOfTheLine(t *testing.T) {
	l := losses{known: true}
	_, said := lose(&l, 0, 500, func(int64) float64 { return 0.3 })
	if len(said) != 2 || said[0] != tryLower || said[1] != wasLine || l.line < 0.25 || l.line > 0.35 {
		t.Errorf("30 %% whatever is sent: %v, the line loses %.2f", said, l.line)
	}
}

// Who begins on a line that loses, beside an empty queue, is not made to try a lower rate for it.
func TestLossFromTheBeginning(t *testing.T) {
	var l losses
	_, said := lose(&l, 0, 500, func(int64) float64 { return 0.3 })
	if len(said) != 0 || l.line < 0.2 || l.line > 0.4 {
		t.Errorf("30 %% from the beginning: %v, the line loses %.2f", said, l.line)
	}
	l = losses{}
	if _, said = lose(&l, 0, 500, func(int64) float64 { return 0.7 }); len(said) == 0 || said[0] != tryLower {
		t.Errorf("70 %% from the beginning: %v", said)
	}
}

func TestLossOfTheRate(t *testing.T) {
	l := losses{known: true}
	_, said := lose(&l, 0, 500, func(int64) float64 {
		if l.trial {
			return 0
		}
		return 0.3
	})
	if len(said) < 2 || said[0] != tryLower || said[1] != wasRate || l.line > 0.05 {
		t.Errorf("30 %% that the trial ends: %v, the line loses %.2f", said, l.line)
	}
}

func TestLossOfTheLineEnds(t *testing.T) {
	var l losses
	now, _ := lose(&l, 0, 500, func(int64) float64 { return 0.3 })
	lose(&l, now, 1000, func(int64) float64 { return 0 })
	if l.line > 0.05 {
		t.Errorf("10 s after it ended the line loses %.2f", l.line)
	}
}

// On a small line little is sent, and a moment's queue does not say that no more would have come. A queue that stays does, and so
// does less that comes than was sent.
func TestLittleThatIsSentIsNoLimit(t *testing.T) {
	queued := func(now int64, sent, came float64) observed {
		o := calm(now, sent)
		o.short, o.acked, o.queue, o.usage = came, came, 40*millisecond, over
		return o
	}
	c := newControl(Config{Start: 300_000}.complete(), 0)
	c.update(2*second, queued(2*second, 55_000, 55_000), nothing, &losses{})
	if c.rate < 250_000 || c.rate > 280_000 || c.capacity.known() {
		t.Errorf("after a moment's queue of one voice the rate is %.0f", c.rate)
	}
	c.update(3*second, queued(3*second, 55_000, 40_000), nothing, &losses{})
	if c.rate > 40_000 {
		t.Errorf("40 of 55 kbit/s come, and the rate is %.0f", c.rate)
	}
	c = newControl(Config{Start: 300_000}.complete(), 0)
	run(&c, 0, 8*second, func(now int64) observed {
		o := queued(now, 55_000, 55_000)
		o.queue = 300 * millisecond
		return o
	})
	if c.rate > 100_000 {
		t.Errorf("after 8 s of a queue the rate is %.0f", c.rate)
	}
	c = newControl(Config{Start: 3_000_000}.complete(), 0)
	c.update(2*second, queued(2*second, 500_000, 500_000), nothing, &losses{})
	if c.rate > 500_000 {
		t.Errorf("on a large line the rate is %.0f", c.rate)
	}
}
