package sfu

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"testing"

	"github.com/pion/rtp"

	"tablee/sfu/direct/directtest"
	"tablee/sfu/rtcp"
	"tablee/sfu/srtp"
	"tablee/sfu/udp"
)

// FuzzDatagram sends any bytes to a live engine, from the address of a participant, from one that ICE has checked for another,
// and from nobody's; when asked to, sealed with the participant's keys, so that what lies behind decryption is reached. However
// it looks: the engine does not panic, remembers no more than its bounds, and what a sends b comes whole.
func FuzzDatagram(f *testing.F) {
	h := openHall(f, udp.Config{}, netip.AddrFrom4([4]byte{127, 0, 0, 1}), false)
	a, b, c, d := h.join("a", true, 1, 1), h.join("b", false, 1, 1), h.join("c", true, 1, 1), h.join("d", false, 1, 1)
	b.check(f)
	for _, g := range []*guest{b, d} {
		g.peer.Demand([]Want{{ID: "a", Kind: Camera, Height: 180}})
	}
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(h.server.Addr(), 0)))
	if err != nil {
		f.Fatal(err)
	}
	nobody, err := directtest.New(directtest.Config{Conn: conn, Server: h.server})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = nobody.Close() })
	key := template(96, 200, "1", "q", frame(1, true, 180))
	watched := func() bool {
		before := b.rtp.Load()
		h.say(a, key)
		return b.rtp.Load() > before
	}
	h.until("b is shown a", watched)
	for from := range uint8(4) {
		f.Add(from, key)
		f.Add(from, template(97, 250, "1", "q", append([]byte{0, 1}, frame(1, false, 180)...)))
		f.Add(from, template(111, 100, "0", "", []byte{1, 2, 3}))
		f.Add(from, rtcp.AppendPLI(nil, 1, d.video))
		f.Add(from, rtcp.AppendReceiverReport(nil, 1, []rtcp.Block{{SSRC: d.video}}))
		f.Add(from, rtcp.AppendTransportFeedback(nil, rtcp.FeedbackInfo{SenderSSRC: 1, MediaSSRC: d.video}, []rtcp.Delta{1, rtcp.Lost, 3}))
		f.Add(from, append([]byte{0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 0, 6, 0, 4, 'a', ':', 'b', 0))
		f.Add(from, []byte{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1})
		f.Add(from, []byte{})
	}
	f.Fuzz(func(t *testing.T, from uint8, raw []byte) {
		raw = raw[:min(len(raw), 1500)]
		switch from % 4 {
		case 0:
			nobody.Send(raw)
		case 1:
			c.Send(raw)
		case 2:
			if sealed := c.sealAny(raw); sealed != nil {
				c.Send(sealed)
			}
		case 3: // a receiver
			if sealed := d.sealAny(raw); sealed != nil {
				d.Send(sealed)
			}
		}
		if !watched() {
			t.Fatalf("what a sends does not come to b: %+v", h.engine.Stats())
		}
		if n := b.faulty.Load(); n != 0 {
			t.Fatalf("%d packets came that cannot be opened", n)
		}
		c.peer.in.mu.Lock()
		n := len(c.peer.in.bySSRC)
		c.peer.in.mu.Unlock()
		if n > MaxSSRCs {
			t.Fatalf("%d SSRCs of c are remembered", n)
		}
	})
}

// say sends the next packet of a guest's stream, and waits until all that it leads to has come.
func (h *hall) say(g *guest, packet []byte) {
	ssrc := binary.BigEndian.Uint32(packet[8:])
	g.seq[ssrc]++
	p := append(make([]byte, 0, len(packet)+srtp.MaxOverhead), packet...)
	binary.BigEndian.PutUint16(p[2:], g.seq[ssrc])
	binary.BigEndian.PutUint32(p[4:], uint32(g.seq[ssrc])*900)
	sealed, err := g.SealRTP(p)
	if err != nil {
		h.t.Fatal(err)
	}
	before := h.engine.counters.forwarded.Load()
	g.Send(sealed)
	c := &h.engine.counters
	for range 2000 {
		if c.forwarded.Load() > before && h.came() >= c.forwarded.Load()+c.retransmitted.Load() {
			return
		}
		h.breathe()
	}
}

// sealAny protects what may be anything: as RTCP or RTP, whichever it looks like; nil when it looks like neither.
func (g *guest) sealAny(raw []byte) []byte {
	p := append(make([]byte, 0, len(raw)+srtp.MaxOverhead), raw...)
	if len(p) < 2 || p[0]>>6 != 2 {
		return p
	}
	if p[1] >= 192 && p[1] <= 223 {
		sealed, err := g.SealRTCP(p)
		if err != nil {
			return p
		}
		return sealed
	}
	var head rtp.Header
	if _, err := head.Unmarshal(slices.Clone(p)); err != nil {
		return p
	}
	sealed, err := g.SealRTP(p)
	if err != nil {
		return nil // its number was used
	}
	return sealed
}
