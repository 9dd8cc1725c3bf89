package sfu

import (
	"math"
	"runtime/debug"
	"time"

	"tablee/sfu/history"
)

// The history of a video stream, from which every receiver's losses are repaired and late joiners see the picture since the
// last key frame. It reaches as far back as that takes, historySpan: it begins small and grows as the stream turns out to
// need. All histories together are bounded; a stream for which nothing is left keeps what it has, and loses are repaired
// less far back. One that has fallen silent gives its memory back.

// historySpan is how far back a history is to reach, in nanoseconds: a second of key frame, and the round trip of a bad line.
const historySpan = int64(1300 * time.Millisecond)

// Sizes of one history, from which it grows by doubling.
const (
	leastPackets, mostPackets = 64, 512
	leastBytes, mostBytes     = 16 << 10, 512 << 10
)

// historyShare is the part of the process's memory limit (GOMEMLIMIT) that all histories together may take, and
// historyBound what they may take when there is none, in bytes.
const (
	historyShare = 8
	historyBound = 64 << 20
)

// historyLimit is what all histories together may take, in bytes.
func historyLimit() int64 {
	if limit := debug.SetMemoryLimit(-1); limit != math.MaxInt64 {
		return min(limit/historyShare, historyBound)
	}
	return historyBound
}

// remember puts a packet into the history. in.mu is held.
func (st *stream) remember(w *worker, seq uint16, b []byte) {
	e := w.engine
	if st.gone || st.charged == 0 && !st.charge(e, leastBytes) {
		return // losses of this stream are not repaired
	}
	st.ring.Put(seq, b, w.now)
	if lap := st.ring.Lap(); lap == 0 || lap >= historySpan || st.ring.Size() >= mostBytes || !st.charge(e, st.ring.Size()) {
		return
	}
	size := 2 * st.ring.Size()
	st.ring = st.ring.Resized(min(leastPackets*size/leastBytes, mostPackets), size)
}

// charge takes memory from the engine's bound, if there is any left.
func (st *stream) charge(e *Engine, bytes int) bool {
	if e.counters.history.Add(int64(bytes)) > e.historyLimit {
		e.counters.history.Add(int64(-bytes))
		return false
	}
	st.charged += bytes
	return true
}

// forget gives the memory of the history back. in.mu is held.
func (st *stream) forget(e *Engine) {
	if st.charged > 0 {
		e.counters.history.Add(int64(-st.charged))
		st.charged, st.keyAt = 0, 0
		st.ring = history.NewRing(leastPackets, leastBytes)
	}
}

// forgetSilent takes the histories from streams that have sent nothing for a while.
func (p *Peer) forgetSilent(w *worker) {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	for _, src := range p.in.sources {
		for _, st := range src.streams {
			if w.now-st.lastAt.Load() > reportedFor {
				st.forget(w.engine)
			}
		}
	}
}

// forgetAll takes all histories of a participant who is gone.
func (p *Peer) forgetAll() {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	for _, src := range p.in.sources {
		for _, st := range src.streams {
			st.forget(p.room.engine)
			st.gone = true // a packet that is still on its way is not remembered
		}
	}
}
