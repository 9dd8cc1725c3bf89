package sfu

import (
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"tablee/sfu/history"
	"tablee/sfu/layer"
	"tablee/sfu/negotiate"
	"tablee/sfu/report"
	"tablee/sfu/rewrite"
)

// source is one thing that a participant publishes.
type source struct {
	id      uint32 // unique in the engine
	owner   *Peer
	kind    Kind
	bit     uint32 // of the kind
	mid     string
	ptRTX   uint8     // payload type of retransmissions, 0 for none
	ptRED   uint8     // payload type of Opus with redundancy, 0 for none
	streams []*stream // low to high; does not change
	need    layer.Set // what anybody is sent of it; guarded by the room's mu
}

// stream is one encoding of a source: one SSRC, and the one that repairs it.
type stream struct {
	id     uint32 // unique in the engine, names it in rewrite
	source *source
	rid    string
	clock  int64 // RTP ticks a second
	pt     uint8

	// Guarded by source.owner.in.mu.
	ssrc    uint32 // 0 until its first packet
	guard   rewrite.Guard
	missing history.Missing
	ring    *history.Ring // video only
	charged int           // bytes of it that count for the engine's bound
	gone    bool          // its owner has left
	since   int64         // when counting bytes began
	bytes   int
	recv    *report.Receiver
	to      *audience // who may show it; a slot that no longer does says so at the next packet
	late    []follower
	head    uint16 // newest sequence number
	keySeq  uint16 // where the newest key frame begins
	keyAt   int64  // when it came; 0 for none

	// Read by the room, too.
	lastAt   atomic.Int64 // when its last packet came; 0 for never
	rate     atomic.Int64 // bit/s on the wire; the last, while nothing comes
	top      atomic.Int32 // the highest temporal layer that came
	height   atomic.Int64 // pixels, from the last key frame
	keyWish  atomic.Bool  // somebody waits for a key frame
	keyAsked atomic.Int64 // when one was asked for last; 0 for never
}

// follower is a slot that is still being shown what came since the last key frame.
type follower struct {
	slot *slot
	next uint16 // sequence number
}

const (
	// keyPeriod is the least time between two requests for a key frame to one SSRC, in nanoseconds: a key frame costs
	// the sender and every line several times what a picture does.
	keyPeriod = int64(time.Second)

	// A layer is live for this long after its last packet. Screens that do not change send little.
	liveCamera = int64(1500 * time.Millisecond)
	liveScreen = int64(6 * time.Second)
)

func (e *Engine) newSource(owner *Peer, kind Kind, s *negotiate.Section) *source {
	// Strings of the offer are copied: they would keep all of it in memory.
	src := &source{id: e.nextID.Add(1), owner: owner, kind: kind, bit: kind.bit(), mid: strings.Clone(s.Mid), ptRTX: s.PTRTX, ptRED: s.PTRED}
	rids := s.Rids
	if len(rids) == 0 || !kind.video() {
		rids = []string{""}
	}
	for _, rid := range rids {
		st := &stream{id: e.nextID.Add(1), source: src, rid: strings.Clone(rid), clock: 48000, pt: s.PT}
		st.to = &audience{stream: st, num: owner.num}
		if kind.video() {
			st.clock, st.ring = 90000, history.NewRing(leastPackets, leastBytes)
		}
		st.guard, st.recv = rewrite.NewGuard(st.clock), report.NewReceiver(uint32(st.clock))
		src.streams = append(src.streams, st)
	}
	return src
}

// live says whether packets of the stream come in.
func (st *stream) live(now int64) bool {
	window := liveCamera
	if st.source.kind == Screen {
		window = liveScreen
	}
	last := st.lastAt.Load()
	return last != 0 && now-last < window
}

// layers describes the source's streams for package layer.
func (src *source) layers(now int64, dst []layer.Layer) []layer.Layer {
	for _, st := range src.streams {
		dst = append(dst, layer.Layer{Height: int(st.height.Load()), Live: st.live(now), Bitrate: int(st.rate.Load())})
	}
	return dst
}

// temporals is how many temporal layers the source's streams have.
func (src *source) temporals() int {
	n := 0
	for _, st := range src.streams {
		n = max(n, int(st.top.Load()))
	}
	return n + 1
}

// rateSpan is over how long a stream's rate is measured, in nanoseconds.
const rateSpan = int64(500 * time.Millisecond)

// measure counts a packet of the stream. in.mu is held.
func (st *stream) measure(now int64, bytes int, tid uint8) {
	switch span := now - st.since; {
	case st.since == 0 || span > 4*rateSpan: // the first, or the first after a pause
		st.since, st.bytes = now, 0
	case span >= rateSpan:
		rate := int64(st.bytes) * 8 * int64(time.Second) / span
		switch old := st.rate.Load(); {
		case old == 0:
		case rate > old || st.source.kind == Camera: // a key frame a while is no reason to reserve as much all the time
			rate = old + (rate-old)/4
		default: // a still screen will move again
			rate = old + (rate-old)/8
		}
		st.rate.Store(rate)
		st.since, st.bytes = now, 0
	}
	st.bytes += bytes + wireExtra
	if int32(tid) > st.top.Load() {
		st.top.Store(int32(tid))
	}
}

// wishKey asks for a key frame, now or when a second has passed since the last request. Whoever still waits wishes again: a
// wish for a layer that rests is put aside until then. Another layer's request, which is due later, holds up none.
func (st *stream) wishKey() {
	p := st.source.owner
	a := &p.room.engine.agenda
	if !st.keyWish.Swap(true) {
		a.hasten(&p.timers.keys, st.keyAsked.Load())
	} else {
		a.arm(&p.timers.keys, st.keyAsked.Load())
	}
}

// keyDue says whether to ask the sender for a key frame now, and takes note that it was; and when to look again, 0 for when
// a packet comes. in.mu of the sender is held.
func (st *stream) keyDue(now int64) (due bool, again int64) {
	if !st.keyWish.Load() || st.ssrc == 0 || !st.live(now) {
		return false, 0
	}
	if last := st.keyAsked.Load(); last != 0 && now-last < keyPeriod {
		return false, last + keyPeriod
	}
	st.keyAsked.Store(now)
	return true, now + keyPeriod
}

// restart forgets what was counted: the source has begun anew. in.mu is held.
func (st *stream) restartLocked() {
	st.to = &audience{stream: st, epoch: st.to.epoch + 1, num: st.to.num, slots: st.to.slots}
	st.missing = history.Missing{}
	st.keyAt = 0
	for _, f := range st.late { // the past they were being shown is over
		st.followLocked(f.slot)
	}
	st.late = nil
	st.recv = report.NewReceiver(uint32(st.clock))
	if st.source.kind.video() {
		st.wishKey()
	}
}

// subscribe lets a slot show the stream: from its newest key frame on, when that is recent enough to be replayed, else
// from the next one, which is asked for. room.mu is held.
func (st *stream) subscribe(w *worker, s *slot) {
	in := &st.source.owner.in
	in.mu.Lock()
	defer in.mu.Unlock()
	s.want(st)
	if slices.Contains(st.to.slots, s) {
		if st.source.kind.video() {
			st.wishKey()
		}
		return
	}
	if st.replayableLocked(s, w.now) {
		st.late = append(st.late, follower{s, st.keySeq})
		st.replayLocked(w)
		return
	}
	st.followLocked(s)
	if st.source.kind.video() {
		st.wishKey()
	}
}

// followLocked adds a slot to those who get the packets that come from now on. in.mu is held.
func (st *stream) followLocked(s *slot) {
	st.to = &audience{stream: st, epoch: st.to.epoch, num: st.to.num, slots: append(slices.Clone(st.to.slots), s)}
}

// prune takes those out of the audience who show something else by now.
func (st *stream) prune() {
	in := &st.source.owner.in
	in.mu.Lock()
	defer in.mu.Unlock()
	next := &audience{stream: st, epoch: st.to.epoch, num: st.to.num}
	for _, s := range st.to.slots {
		if s.follows(st) {
			next.slots = append(next.slots, s)
		}
	}
	st.to = next
}
