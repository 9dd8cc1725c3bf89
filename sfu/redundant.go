package sfu

import (
	"slices"
	"time"

	"tablee/sfu/allocate"
	"tablee/sfu/packet"
)

// How a voice gets over a line that loses packets: each packet carries the frames before it again (RED, RFC 2198), one or two
// of them by the line's loss, where the browser takes that. What comes in with redundancy is taken apart (ingress.go), what
// goes out is put together here, for each receiver as its own line needs it: the line of who speaks and that of who
// listens have nothing to do with each other.
//
// Voices are not asked for again (NACK): for them browsers have no stream of retransmissions (RFC 4588), but send the packet
// under its old number once more, with another header. Under AES-GCM that gives the key away with which packets are
// authenticated, so it must not be asked of anybody; and we do not do it either.

// maxCopies is how many frames go again with a packet at most, maxCopied how large they are at most, in bytes: 60 ms of
// Opus at 40 kbit/s.
const (
	maxCopies = allocate.MaxCopies
	maxCopied = 320
)

// tail is the end of what a slot was sent of a voice: the newest frames, in a ring.
type tail struct {
	copies int // that go with each packet
	goes   int // that go with the packet at hand
	pt     uint8
	n      int // frames ever kept
	frames [maxCopies]copied
}

type copied struct {
	ts   uint32
	size int
	b    [maxCopied]byte
}

// at is the i-th newest frame, from 1 on.
func (t *tail) at(i int) *copied { return &t.frames[(t.n-i+2*maxCopies)%maxCopies] }

// fits is how many of the newest frames can go with a packet of that time.
func (t *tail) fits(ts uint32) (n int) {
	for n < min(t.copies, t.n) {
		x := t.at(n + 1)
		if back := ts - x.ts; x.size == 0 || back == 0 || back > packet.MaxREDOffset {
			break
		}
		n++
	}
	return n
}

// size is what the frames take that go with the packet at hand, with all headers.
func (t *tail) size() (size int) {
	for i := t.goes; i > 0; i-- {
		size += 4 + t.at(i).size
	}
	return size + 1
}

// append appends the frames that go with a packet of that time, with their headers, and the last header: its own frame
// follows.
func (t *tail) append(b []byte, ts uint32) []byte {
	for i := t.goes; i > 0; i-- {
		x := t.at(i)
		b = packet.AppendREDHead(b, t.pt, ts-x.ts, x.size)
	}
	b = append(b, t.pt)
	for i := t.goes; i > 0; i-- {
		x := t.at(i)
		b = append(b, x.b[:x.size]...)
	}
	return b
}

// keep adds a frame.
func (t *tail) keep(ts uint32, payload []byte) {
	if t.n > 0 && int32(ts-t.at(1).ts) <= 0 {
		return // it came late
	}
	x := &t.frames[t.n%maxCopies]
	x.ts, x.size = ts, 0
	if len(payload) <= maxCopied {
		x.size = copy(x.b[:], payload)
	}
	if t.n++; t.n == 2*maxCopies { // keep n small for ever
		t.n = maxCopies
	}
}

// protect says how many frames go again with each packet of the slot's voice.
func (s *slot) protect(copies int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case copies == 0 || s.nums.ptRED == 0:
		s.tail = nil
	case s.tail == nil:
		s.tail = &tail{copies: copies, pt: s.nums.pt}
	default:
		s.tail.copies = copies
	}
}

// emitRedundant sends a voice's packet with what went before it. s.mu is held.
func (s *slot) emitRedundant(w *worker, h *packet.Header, payload []byte) {
	t := s.tail
	r := rewriting{}
	if t.goes = t.fits(h.TS); t.goes > 0 && t.size()+len(payload) <= maxPacket {
		r.again = t
		h.PayloadType = s.nums.ptRED
		w.engine.counters.redundant.Add(1)
	}
	s.emit(w, h, payload, &r, asForwarded)
	t.keep(h.TS, payload)
}

// protectLocked decides how many frames go again to the participant, by what its line always loses: what a full queue loses
// would be lost of the copies as well. They have to fit beside something else. room.mu is held.
func (p *Peer) protectLocked(profile allocate.Profile, rate, heard int, spare bool) {
	p.line.mu.Lock()
	loss := 0.0
	if p.line.est != nil {
		loss = p.line.est.Estimate().LineLoss
	}
	p.line.mu.Unlock()
	copies := profile.Copies(loss, p.copies)
	if takes := func(s *slot) bool { return s.nums.ptRED != 0 }; !spare || !slices.ContainsFunc(p.slots, takes) {
		copies = 0
	}
	for copies > 0 && 2*heard*(profile.VoiceRate()+profile.CopiesRate(copies)) > rate {
		copies--
	}
	if copies == p.copies {
		return
	}
	p.copies = copies
	for _, s := range p.slots {
		if !s.video {
			s.protect(copies)
		}
	}
}

// roomForCopies says whether the host's line has room for copies to one more receiver, beside the voices of all and as much
// again of pictures; and counts the receiver.
func (e *Engine) roomForCopies(x *plan, profile allocate.Profile, heard int, near bool) bool {
	limit := int(e.uplink.limit.Load())
	if near || limit == 0 {
		return true
	}
	x.outside += heard * (profile.VoiceRate() + profile.CopiesRate(maxCopies))
	return 2*x.outside <= limit
}

// spoken is how what a participant sends comes in. room.mu guards it.
type spoken struct {
	due, lost float64 // packets lately
	copies    int     // that would be good
	asked     int64   // when a new offer was asked for, 0 for never
}

const (
	lately      = 400              // packets in which a loss is measured
	fewLately   = 50               // that say nothing
	askedPeriod = 10 * time.Second // an offer and its answer take the browser a moment
)

// judgeSpeechLocked asks a speaker whose packets get lost on the way in to send voices with redundancy, or no more: by the
// answer to another offer. room.mu is held.
func (p *Peer) judgeSpeechLocked(now int64) {
	due, came, able := p.cameIn()
	x := &p.speaks
	keep := max(1-float64(due)/lately, 0)
	x.due, x.lost = x.due*keep+float64(due), x.lost*keep+float64(max(due-came, 0))
	if !able || x.due < fewLately {
		return
	}
	x.copies = p.room.profile.Load().Copies(x.lost/x.due, x.copies)
	if (x.copies > 0) != p.redundant.Load() && (x.asked == 0 || now-x.asked >= int64(askedPeriod)) {
		x.asked = now
		p.tell(func(n *Notice) { n.Renegotiate = true })
	}
}

// cameIn is how many packets were due from the participant since the last call, and how many came; able says whether it
// could send its voice with redundancy.
func (p *Peer) cameIn() (due, came int, able bool) {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	for _, src := range p.in.sources {
		able = able || src.kind == Mic && src.ptRED != 0
	}
	due, came = p.in.due, p.in.came
	p.in.due, p.in.came = 0, 0
	return due, came, able
}

// wantsRedundancy says how the answer that is about to be given asks for voices, and takes note of it.
func (p *Peer) wantsRedundancy() bool {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	p.redundant.Store(p.speaks.copies > 0)
	return p.speaks.copies > 0
}
