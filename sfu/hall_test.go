package sfu

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtp"

	"tablee/sfu/direct/directtest"
	"tablee/sfu/negotiate"
	"tablee/sfu/packet"
	"tablee/sfu/srtp"
	"tablee/sfu/twcc"
	"tablee/sfu/udp"
)

// hall is a whole engine on real sockets on loopback, and guests whose sockets and keys are the test's.
type hall struct {
	t      testing.TB
	engine *Engine
	server netip.AddrPort
	guests []*guest
	now    atomic.Int64 // the engine's time, where it is the test's to say
}

// guest is one participant.
type guest struct {
	*directtest.Client
	peer  *Peer
	num   uint32
	conn  *net.UDPConn
	video uint32 // SSRC of its first video slot

	rtp, rtcp, faulty atomic.Int64 // datagrams that came
	last              atomic.Uint32
	open              atomic.Pointer[srtp.Inbound] // opens every packet; nil: none is opened

	seq map[uint32]uint16
	raw []byte

	mu       sync.Mutex // guards arrivals
	arrivals twcc.Recorder
}

// openHall starts an engine on a port opened with cfg, which guests reach by that loopback address. When its time is driven, it
// stands still but for pass.
func openHall(t testing.TB, cfg udp.Config, loopback netip.Addr, driven bool) *hall {
	cfg.Readers, cfg.Buffer = 1, socketBuffer
	conns, err := udp.Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Config{Conns: conns})
	if err != nil {
		t.Fatal(err)
	}
	h := &hall{t: t, engine: e, server: netip.AddrPortFrom(loopback, conns[0].LocalAddr().Port())}
	if driven {
		h.now.Store(int64(time.Second))
		e.clock = h.now.Load
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- e.Run(ctx) }()
	t.Cleanup(func() {
		for _, g := range h.guests {
			_ = g.Close()
		}
		_ = e.Close()
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return h
}

// pass lets the engine's time pass, where it is driven.
func (h *hall) pass(d time.Duration) {
	h.now.Add(int64(d))
	h.engine.agenda.poke()
}

// sections are those of an offer that publishes a microphone (0) and a camera in two layers (1), if it does, and receives on
// so many audio and video slots (a0…, v0…).
func sections(publishes bool, audio, video int) string {
	var b strings.Builder
	section := func(mid, direction string, video bool, more string) {
		media, codec := "audio 9 UDP/TLS/RTP/SAVPF 111", "a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\na=extmap:1 "+negotiate.URILevel+"\r\n"
		if video {
			media = "video 9 UDP/TLS/RTP/SAVPF 96 97"
			codec = "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 transport-cc\r\na=rtcp-fb:96 nack\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=extmap:10 " + negotiate.URIRid + "\r\na=extmap:11 " + negotiate.URIRRid + "\r\n"
		}
		fmt.Fprintf(&b, "m=%s\r\nc=IN IP4 0.0.0.0\r\na=mid:%s\r\na=%s\r\na=rtcp-mux\r\n%sa=extmap:4 %s\r\na=extmap:3 %s\r\n%s", media, mid, direction, codec, negotiate.URIMid, negotiate.URITWCC, more)
	}
	if publishes {
		section("0", "sendonly", false, "a=ssrc:100 cname:x\r\n")
		section("1", "sendonly", true, "a=rid:q send\r\na=rid:h send\r\na=simulcast:send q;h\r\n")
	}
	for i := range audio {
		section(fmt.Sprint("a", i), "recvonly", false, "")
	}
	for i := range video {
		section(fmt.Sprint("v", i), "recvonly", true, "")
	}
	return b.String()
}

// join connects a guest, by ICE and DTLS as everybody.
func (h *hall) join(id string, publishes bool, audio, video int) *guest {
	h.t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(h.server.Addr(), 0)))
	if err != nil {
		h.t.Fatal(err)
	}
	_ = conn.SetReadBuffer(socketBuffer)
	g := &guest{conn: conn, num: uint32(1000 + len(h.guests)), seq: map[uint32]uint16{}, raw: make([]byte, 0, 2048)}
	h.guests = append(h.guests, g)
	g.Client, err = directtest.New(directtest.Config{Conn: conn, Server: h.server, Media: g.took})
	if err != nil {
		h.t.Fatal(err)
	}
	g.peer, err = h.engine.Join("r", id, g.num, func(Notice) {})
	if err != nil {
		h.t.Fatal(err)
	}
	offer := Offer{SDP: g.Offer(sections(publishes, audio, video))}
	if publishes {
		offer.Mic, offer.Camera = "0", "1"
	}
	answer, err := g.peer.Answer(offer)
	if err != nil {
		h.t.Fatal(err)
	}
	g.Accept(answer)
	g.video = g.Slots()["v0"].SSRC
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := g.Connect(ctx); err != nil {
		h.t.Fatal(err)
	}
	h.until("the participant is connected", func() bool {
		g.peer.room.mu.Lock()
		defer g.peer.room.mu.Unlock()
		return g.peer.ready
	})
	return g
}

// check makes the guest open everything that comes.
func (g *guest) check(t testing.TB) {
	_, theirs := g.Keys()
	keys, err := srtp.NewKeys(theirs.Profile, theirs.Key, theirs.Salt, false)
	if err != nil {
		t.Fatal(err)
	}
	in := &srtp.Inbound{}
	in.Init(keys)
	g.open.Store(in)
}

// took counts a datagram. It must not allocate.
func (g *guest) took(b []byte) {
	if b[1] >= 192 && b[1] <= 223 {
		g.rtcp.Add(1)
		return
	}
	if in := g.open.Load(); in != nil {
		plain, err := in.Open(b)
		if err != nil {
			g.faulty.Add(1)
		} else {
			b = plain
		}
	} else {
		b[0] &^= 0x20 // headers are not encrypted, but how much padding there is
	}
	var p packet.RTP
	if p.Parse(b) != nil {
		g.faulty.Add(1)
		return
	}
	if p.SSRC == g.video {
		g.last.Store(uint32(p.Seq))
	}
	if x := p.Extension(3); len(x) == 2 {
		g.mu.Lock()
		g.arrivals.Record(binary.BigEndian.Uint16(x), g.peer.room.engine.now())
		g.mu.Unlock()
	}
	g.rtp.Add(1)
}

// feedback appends the guest's transport-wide feedback.
func (g *guest) feedback(b []byte) []byte {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.arrivals.Append(b, 1, g.video, maxFeedback)
}

// until waits until something is so. It is for what happens on other goroutines, at once or never.
func (h *hall) until(what string, ok func() bool) {
	h.t.Helper()
	for tries := 0; !ok(); tries++ {
		if tries > 200_000 {
			h.t.Fatalf("it does not come about that %s: %+v", what, h.engine.Stats())
		}
		if tries < 50 {
			runtime.Gosched()
		} else {
			time.Sleep(100 * time.Microsecond)
		}
	}
}

// settled waits until the engine has handled all that was sent, and all that it sent has come.
func (h *hall) settled(sent uint64) {
	h.t.Helper()
	h.until("everything sent has come", func() bool {
		c := &h.engine.counters
		if c.received.Load() < sent {
			return false
		}
		return h.came() >= c.forwarded.Load()+c.retransmitted.Load()
	})
}

// came is how many media packets have come to all guests.
func (h *hall) came() (n uint64) {
	for _, g := range h.guests {
		n += uint64(g.rtp.Load())
	}
	return n
}

// breathe lets others work.
func (h *hall) breathe() { time.Sleep(20 * time.Microsecond) }

// encoding is one layer of a guest's camera.
type encoding struct {
	ssrc uint32
	rid  string
}

var encodings = [2]encoding{{200, "q"}, {201, "h"}}

// template is a packet of a guest's stream, to be filled in by send.
func template(pt uint8, ssrc uint32, mid, rid string, payload []byte) []byte {
	p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: pt, SSRC: ssrc}, Payload: payload}
	_ = p.SetExtension(3, []byte{0, 0}) // comes first: its place is known
	if mid != "" {
		_ = p.SetExtension(4, []byte(mid))
	}
	if rid != "" {
		_ = p.SetExtension(10, []byte(rid))
	}
	if pt == 111 {
		_ = p.SetExtension(1, []byte{20})
	}
	b, _ := p.Marshal()
	return b
}
