package sfu

import (
	"errors"
	"strings"
	"sync"
	"time"

	"tablee/sfu/allocate"
	"tablee/sfu/packet"
	"tablee/sfu/report"
	"tablee/sfu/rewrite"
	"tablee/sfu/srtp"
	"tablee/sfu/udp"
)

// The way of a packet to a participant, on the goroutine that received it (worker.go):
//  1. forwardRun is called with the packets of a stream that the slot shows, or is to show; they are shared, read only.
//  2. A slot that is to show another stream goes over to it at its next key frame (sound: at once), and says so.
//  3. rewrite gives the numbers that make it one stream with what was sent before.
//  4. The packet is built in the Outbox's room: the slot's header, a copy of the payload, in which the VP8 numbers are changed.
//  5. It is encrypted there, in place, and leaves with the worker's next flush.
//
// All of it under slot.mu, which is taken once for all packets of a run.

// maxPacket is the largest RTP payload that is forwarded, in bytes: what fits an Ethernet frame with all headers.
const maxPacket = 1400

// recentStreams is how many streams a slot remembers to repair losses from before a switch.
const recentStreams = 4

// slot is one receive-only section of a participant's.
type slot struct {
	// What each packet needs comes first, side by side: three cache lines, and the encryption's in out.
	owner *Peer
	nums  negotiated
	video bool
	clock uint32 // RTP ticks a second

	mu             sync.Mutex // guards this and the next block
	temporal, upTo uint8      // the highest temporal layer that is sent, and that is to be
	epoch          uint32     // of cur
	cur            *stream    // what is shown
	next           *stream    // what will be, from its next key frame on
	tail           *tail      // what goes with each packet again; nil for nothing
	flow           *rewrite.Stream
	sent           report.Sender
	out            egress

	recent [recentStreams]*stream
	rtxSeq uint16
	hush   int // silence frames still to send

	mid string

	// Guarded by room.mu: what is to be shown, how high, what was chosen to be sent of it.
	shows  *source
	height int
	big    bool // a large picture
	rank   int  // in the order of importance, 0 first
	choice allocate.Choice
	paused bool // nothing is sent, and that was said
}

func newSlot(owner *Peer, mid string, video bool, n negotiated) *slot {
	clock := uint32(48000)
	if video {
		clock = 90000
	}
	return &slot{owner: owner, mid: strings.Clone(mid), video: video, clock: clock, nums: n, flow: rewrite.New(int64(clock))}
}

// want makes the slot go over to st.
func (s *slot) want(st *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next, s.hush = st, 0; st == s.cur {
		s.next = nil
	}
}

// empty makes the slot show nothing. A voice is ended by a few frames of silence: without them the browser's concealment
// stretches the last sound audibly.
func (s *slot) empty() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cur != nil && !s.video {
		s.hush = hushFrames
		a := &s.owner.room.engine.agenda
		a.arm(&s.owner.timers.hush, s.owner.room.engine.now()+hushPeriod)
	}
	s.cur, s.next = nil, nil
	s.flow.Stop()
}

// drop ends what the slot shows, although it is not known yet when something else begins.
func (s *slot) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cur = nil
	s.flow.Stop()
}

// limitTemporal says which temporal layers are to be sent. More begin with a frame that refers to none of them.
func (s *slot) limitTemporal(upTo uint8) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.upTo = upTo
	s.temporal = min(s.temporal, upTo)
}

// layers are the stream that the slot shows and the one that it goes over to; nil for none.
func (s *slot) layers() (shown, next *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cur, s.next
}

// idleSince says whether nothing was sent since then.
func (s *slot) idleSince(t int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cur == nil && (!s.flow.Started() || s.flow.At() <= t)
}

// follows says whether the slot shows the stream, or is to.
func (s *slot) follows(st *stream) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return st == s.cur || st == s.next
}

// forwardRun sends the packets of a run, if the slot shows its stream or can begin to. It returns false when the slot has
// nothing to do with the stream any more.
func (s *slot) forwardRun(w *worker, r *run) bool {
	ok := true
	s.mu.Lock() // given back without defer, which costs a call for each
	for i := r.first; ok && i >= 0; i = w.taken[i].next {
		ok = s.forwardLocked(w, r.to, &w.taken[i])
	}
	s.mu.Unlock()
	return ok
}

// forwardOne is forwardRun for one packet.
func (s *slot) forwardOne(w *worker, to *audience, t *taken) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.forwardLocked(w, to, t)
}

func (s *slot) forwardLocked(w *worker, to *audience, t *taken) bool {
	st := to.stream
	if st != s.cur && st != s.next {
		return false
	}
	if s.video && t.vp8.TID > s.temporal && t.vp8.TID <= s.upTo && t.vp8.Start && t.vp8.Sync {
		s.temporal = t.vp8.TID
	}
	if len(t.pkt.Payload) == 0 || t.vp8.TID > s.temporal { // padding, or a frame too many: its number is left out
		if st == s.cur && s.epoch == to.epoch {
			s.flow.Skip(st.id, t.pkt.Seq)
		}
		return true
	}
	if len(t.pkt.Payload) > maxPacket {
		w.engine.counters.tooLong.Add(1)
		return true
	}
	in := rewrite.In{Seq: t.pkt.Seq, TS: t.pkt.TS, Picture: t.vp8.PictureID, HasPicture: t.vp8.Picture != 0, TL0: t.vp8.TL0Index, HasTL0: t.vp8.TL0 != 0}
	marker := t.pkt.Marker
	var out rewrite.Out
	switch {
	case st == s.next:
		if s.video && !t.vp8.Key {
			return true
		}
		s.cur, s.next, s.temporal = st, nil, s.upTo
		out = s.begin(to, in, t.at)
		s.owner.note(SlotNotice{Mid: s.mid, ID: st.source.owner.id, Kind: st.source.kind, TS: out.TS, Layer: st.rid})
		marker = marker || !s.video
	case s.epoch != to.epoch: // the source began anew, the slot goes on
		out = s.begin(to, in, t.at)
	default:
		var ok bool
		if out, ok = s.flow.Map(st.id, in, t.at); !ok {
			return true // older than the switch
		}
	}
	s.sent.Packet(out.TS, len(t.pkt.Payload), t.at)
	var h packet.Header // a literal is made elsewhere and copied, which has to wait for its parts to be written: a tenth of all routing
	h.Marker, h.PayloadType = marker, s.nums.pt
	h.Seq, h.TS, h.SSRC, h.CSRC = out.Seq, out.TS, s.nums.ssrc, to.num
	if s.tail != nil {
		s.emitRedundant(w, &h, t.pkt.Payload)
		return true
	}
	s.emit(w, &h, t.pkt.Payload, &rewriting{vp8: &t.vp8, picture: out.Picture, tl0: out.TL0}, asForwarded)
	return true
}

// begin starts a run of the audience's stream with this packet. s.mu is held.
func (s *slot) begin(to *audience, in rewrite.In, at int64) rewrite.Out {
	s.epoch = to.epoch
	copy(s.recent[1:], s.recent[:recentStreams-1])
	s.recent[0] = to.stream
	return s.flow.Switch(to.stream.id, in, at)
}

// hushFrames of silence, one each hushPeriod, end a voice (RFC 6716: a 20 ms CELT frame of silence, as libopus makes it).
const (
	hushFrames = 3
	hushPeriod = int64(20 * time.Millisecond)
)

var silence = [3]byte{0xf8, 0xff, 0xfe}

// hushOne sends one frame of silence if the slot's voice has just ended, and says whether more are to come.
func (s *slot) hushOne(w *worker) (more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hush == 0 || s.cur != nil {
		return false
	}
	s.hush--
	out := s.flow.Insert(960, w.now)
	s.sent.Packet(out.TS, len(silence), w.now)
	h := packet.Header{PayloadType: s.nums.pt, Seq: out.Seq, TS: out.TS, SSRC: s.nums.ssrc}
	s.emit(w, &h, silence[:], &rewriting{}, asForwarded)
	return s.hush > 0
}

// report returns what a sender report says of the slot.
func (s *slot) report(now int64) (rtpTime, packets, octets uint32, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cur == nil {
		return 0, 0, 0, false
	}
	return s.sent.Report(s.clock, now)
}

// rewriting is what changes in a payload.
type rewriting struct {
	vp8      *packet.VP8 // where its numbers are; nil to leave it as it is
	picture  uint16      // what they become
	tl0      uint8
	original uint16 // the number of the packet that a retransmission repeats
	rtx      bool
	pad      bool  // nothing but padding
	probe    bool  // sent to try the line
	again    *tail // whose frames go before the payload; nil for none
}

// fill appends the payload to b, a header.
func (r *rewriting) fill(h *packet.Header, b, payload []byte) []byte {
	if r.pad {
		return h.Pad(b)
	}
	if r.rtx { // the original number comes first (RFC 4588, section 4)
		b = append(b, byte(r.original>>8), byte(r.original))
	}
	if r.again != nil {
		b = r.again.append(b, h.TS)
	}
	at := len(b)
	b = append(b, payload...)
	if r.vp8 != nil {
		r.vp8.SetPicture(b[at:], r.picture)
		r.vp8.SetTL0(b[at:], r.tl0)
	}
	return b
}

// emit builds a packet and sends it, or lets it wait for the host's line. s.mu is held.
func (s *slot) emit(w *worker, h *packet.Header, payload []byte, r *rewriting, as sentAs) {
	class, kind := udp.Audio, voiced
	if s.video {
		class, kind = udp.Video, shown
	}
	size := packet.MaxHeader + 2 + len(payload) + int(h.Padding)
	if r.again != nil {
		size += r.again.size()
	}
	if !r.probe && !r.pad && !s.owner.allowed(w, size+wireExtra, kind) && kind == shown {
		w.engine.uplink.hold(w, s, h, payload, r, as)
		return
	}
	b := s.out.space(w, r.rtx, size)
	if b == nil {
		return
	}
	if s.nums.twcc != 0 {
		h.TWCC, h.TWCCSeq = s.nums.twcc, s.owner.stamp(w.now, size, class)
	}
	b = h.Append(b)
	header := len(b)
	s.transmit(w, r.rtx, r.fill(h, b, payload), header, class, as)
}

// transmit sends a packet that was built. s.mu is held.
func (s *slot) transmit(w *worker, rtx bool, b []byte, header int, class udp.Class, as sentAs) {
	switch err := s.out.send(w, rtx, b, header, class); {
	case err == nil:
		w.sent[as]++
		if s.owner.far.Load() {
			w.outside += uint64(len(b) + wireExtra)
		}
	case errors.Is(err, srtp.ErrReused):
		w.engine.counters.repeats.Add(1)
	default:
		w.engine.counters.writeErrors.Add(1)
	}
}
