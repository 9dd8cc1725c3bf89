package sfu

import (
	"bytes"
	"testing"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"tablee/sfu/estimate"
	"tablee/sfu/packet"
)

// watch makes a, whose lowest layer b shows.
func watch(t testing.TB) (d *desk, a, b *seat) {
	d = newDesk(t)
	a, b = d.join("a", 3, 4), d.join("b", 3, 4)
	b.Demand([]Want{{ID: "a", Kind: Camera, Height: 180}})
	a.film("q", true)
	d.settle()
	if len(b.sent) != 1 {
		t.Fatalf("b was sent %d packets, want the key frame", len(b.sent))
	}
	return d, a, b
}

func TestDamagedPacketsHarmNobody(t *testing.T) {
	d, a, b := watch(t)
	good := a.packet(200, 96, "1", "q", frame(9, false, 180))
	mutate := func(f func([]byte) []byte) []byte { return f(bytes.Clone(good)) }
	for name, c := range map[string]struct {
		b     []byte
		count func(Stats) uint64
	}{
		"under 12 bytes":             {good[:11], func(s Stats) uint64 { return s.BadRTP }},
		"CSRC count past the end":    {mutate(func(b []byte) []byte { b[0] |= 15; return b[:30] }), func(s Stats) uint64 { return s.BadRTP }},
		"extension past the end":     {mutate(func(b []byte) []byte { b[14], b[15] = 0xff, 0xff; return b }), func(s Stats) uint64 { return s.BadRTP }},
		"padding larger than it all": {mutate(func(b []byte) []byte { b[0] |= 0x20; b[len(b)-1] = 255; return b }), func(s Stats) uint64 { return s.BadRTP }},
		"64 KB":                      {append(bytes.Clone(good), make([]byte, 64<<10-len(good))...), nil},
		"unknown payload type":       {mutate(func(b []byte) []byte { b[1] = 77; return b }), func(s Stats) uint64 { return s.UnknownPayload }},
		"unknown SSRC, no mid":       {a.packet(0xdead, 96, "", "", []byte{1}), func(s Stats) uint64 { return s.Stray }},
		"unknown rid":                {a.packet(0xdeae, 96, "1", "x", []byte{1}), func(s Stats) uint64 { return s.Stray }},
		"unknown mid":                {a.packet(0xdeaf, 96, "7", "q", []byte{1}), func(s Stats) uint64 { return s.Stray }},
		"a retransmission of nothing": {func() []byte {
			p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 97, SSRC: 0xdeb0}}
			_ = p.SetExtension(4, []byte("1"))
			_ = p.SetExtension(11, []byte("h"))
			b, _ := p.Marshal()
			return b
		}(), func(s Stats) uint64 { return s.Stray }},
	} {
		before, sent := d.engine.Stats(), len(b.sent)
		a.take(c.b)
		if c.count != nil && c.count(d.engine.Stats()) != c.count(before)+1 {
			t.Errorf("%s was not counted", name)
		}
		if len(b.sent) != sent {
			t.Errorf("%s was forwarded", name)
		}
	}
	sent := len(b.sent)
	a.film("q", false)
	if len(b.sent) != sent+1 {
		t.Error("after damaged packets a good one was not forwarded")
	}
}

func TestVP8CutShortIsCounted(t *testing.T) {
	d, a, b := watch(t)
	sent := len(b.sent)
	for _, payload := range [][]byte{{0x80}, {0x90, 0x80}, {0x90, 0x80, 0x81}, {0x90, 0xf0, 0x80, 1, 2, 3}} {
		a.take(a.packet(200, 96, "1", "q", payload))
	}
	if n := d.engine.Stats().BadRTP; n != 4 || len(b.sent) != sent {
		t.Errorf("%d counted, %d forwarded; want 4 and 0", n, len(b.sent)-sent)
	}
}

func TestAnothersSSRCStaysOnesOwn(t *testing.T) {
	d, a, b := watch(t)
	c := d.join("c", 3, 4)
	sent := len(b.sent)
	for range 10 { // c uses the SSRC of a's layer, with and without saying it is its own
		c.take(c.packet(200, 96, "1", "q", frame(1, true, 180)))
		c.take(c.packet(200, 96, "", "", frame(1, true, 180)))
	}
	d.settle()
	if len(b.sent) != sent {
		t.Errorf("b, who shows a, was sent %d packets of c", len(b.sent)-sent)
	}
	a.film("q", false)
	if got := b.sent[len(b.sent)-1]; len(b.sent) != sent+1 || got.CSRC[0] != a.num {
		t.Error("a's packet did not reach b")
	}
}

func TestSSRCFloodClosesTheFlooder(t *testing.T) {
	d, a, b := watch(t)
	c := d.join("c", 3, 4)
	for i := range MaxStrays + MaxSSRCs + 10 {
		c.take(c.packet(uint32(10000+i), 96, "1", "q", frame(1, true, 180)))
	}
	d.settle()
	if !c.news[len(c.news)-1].Lost || d.engine.Stats().Abuse != 1 {
		t.Errorf("the flooder was not given up: %+v", c.news)
	}
	if n := len(c.in.bySSRC); n > MaxSSRCs {
		t.Errorf("%d SSRCs are remembered, at most %d should be", n, MaxSSRCs)
	}
	sent := len(b.sent)
	if a.film("q", false); len(b.sent) != sent+1 {
		t.Error("a's packet did not reach b")
	}
}

func TestRepeatsAndProbesAreDropped(t *testing.T) {
	d, a, b := watch(t)
	p := a.packet(200, 96, "1", "q", frame(5, false, 180))
	a.take(bytes.Clone(p))
	sent := len(b.sent)
	a.take(bytes.Clone(p)) // a replay that passed decryption, as a test of ours may
	var r rtp.Packet       // the same as a retransmission, as browsers probe
	_ = r.Unmarshal(p)
	rtx := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 97, SSRC: 210, SequenceNumber: 1}, Payload: append([]byte{byte(r.SequenceNumber >> 8), byte(r.SequenceNumber)}, r.Payload...)}
	_ = rtx.SetExtension(4, []byte("1"))
	_ = rtx.SetExtension(11, []byte("q"))
	raw, _ := rtx.Marshal()
	a.take(raw)
	if len(b.sent) != sent || d.engine.Stats().Repeats != 2 {
		t.Errorf("%d repeats were forwarded, %d counted", len(b.sent)-sent, d.engine.Stats().Repeats)
	}
}

func TestPaddingLeavesNoGap(t *testing.T) {
	d, a, b := watch(t)
	first := b.sent[0].SequenceNumber
	for range 5 {
		pad := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 96, SSRC: 200, Padding: true, PaddingSize: 200}}
		a.seqOf[200]++
		pad.SequenceNumber, pad.Timestamp = a.seqOf[200], uint32(a.seqOf[200])*3000
		raw, _ := pad.Marshal()
		a.take(raw)
	}
	a.film("q", false)
	if len(b.sent) != 2 || b.sent[1].SequenceNumber != first+1 || d.engine.Stats().Padding != 5 {
		t.Errorf("%d packets, the last numbered %d after %d", len(b.sent), b.sent[len(b.sent)-1].SequenceNumber, first)
	}
}

func TestASourceThatBeginsAnewGoesOn(t *testing.T) {
	for name, jump := range map[string]func(a *seat){
		"sequence jumps ahead": func(a *seat) { a.seqOf[200] += 20000 },
		"sequence jumps back":  func(a *seat) { a.seqOf[200] -= 20000 },
	} {
		_, a, b := watch(t)
		jump(a)
		sent := len(b.sent)
		for range 10 {
			a.film("q", false)
		}
		if n := len(b.sent) - sent; n < 9 {
			t.Errorf("%s: %d of 10 packets were forwarded after it", name, n)
		}
		for i := 1; i < len(b.sent); i++ {
			if b.sent[i].SequenceNumber != b.sent[i-1].SequenceNumber+1 || int32(b.sent[i].Timestamp-b.sent[i-1].Timestamp) <= 0 {
				t.Errorf("%s: packet %d is numbered %d at %d after %d at %d", name, i, b.sent[i].SequenceNumber, b.sent[i].Timestamp, b.sent[i-1].SequenceNumber, b.sent[i-1].Timestamp)
			}
		}
	}
}

// A late joiner is shown the past in portions, without a gap, and then follows.
func TestThePastIsReplayedInPortions(t *testing.T) {
	d, a, _ := watch(t)
	for range 80 {
		a.film("q", false)
	}
	c := d.join("c", 0, 4)
	c.line.est = estimate.New(estimate.Config{Start: 400_000}, d.engine.now())
	c.Demand([]Want{{ID: "a", Kind: Camera, Height: 180}})
	d.settle()
	rate, _ := c.capacity(d.engine.now())
	portion := rate / 8 * 5 / 4 / 50 // bytes in 20 ms, and not more than one packet beyond
	sentSince := func(from int) (bytes int) {
		for _, p := range c.sent[from:] {
			bytes += len(p.Payload)
		}
		return bytes
	}
	first := len(c.sent)
	if n := sentSince(0); first == 0 || first > 40 || n > portion+maxPacket {
		t.Fatalf("%d packets of the past were sent at once, of %d bytes; want %d bytes", first, n, portion)
	}
	a.film("q", false) // what is live meanwhile waits its turn
	if len(c.sent) != first {
		t.Error("a live packet overtook the past")
	}
	for range 100 {
		before := len(c.sent)
		d.pass(replayPeriod)
		if n := sentSince(before); n > portion+maxPacket {
			t.Errorf("%d bytes in one portion", n)
		}
	}
	a.film("q", false)
	if len(c.sent) != 1+80+2 {
		t.Errorf("%d packets, want the key frame, the 80 after it and the two live ones", len(c.sent))
	}
	for i := 1; i < len(c.sent); i++ {
		if c.sent[i].SequenceNumber != c.sent[i-1].SequenceNumber+1 {
			t.Errorf("packet %d is numbered %d after %d", i, c.sent[i].SequenceNumber, c.sent[i-1].SequenceNumber)
		}
	}
}

// A layer that was paused is shown from the key frame that it begins with, and until then the lower one goes on.
func TestAPausedLayerIsShownFromItsFirstFrame(t *testing.T) {
	d, a, b := watch(t)
	a.film("q", false)
	b.Demand([]Want{{ID: "a", Kind: Camera, Height: 720}})
	d.settle()
	sent := len(b.sent)
	a.film("q", false)
	if len(b.sent) != sent+1 {
		t.Fatal("the lower layer stopped before the higher one began")
	}
	pli, _ := (&rtcp.PictureLossIndication{MediaSSRC: 0xb0}).Marshal()
	b.takeRTCP(pli)
	d.settle()
	if asked := a.in.sources["1"].streams[0].keyAsked.Load(); asked == 0 {
		t.Error("meanwhile no key frame of the lower layer is to be had")
	}
	a.rtcp = nil
	a.take(a.packet(202, 96, "1", "f", frame(1, true, 720)))
	if got := b.sent[len(b.sent)-1]; len(b.sent) != sent+2 || layerOf(got.Payload) != 720 {
		t.Fatalf("the first frame of the higher layer was not shown: %d packets, the last %d high", len(b.sent)-sent, layerOf(got.Payload))
	}
	d.settle()
	for _, p := range a.rtcp {
		if pli, ok := p.(*rtcp.PictureLossIndication); ok && pli.MediaSSRC == 202 {
			t.Error("a second key frame was asked for")
		}
	}
	a.film("q", false)
	if len(b.sent) != sent+2 {
		t.Error("the lower layer is still sent")
	}
}

func TestLossIsRepairedFromTheSharedHistory(t *testing.T) {
	d, a, b := watch(t)
	c := d.join("c", 3, 4)
	c.Demand([]Want{{ID: "a", Kind: Camera, Height: 180}})
	d.settle() // replay: c sees the picture
	for range 20 {
		a.film("q", false)
	}
	for _, s := range []*seat{b, c} {
		lost := s.sent[len(s.sent)-7]
		n := rtcp.TransportLayerNack{MediaSSRC: lost.SSRC, Nacks: []rtcp.NackPair{{PacketID: lost.SequenceNumber}}}
		raw, _ := n.Marshal()
		s.takeRTCP(raw)
		got := s.sent[len(s.sent)-1]
		if got.SSRC != 0xc0 || got.PayloadType != 97 || got.Timestamp != lost.Timestamp || got.Marker != lost.Marker ||
			!bytes.Equal(got.Payload[2:], lost.Payload) || uint16(got.Payload[0])<<8|uint16(got.Payload[1]) != lost.SequenceNumber {
			t.Errorf("%s: repaired as %v %x, was %v %x", s.id, got.Header, got.Payload[:16], lost.Header, lost.Payload[:14])
		}
	}
	before := d.engine.Stats().RTXRefused
	n := rtcp.TransportLayerNack{MediaSSRC: 0xb0, Nacks: []rtcp.NackPair{{PacketID: b.sent[0].SequenceNumber + 9000, LostPackets: 0xffff}}}
	raw, _ := n.Marshal()
	sent := len(b.sent)
	b.takeRTCP(raw)
	if len(b.sent) != sent || d.engine.Stats().RTXRefused != before+17 {
		t.Error("packets that were never sent were repaired")
	}
}

func TestRetransmissionsAreBounded(t *testing.T) {
	d, a, b := watch(t)
	a.film("q", false)
	lost := b.sent[len(b.sent)-1]
	n := rtcp.TransportLayerNack{MediaSSRC: lost.SSRC, Nacks: []rtcp.NackPair{{PacketID: lost.SequenceNumber}}}
	raw, _ := n.Marshal()
	sent := len(b.sent)
	for range 10 * rtxBurst {
		b.takeRTCP(raw)
	}
	if got := len(b.sent) - sent; got < rtxBurst || got > 3*rtxBurst {
		t.Errorf("%d retransmissions for %d requests at once, want about %d", got, 10*rtxBurst, rtxBurst)
	}
	if d.engine.Stats().RTXRefused == 0 {
		t.Error("refusals are not counted")
	}
	huge := rtcp.TransportLayerNack{MediaSSRC: lost.SSRC}
	for i := range 250 {
		huge.Nacks = append(huge.Nacks, rtcp.NackPair{PacketID: uint16(i * 17), LostPackets: 0xffff})
	}
	raw, _ = huge.Marshal()
	b.takeRTCP(raw)
	d.settle()
	if st := a.in.sources["1"].streams[0]; !st.keyWish.Load() && st.keyAsked.Load() == 0 {
		t.Error("a receiver that lost everything was not given a key frame")
	}
}

func TestKeyFramesAreAskedForOnceASecond(t *testing.T) {
	d, a, b := watch(t)
	raw, _ := (&rtcp.PictureLossIndication{MediaSSRC: 0xb0}).Marshal()
	for range 50 { // in three quarters of a second
		for range 20 {
			b.takeRTCP(raw)
		}
		d.settle()
	}
	plis := 0
	for _, p := range a.rtcp {
		if pli, ok := p.(*rtcp.PictureLossIndication); ok && pli.MediaSSRC == 200 {
			plis++
		}
	}
	if plis != 1 {
		t.Errorf("1000 requests at once became %d, want 1", plis)
	}
}

func TestShortRTCPHarmsNobody(t *testing.T) {
	d, _, b := watch(t)
	for n := 3; n <= 64; n++ {
		for _, head := range []byte{0x80, 0x81, 0x8f, 0xbf} {
			for pt := byte(199); pt <= 207; pt++ {
				raw := make([]byte, n)
				raw[0], raw[1] = head, pt
				if n > 3 {
					raw[3] = byte(n/4 - 1)
				}
				b.takeRTCP(raw)
			}
		}
	}
	if d.engine.Stats().BadRTCP == 0 {
		t.Error("malformed RTCP is not counted")
	}
}

func FuzzReceive(f *testing.F) {
	d := newDesk(f)
	a, b := d.join("a", 3, 4), d.join("b", 3, 4)
	b.Demand([]Want{{ID: "a", Kind: Camera, Height: 180}, {ID: "a", Kind: Screen, Height: 720}})
	f.Add(a.packet(200, 96, "1", "q", frame(1, true, 180)), false)
	f.Add(a.packet(300, 96, "", "", frame(1, true, 180)), false)
	f.Add(a.packet(301, 97, "", "", append([]byte{0, 1}, frame(1, true, 180)...)), false)
	nack, _ := (&rtcp.TransportLayerNack{MediaSSRC: 0xb0, Nacks: []rtcp.NackPair{{PacketID: 1, LostPackets: 7}}}).Marshal()
	f.Add(nack, true)
	fir, _ := (&rtcp.FullIntraRequest{MediaSSRC: 0xb0, FIR: []rtcp.FIREntry{{SSRC: 0xb0}}}).Marshal()
	f.Add(fir, true)
	f.Fuzz(func(t *testing.T, raw []byte, isRTCP bool) {
		if isRTCP {
			b.takeRTCP(raw)
			a.takeRTCP(raw)
			return
		}
		a.take(bytes.Clone(raw))
		d.settle()
		for i := range b.sent {
			var p packet.RTP
			one, err := b.sent[i].Marshal()
			if err != nil || p.Parse(one) != nil {
				t.Fatalf("an unreadable packet went out: %v", err)
			}
		}
		b.sent = b.sent[:0]
	})
}
