package faults

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"tablee/signaling"
)

// The meeting: two bystanders, one who misbehaves, and a witness who hears and sees that one.
type scene struct {
	*server
	others  *bystanders
	a       *client // misbehaves
	witness *client
}

// fault is one line of the table.
type fault struct {
	name    string
	counter string  // the figure that rises
	by      float64 // at least so much
	do      func(s *scene, t *testing.T)
}

func table() []fault {
	bad, control, foreign := dropped("bad_rtp"), dropped("bad_rtcp"), dropped("unknown_address")
	return []fault{
		{"01 RTP under 12 bytes", bad, 11, (*scene).short},
		{"02 wrong length of CSRCs and extensions", bad, 3, (*scene).headers},
		{"03 padding larger than the payload", bad, 2, (*scene).padding},
		{"04 datagrams of 64 KB", dropped("oversized"), 3, (*scene).oversized},
		{"05 unknown payload type", dropped("unknown_payload"), 1, (*scene).unknownPayload},
		{"06 an SSRC of somebody else", dropped("stray"), 1, (*scene).stray},
		{"07 the same SSRC twice", dropped("unknown_payload"), 1, (*scene).collision},
		{"08 SSRC flood", "tablee_media_abuse_total", 1, (*scene).ssrcFlood},
		{"09 replay", dropped("replay"), 50, (*scene).replay},
		{"10 jumps and wraps", "tablee_media_packets_forwarded_total", 1, (*scene).jumps},
		{"11 truncated VP8", bad, 4, (*scene).truncated},
		{"12 SRTCP of 3 to 64 bytes", dropped("unauthentic"), 37, (*scene).shortControl},
		{"12 RTCP whose lengths lie", control, 4, (*scene).lyingControl},
		{"13 PLI flood", "tablee_media_key_frames_asked_total", 1, (*scene).pliFlood},
		{"14 huge NACKs and feedback", "tablee_media_retransmissions_refused_total", 1, (*scene).hugeFeedback},
		{"15 REMB and feedback that lie", dropped("bad_feedback"), 1, (*scene).lies},
		{"media from a third address", foreign, 1, (*scene).thirdAddress},
		{"a handshake that others talk into", foreign, 1, (*scene).handshake},
		{"the end of DTLS, not encrypted", "tablee_media_packets_received_total", 1, (*scene).falseEnd},
		{"garbage from unknown addresses", foreign, floodSockets * floodRounds * 4 / 5, (*scene).garbage},
	}
}

// TestFaults goes through the table while the bystanders meet.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs the program")
	}
	s := &scene{server: startServer(t)}
	s.others = meet(t, s.url+"/r/faults")
	s.witness = join(t, s.url, "faults", "Witness", false).connect()
	s.a = join(t, s.url, "faults", "Misbehaves", false).connect()
	s.witness.say(&signaling.ClientMessage{T: "demand", Videos: []signaling.Video{{ID: s.a.self.ID, Kind: signaling.KindCamera, Height: 180}}})
	s.a.fence(s.witness)
	s.film(t, 300, "at first")
	for _, f := range table() {
		t.Run(f.name, func(t *testing.T) {
			s.a.t, s.witness.t = t, t
			was := s.figures(t)
			f.do(s, t)
			s.a.fence(s.witness)
			s.rises(t, f.counter, was, f.by)
		})
	}
	s.a.t, s.witness.t = t, t
	s.others.judge(t)
}

// pictureTime is the time between two pictures, and twoSeconds how many there are in two seconds: the longest that anything may
// freeze.
const (
	pictureTime = 33 * time.Millisecond
	twoSeconds  = 60
)

// film sends pictures, key frames when asked, until the witness is shown another one: after no more than so many.
func (s *scene) film(t *testing.T, most int, when string) {
	t.Helper()
	count := func() (n int) {
		s.witness.mu.Lock()
		defer s.witness.mu.Unlock()
		for _, shown := range s.witness.shown {
			n += shown
		}
		return n
	}
	asked := func() int {
		s.a.mu.Lock()
		defer s.a.mu.Unlock()
		return s.a.plis
	}
	before, answered := count(), asked()
	for range most {
		s.witness.wish()
		now := asked()
		s.a.send(s.a.bytes(s.a.picture(now != answered)))
		answered = now
		late := time.NewTimer(pictureTime)
		for waiting := true; waiting; {
			select {
			case <-s.witness.news:
			case <-late.C:
				waiting = false
			}
			if count() > before {
				late.Stop()
				return
			}
		}
	}
	t.Errorf("%s: %d pictures are not shown", when, most)
}

// 1
func (s *scene) short(t *testing.T) {
	for n := 1; n < 12; n++ {
		s.a.raw([]byte{0x80, ptVP8, 0, 1, 0, 0, 0, 2, 0x22, 0x22, 0x22, 0x22}[:n])
	}
}

// 2: not encrypted, for what has no end cannot be.
func (s *scene) headers(t *testing.T) {
	for _, b := range [][]byte{
		append([]byte{0x8f, ptVP8, 0, 1, 0, 0, 0, 2, 0x22, 0x22, 0x22, 0x22}, noise(20, 2)...),               // fifteen CSRCs
		append([]byte{0x90, ptVP8, 0, 1, 0, 0, 0, 2, 0x22, 0x22, 0x22, 0x22, 0xbe, 0xde}, noise(1, 2)...),    // half a length
		append([]byte{0x90, ptVP8, 0, 1, 0, 0, 0, 2, 0x22, 0x22, 0x22, 0x22, 0xbe, 0xde, 255, 255}, 1, 2, 3), // 256 KB of extensions
	} {
		s.a.raw(b)
	}
}

// 3
func (s *scene) padding(t *testing.T) {
	for _, last := range []byte{255, 0} {
		p := s.a.picture(false)
		p.Payload = append(p.Payload[:20], last)
		b := s.a.bytes(p)
		b[0] |= 0x20
		s.a.send(b)
	}
}

// 4
func (s *scene) oversized(t *testing.T) {
	for i, first := range []byte{0x80, 22, 0} { // RTP, DTLS, STUN
		b := noise(65507, uint64(i))
		b[0] = first
		s.a.raw(b)
	}
}

// 5
func (s *scene) unknownPayload(t *testing.T) {
	p := s.a.picture(false)
	p.PayloadType = 50 // 64 to 95 would look like RTCP
	s.a.send(s.a.bytes(p))
}

// 6
func (s *scene) stray(t *testing.T) {
	s.a.send(s.a.bytes(&rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: ptOpus, SequenceNumber: 1, SSRC: 0x33333333}, Payload: []byte{0xfc, 1}}))
}

// 7: everybody here sends under the same SSRCs, and each is heard as who it is; and a camera is no microphone.
func (s *scene) collision(t *testing.T) {
	s.witness.fence(s.a)
	p := s.a.picture(false)
	p.PayloadType = ptOpus
	s.a.send(s.a.bytes(p))
}

// 8: by somebody who is sent away for it.
func (s *scene) ssrcFlood(t *testing.T) {
	was := s.figures(t)
	f := join(t, s.url, "faults", "Flood", false).connect()
	const packets = 5000
	for i := range uint32(packets) {
		f.send(f.bytes(&rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: ptOpus, SequenceNumber: 1, SSRC: 0x40000000 + i}, Payload: []byte{0xfc}}))
		if i%200 == 0 { // so that what drops them is the limit, and not a full socket
			s.a.fence(s.witness)
		}
	}
	s.rises(t, dropped("stray"), was, 4096)
	f.until("the end of the flood", func() bool { return f.lost })
}

// 9
func (s *scene) replay(t *testing.T) {
	p, mark := s.a.voice()
	sent := s.a.send(s.a.bytes(p))
	s.a.fence(s.witness)
	for range 50 {
		s.a.raw(sent)
	}
	s.a.fence(s.witness)
	s.witness.mu.Lock()
	defer s.witness.mu.Unlock()
	if n := s.witness.marks[mark]; n > 1 {
		t.Errorf("a packet that was sent again is heard %d times", n)
	}
}

// 10: what the witness sees goes on within two seconds of pictures (60), and its slot does not show that anything happened.
func (s *scene) jumps(t *testing.T) {
	jump := func(when string, seq uint16, ts uint32) {
		s.a.seq[ssrcCamera] += seq // never back: with SRTP nobody can (RFC 3711, section 3.3.1)
		s.a.ts[ssrcCamera] += ts
		s.film(t, twoSeconds, when)
	}
	jump("after a jump of the sequence number", 20000, 0)
	jump("after a jump of the time", 0, 1<<30)
	jump("after a jump back in time", 0, 1<<32-1<<29)
	jump("after both", 20000, 1<<30)
	const before = 65500
	for s.a.seq[ssrcCamera] < before-twoSeconds {
		jump("on the way to the wrap", min(before-twoSeconds-s.a.seq[ssrcCamera], 20000), 0)
	}
	jump("before the wrap", 0, -s.a.ts[ssrcCamera]-twoSeconds*3000)
	for range 65536 - before + 2*twoSeconds {
		s.film(t, twoSeconds, "over the wrap")
	}
	if seq := s.a.seq[ssrcCamera]; seq > before-twoSeconds {
		t.Errorf("the test's numbers did not wrap: %d", seq)
	}
	s.witness.mu.Lock()
	defer s.witness.mu.Unlock()
	for ssrc, v := range s.witness.video {
		if c := v.Counters(); c.SequenceJumps+c.TimeBackwards+c.TimeJumps+c.PictureIDGaps != 0 {
			t.Errorf("slot %d shows what happened at the sender: %+v", ssrc, c)
		}
	}
}

// 11
func (s *scene) truncated(t *testing.T) {
	for _, b := range [][]byte{{0x80}, {0x90, 0x80}, {0x90, 0x80, 0x80}, {0x90, 0xf0, 0x80, 1}} {
		p := s.a.picture(false)
		p.Payload = b
		s.a.send(s.a.bytes(p))
	}
	s.film(t, twoSeconds, "after truncated descriptors")
}

// 12: bytes that are not encrypted.
func (s *scene) shortControl(t *testing.T) {
	for n := 3; n <= 64; n++ {
		b := noise(n, uint64(n))
		b[0], b[1] = 0x81, 200+byte(n%7)
		s.a.raw(b)
	}
}

// 12: encrypted, and nonsense.
func (s *scene) lyingControl(t *testing.T) {
	for _, b := range [][]byte{
		{0x81, 206, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 2},                               // longer than it is
		{0x9f, 201, 0, 1, 0, 0, 0, 1},                                                 // thirty-one reports that are not there
		{0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0x81, 205, 0, 9, 0, 0, 0, 1},        // a compound that ends in the middle
		append([]byte{0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2}, noise(12, 12)...),     // feedback of arrivals, noise
		append([]byte{0x81, 202, 0, 4, 0, 0, 0, 1}, 1, 255, 'x', 0, 0, 0, 0, 0, 0, 0), // a name that does not end
	} {
		s.a.tellRTCP(b)
	}
}

// 13: no more than one a second comes through, and pictures go on.
func (s *scene) pliFlood(t *testing.T) {
	s.film(t, twoSeconds, "before the flood")
	begin := time.Now()
	s.a.mu.Lock()
	before := s.a.plis
	s.a.mu.Unlock()
	for range 50 {
		for ssrc := range s.witness.video {
			for n := range uint8(10) {
				s.witness.report(&rtcp.PictureLossIndication{SenderSSRC: 1, MediaSSRC: ssrc},
					&rtcp.FullIntraRequest{SenderSSRC: 1, MediaSSRC: ssrc, FIR: []rtcp.FIREntry{{SSRC: ssrc, SequenceNumber: n}}})
			}
		}
		s.film(t, twoSeconds, "in the flood")
	}
	s.witness.fence(s.a)
	s.a.mu.Lock()
	asked := s.a.plis - before
	s.a.mu.Unlock()
	if allowed := int(time.Since(begin)/time.Second) + 2; asked > allowed { // one for each second that began, one from before
		t.Errorf("the sender was asked for %d key frames in %v", asked, time.Since(begin))
	}
}

// 14
func (s *scene) hugeFeedback(t *testing.T) {
	for ssrc := range s.witness.video {
		n := &rtcp.TransportLayerNack{SenderSSRC: 1, MediaSSRC: ssrc}
		for i := range uint16(250) {
			n.Nacks = append(n.Nacks, rtcp.NackPair{PacketID: i * 17, LostPackets: 0xffff})
		}
		for range 5 {
			s.witness.report(n)
		}
	}
	for _, chunk := range []uint16{0x1fff, 0x3fff, 0xffff, 0x8000} { // runs of 8191, lost or come; vectors
		b := []byte{0x8f, 205, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0}
		for range 100 {
			b = binary.BigEndian.AppendUint16(b, chunk)
		}
		binary.BigEndian.PutUint16(b[2:], uint16(len(b)/4-1))
		s.witness.tellRTCP(b)
	}
	s.witness.fence(s.a)
	s.film(t, twoSeconds, "after huge feedback")
}

// 15: who says that its line carries nothing, or everything, is believed within reason: it is still sent voices and pictures.
func (s *scene) lies(t *testing.T) {
	for _, rate := range []float32{0, 1, 1e18} {
		s.witness.report(&rtcp.ReceiverEstimatedMaximumBitrate{SenderSSRC: 1, Bitrate: rate, SSRCs: []uint32{1, 2, 3}})
	}
	for base := range uint16(8) { // packets that were never sent came, an hour ago and in the future
		s.witness.report(&rtcp.TransportLayerCC{
			Header:     rtcp.Header{Count: rtcp.FormatTCC, Type: rtcp.TypeTransportSpecificFeedback, Length: 5},
			SenderSSRC: 1, BaseSequenceNumber: base * 8191, PacketStatusCount: 1, ReferenceTime: uint32(base) << 20, FbPktCount: uint8(base),
			PacketChunks: []rtcp.PacketStatusChunk{&rtcp.RunLengthChunk{PacketStatusSymbol: rtcp.TypeTCCPacketReceivedSmallDelta, RunLength: 1}},
			RecvDeltas:   []*rtcp.RecvDelta{{Type: rtcp.TypeTCCPacketReceivedSmallDelta, Delta: 0}},
		})
	}
	s.witness.report(&rtcp.ReceiverReport{SSRC: 1, Reports: []rtcp.ReceptionReport{
		{SSRC: 1, FractionLost: 255, TotalLost: 1<<24 - 1, LastSenderReport: 1, Delay: 1<<32 - 1, Jitter: 1<<32 - 1}}})
	s.witness.fence(s.a)
	s.film(t, twoSeconds, "after lies")
}
