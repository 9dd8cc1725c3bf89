package sfu

import (
	"runtime"
	"time"

	"tablee/sfu/allocate"
	"tablee/sfu/wheel"
)

// How busy the machine is, looked at once a second: when this process takes most of what the machine has, or comes late
// because of it, one receiver is sent fewer pictures (allocate.Load), before voices suffer.

// loadPeriod is how often, in nanoseconds.
const loadPeriod = int64(time.Second)

// lateFrom is the share of the machine that this process must take before coming late counts as its own doing.
const lateFrom = 0.3

// loadWatch is what the last look saw. It belongs to Run's goroutine.
type loadWatch struct {
	timer   timer
	cpu     time.Duration
	at      int64
	due     int64
	dropped uint64
	busy    float64 // share of the machine that the process took
}

// watchLoad takes a sample.
func (e *Engine) watchLoad(w *worker) {
	l := &e.watch
	cpu := e.cpuTime()
	var dropped uint64
	if e.port != nil {
		for _, n := range e.port.Stats().Dropped {
			dropped += n
		}
	}
	if l.at != 0 && w.now > l.at {
		l.busy = float64(cpu-l.cpu) / float64(w.now-l.at) / float64(runtime.GOMAXPROCS(0))
		s := allocate.Sample{CPU: l.busy, Dropped: dropped - l.dropped, Shown: e.mostShown}
		if l.busy > lateFrom {
			s.Lag = max(w.now-l.due-wheel.Tick, 0)
		}
		before := e.load.Videos()
		e.load.Add(w.now, s)
		if after := e.load.Videos(); after != before {
			e.counters.videosMost.Store(int64(after))
			w.reshare = true
		}
	}
	l.cpu, l.at, l.dropped, l.due = cpu, w.now, dropped, w.now+loadPeriod
	if e.counters.peers.Load() > 0 {
		e.agenda.arm(&l.timer, l.due)
	} else {
		l.at = 0
	}
}
