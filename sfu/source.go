package sfu

import (
	"sync/atomic"
	"time"

	"tablee/sfu/history"
	"tablee/sfu/layer"
	"tablee/sfu/report"
	"tablee/sfu/rewrite"
)

// source is one thing that a participant publishes.
type source struct {
	id      uint32 // unique in the engine
	owner   *Peer
	kind    Kind
	mid     string
	streams []*stream // low to high; does not change
}

// stream is one encoding of a source: one SSRC, and the one that repairs it.
type stream struct {
	id     uint32 // unique in the engine, names it in rewrite
	source *source
	rid    string
	clock  int64 // RTP ticks a second

	// Guarded by source.owner.in.mu.
	ssrc    uint32 // 0 until its first packet
	guard   rewrite.Guard
	missing history.Missing
	ring    *history.Ring // video only
	recv    *report.Receiver
	epoch   uint32  // rises when the source starts anew
	subs    []*slot // who may show it; a slot that no longer does says so at the next packet
	late    []follower
	head    uint16 // newest sequence number
	keySeq  uint16 // where the newest key frame begins
	keyAt   int64  // when it came; 0 for none

	// Read by the room, too.
	lastAt   atomic.Int64 // when its last packet came; 0 for never
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

// The history of a video stream, by position from the lowest layer: a second and more of what browsers send on it, so
// that a late joiner can be shown the picture since the last key frame, and any receiver's loss can be repaired.
var historySizes = [maxLayers]struct{ packets, bytes int }{{128, 64 << 10}, {256, 128 << 10}, {512, 384 << 10}}

func (e *Engine) newSource(owner *Peer, kind Kind, s *section) *source {
	src := &source{id: e.nextID.Add(1), owner: owner, kind: kind, mid: s.mid}
	rids := s.rids
	if len(rids) == 0 || !kind.video() {
		rids = []string{""}
	}
	for i, rid := range rids {
		st := &stream{id: e.nextID.Add(1), source: src, rid: rid, clock: 48000}
		if kind.video() {
			size := historySizes[i]
			if len(rids) == 1 || kind == Screen {
				size = historySizes[maxLayers-1]
			}
			st.clock, st.ring = 90000, history.NewRing(size.packets, size.bytes)
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
		dst = append(dst, layer.Layer{Height: int(st.height.Load()), Live: st.live(now)})
	}
	return dst
}

// wishKey asks for a key frame, now or when a second has passed since the last request.
func (st *stream) wishKey() {
	if !st.keyWish.Swap(true) {
		st.source.owner.room.engine.poke()
	}
}

// keyDue says whether to ask the sender for a key frame now, and takes note that it was.
func (st *stream) keyDue(now int64) bool {
	if !st.keyWish.Load() || !st.live(now) {
		return false
	}
	if last := st.keyAsked.Load(); last != 0 && now-last < keyPeriod {
		return false
	}
	st.keyAsked.Store(now)
	return true
}

// restart forgets what was counted: the source has begun anew. in.mu is held.
func (st *stream) restartLocked() {
	st.epoch++
	st.missing = history.Missing{}
	st.keyAt = 0
	for _, f := range st.late { // the past they were being shown is over
		st.subs = append(st.subs, f.slot)
	}
	st.late = nil
	st.recv = report.NewReceiver(uint32(st.clock))
	if st.source.kind.video() {
		st.wishKey()
	}
}

// subscribe lets a slot show the stream: from its newest key frame on, when that is recent enough to be replayed, else
// from the next one, which is asked for. room.mu is held.
func (st *stream) subscribe(s *slot, now int64) {
	in := &st.source.owner.in
	in.mu.Lock()
	defer in.mu.Unlock()
	s.want(st)
	for _, have := range st.subs {
		if have == s {
			if st.source.kind.video() {
				st.wishKey()
			}
			return
		}
	}
	if st.replayableLocked(s, now) {
		st.late = append(st.late, follower{s, st.keySeq})
		st.replayLocked()
		return
	}
	st.subs = append(st.subs, s)
	if st.source.kind.video() {
		st.wishKey()
	}
}
