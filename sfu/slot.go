package sfu

import (
	"sync"
	"sync/atomic"

	"github.com/pion/rtp"

	"tablee/sfu/packet"
	"tablee/sfu/report"
	"tablee/sfu/rewrite"
)

// The way of a packet to a participant:
//  1. forward is called with a packet of a stream that the slot shows, or is to show; the packet is shared, read only.
//  2. A slot that is to show another stream goes over to it at its next key frame (sound: at once), and says so.
//  3. rewrite gives the numbers that make it one stream with what was sent before.
//  4. The payload is copied into the slot's own buffer when its VP8 numbers must be changed; the header is the slot's.
//  5. The outlet encrypts and sends.
//
// All of it under slot.mu, on the goroutine of the participant from whom the packet came.

// maxPacket is the largest RTP payload that is forwarded, in bytes.
const maxPacket = 1500

// recentStreams is how many streams a slot remembers to repair losses from before a switch.
const recentStreams = 4

// slot is one receive-only section of a participant's.
type slot struct {
	owner *Peer
	mid   string
	video bool
	clock uint32 // RTP ticks a second
	out   outlet
	nums  negotiated

	// Guarded by room.mu: what is to be shown, and how high.
	shows  *source
	height int

	mu      sync.Mutex // guards the rest
	flow    *rewrite.Stream
	sent    report.Sender
	cur     *stream // what is shown
	next    *stream // what will be, from its next key frame on
	epoch   uint32  // of cur
	recent  [recentStreams]*stream
	header  rtp.Header
	csrc    [1]uint32
	payload [2 + maxPacket]byte // room for the number that a retransmission begins with
	rtxSeq  uint16
	hush    int // silence frames still to send
}

func newSlot(owner *Peer, mid string, video bool, out outlet, n negotiated) *slot {
	clock := uint32(48000)
	if video {
		clock = 90000
	}
	return &slot{owner: owner, mid: mid, video: video, clock: clock, out: out, nums: n, flow: rewrite.New(int64(clock))}
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
	}
	s.cur, s.next = nil, nil
	s.flow.Stop()
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

// forward sends a packet of st, if the slot shows it or can begin to. It returns false when the slot has nothing to do
// with st any more. v describes the payload of video, and is nil for sound.
func (s *slot) forward(st *stream, p *packet.RTP, v *packet.VP8, at int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st != s.cur && st != s.next {
		return false
	}
	if len(p.Payload) > maxPacket {
		return true
	}
	in := rewrite.In{Seq: p.Seq, TS: p.TS}
	if v != nil {
		in.Picture, in.HasPicture, in.TL0, in.HasTL0 = v.PictureID, v.Picture != 0, v.TL0Index, v.TL0 != 0
	}
	var out rewrite.Out
	switch {
	case st == s.next:
		if v != nil && !v.Key {
			return true
		}
		s.cur, s.next = st, nil
		out = s.begin(st, in, at)
		s.owner.note(SlotNotice{Mid: s.mid, ID: st.source.owner.id, Kind: st.source.kind, TS: out.TS, Layer: st.rid})
		s.write(out, p, v, p.Marker || v == nil, at)
		return true
	case s.epoch != st.epoch: // the source began anew, the slot goes on
		out = s.begin(st, in, at)
	default:
		var ok bool
		if out, ok = s.flow.Map(st.id, in, at); !ok {
			return true // older than the switch
		}
	}
	s.write(out, p, v, p.Marker, at)
	return true
}

// begin starts a run of st with this packet. s.mu is held.
func (s *slot) begin(st *stream, in rewrite.In, at int64) rewrite.Out {
	s.epoch = st.epoch
	copy(s.recent[1:], s.recent[:recentStreams-1])
	s.recent[0] = st
	return s.flow.Switch(st.id, in, at)
}

// skip leaves out a packet of st that has no content.
func (s *slot) skip(st *stream, seq uint16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st == s.cur && s.epoch == st.epoch {
		s.flow.Skip(st.id, seq)
	}
}

// write sends a packet for the first time. s.mu is held.
func (s *slot) write(out rewrite.Out, p *packet.RTP, v *packet.VP8, marker bool, at int64) {
	s.fill(out, s.nums.pt, s.nums.ssrc, s.cur.source.owner.num, marker)
	payload := p.Payload
	if v != nil && (v.Picture != 0 || v.TL0 != 0) {
		payload = s.payload[:copy(s.payload[:], payload)]
		v.SetPicture(payload, out.Picture)
		v.SetTL0(payload, out.TL0)
	}
	s.sent.Packet(out.TS, len(payload), at)
	s.emit(payload, &s.owner.room.engine.counters.forwarded)
}

// fill sets the header of the next packet. s.mu is held.
func (s *slot) fill(out rewrite.Out, pt uint8, ssrc, csrc uint32, marker bool) {
	s.csrc[0] = csrc
	s.header = rtp.Header{Version: 2, Marker: marker, PayloadType: pt, SSRC: ssrc, SequenceNumber: out.Seq, Timestamp: out.TS, CSRC: s.csrc[:]}
}

// hushFrames and silence end a voice (RFC 6716: a 20 ms CELT frame of silence, as libopus makes it).
const hushFrames = 3

var silence = [3]byte{0xf8, 0xff, 0xfe}

// hushOne sends one frame of silence if the slot's voice has just ended; called every 20 ms.
func (s *slot) hushOne(now int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hush == 0 || s.cur != nil {
		return
	}
	s.hush--
	out := s.flow.Insert(960, now)
	s.fill(out, s.nums.pt, s.nums.ssrc, 0, false)
	s.header.CSRC = nil
	s.sent.Packet(out.TS, len(silence), now)
	s.emit(silence[:], &s.owner.room.engine.counters.forwarded)
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

// emit hands the filled header and a payload to the outlet. s.mu is held.
func (s *slot) emit(payload []byte, count *atomic.Uint64) {
	if _, err := s.out.WriteRTP(&s.header, payload); err != nil {
		s.owner.room.engine.counters.writeErrors.Add(1)
		return
	}
	count.Add(1)
}
