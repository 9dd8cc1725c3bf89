package simulate

// Step is the line's rate from a time on.
type Step struct {
	At   int64 // ns from the start
	Rate int   // bit/s
}

// link is the bottleneck: a queue in front of a wire.
type link struct {
	steps []Step
	limit int // bytes

	now     int64 // when the last packet will have left
	step    int   // of the rate at now
	backlog int
	waiting []queued
	head    int
}

type queued struct {
	leaves int64
	size   int
}

// send puts a packet into the queue and returns when it will have left; ok is false when the queue is full.
func (l *link) send(at int64, size int) (leaves int64, ok bool) {
	for l.head < len(l.waiting) && l.waiting[l.head].leaves <= at {
		l.backlog -= l.waiting[l.head].size
		l.head++
	}
	if l.head > 4096 {
		l.waiting = append(l.waiting[:0], l.waiting[l.head:]...)
		l.head = 0
	}
	if l.backlog+size > l.limit {
		return 0, false
	}
	l.now = max(l.now, at)
	l.transmit(float64(size) * 8)
	l.backlog += size
	l.waiting = append(l.waiting, queued{l.now, size})
	return l.now, true
}

// transmit moves now to when that many bits have passed.
func (l *link) transmit(bits float64) {
	for {
		for l.step+1 < len(l.steps) && l.steps[l.step+1].At <= l.now {
			l.step++
		}
		rate := float64(l.steps[l.step].Rate)
		took := int64(bits / rate * float64(second))
		if l.step+1 == len(l.steps) || l.now+took <= l.steps[l.step+1].At {
			l.now += max(took, 1)
			return
		}
		bits -= rate * float64(l.steps[l.step+1].At-l.now) / float64(second)
		l.now = l.steps[l.step+1].At
	}
}

// rateAt is the line's rate at a time.
func rateAt(steps []Step, at int64) int {
	rate := steps[0].Rate
	for _, s := range steps {
		if s.At <= at {
			rate = s.Rate
		}
	}
	return rate
}
