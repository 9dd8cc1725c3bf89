package sfu

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"tablee/sfu/negotiate"
	"tablee/sfu/udp"
	"tablee/sfu/wheel"
)

// desk is an engine whose participants have no network: packets are handed over at the seam, and what goes out is kept.
type desk struct {
	t      testing.TB
	engine *Engine
	w      *worker
	now    int64
}

type seat struct {
	*Peer
	d     *desk
	sent  []rtp.Packet
	rtcp  []rtcp.Packet
	seqOf map[uint32]uint16
	news  []Notice
}

type noLink struct{ s *seat }

func (l noLink) Answer(string, *negotiate.Offer) (string, error) { return "", nil }
func (l noLink) Close() error                                    { return nil }
func (l noLink) SpaceRTCP(w *worker, n int) []byte               { return w.building(n) }
func (l noLink) SendRTCP(_ *worker, b []byte) error {
	p, err := rtcp.Unmarshal(b)
	l.s.rtcp = append(l.s.rtcp, p...)
	return err
}

// Write makes noLink an outlet, too.
func (l noLink) Write(b []byte) (int, error) {
	var p rtp.Packet
	err := p.Unmarshal(append([]byte(nil), b...))
	l.s.sent = append(l.s.sent, p)
	return len(b), err
}

func newDesk(t testing.TB) *desk {
	conns, err := udp.Listen(udp.Config{Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Config{Conns: conns})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	d := &desk{t: t, engine: e, w: newWorker(e, nil), now: int64(time.Second)}
	e.clock = func() int64 { return d.now }
	return d
}

// testOffer has a microphone (mid 0), a camera in three layers (1) and a screen (2), under the numbers of browsers.
const testOffer = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2\r\n" +
	"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendonly\r\na=rtpmap:111 opus/48000/2\r\na=extmap:1 " + negotiate.URILevel + "\r\na=extmap:4 " + negotiate.URIMid + "\r\na=extmap:3 " + negotiate.URITWCC + "\r\na=ssrc:100 cname:x\r\n" +
	"m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=extmap:4 " + negotiate.URIMid + "\r\na=extmap:10 " + negotiate.URIRid + "\r\na=extmap:11 " + negotiate.URIRRid + "\r\na=rid:q send\r\na=rid:h send\r\na=rid:f send\r\na=simulcast:send q;h;f\r\n" +
	"m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:2\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=extmap:4 " + negotiate.URIMid + "\r\na=ssrc-group:FID 300 301\r\na=ssrc:300 cname:x\r\na=ssrc:301 cname:x\r\n"

func (d *desk) join(id string, audio, video int) *seat {
	d.t.Helper()
	s := &seat{d: d, seqOf: map[uint32]uint16{}}
	d.engine.newLink = func(*Peer) (link, error) { return noLink{s}, nil }
	p, err := d.engine.Join("r", id, uint32(len(id)*1000)+uint32(id[0]), func(n Notice) { s.news = append(s.news, n) })
	if err != nil {
		d.t.Fatal(err)
	}
	s.Peer = p
	if _, err := p.Answer(Offer{SDP: testOffer, Mic: "0", Camera: "1", Screen: "2"}); err != nil {
		d.t.Fatal(err)
	}
	p.connected()
	for i := range audio {
		s.open(fmt.Sprintf("a%d", i), false, noLink{s}, negotiated{ssrc: 0xa0 + uint32(i), pt: 111})
	}
	for i := range video {
		s.open(fmt.Sprintf("v%d", i), true, noLink{s}, negotiated{ssrc: 0xb0 + uint32(i), pt: 96, ssrcRTX: 0xc0 + uint32(i), ptRTX: 97})
	}
	return s
}

// open gives the seat a slot.
func (s *seat) open(mid string, video bool, out outlet, n negotiated) {
	slot := newSlot(s.Peer, mid, video, n)
	slot.out.stock = out
	s.openSlot(slot)
}

// take hands a packet over, as a transport would.
func (s *seat) take(b []byte) {
	s.d.w.now = s.d.engine.now()
	s.receiveRTP(s.d.w, b)
	s.d.w.finish()
}

// takeRTCP hands an RTCP packet over.
func (s *seat) takeRTCP(b []byte) {
	s.d.w.now = s.d.engine.now()
	s.receiveRTCP(s.d.w, b)
	s.d.w.finish()
}

// settle does what Engine.Run would.
func (d *desk) settle() {
	for range 3 { // news of news
		d.pass(wheel.Tick)
	}
}

// pass lets time pass.
func (d *desk) pass(ns int64) {
	d.now += ns
	d.engine.workOnce(d.w)
}

// packet builds an RTP packet with mid and rid.
func (s *seat) packet(ssrc uint32, pt uint8, mid, rid string, payload []byte) []byte {
	s.seqOf[ssrc]++
	p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: pt, SSRC: ssrc, SequenceNumber: s.seqOf[ssrc], Timestamp: uint32(s.seqOf[ssrc]) * 3000, Marker: true}, Payload: payload}
	if mid != "" {
		_ = p.SetExtension(4, []byte(mid))
	}
	if rid != "" {
		_ = p.SetExtension(10, []byte(rid))
	}
	b, err := p.Marshal()
	if err != nil {
		s.d.t.Fatal(err)
	}
	return b
}

func (s *seat) film(rid string, key bool) {
	ssrc := uint32(200) + uint32(strings.Index("qhf", rid))
	s.take(s.packet(ssrc, 96, "1", rid, frame(int(s.seqOf[ssrc]), key, 180)))
}
