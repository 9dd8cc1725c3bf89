package sfu

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/transport/v5/packetio"
	"github.com/pion/transport/v5/vnet"
	"github.com/pion/webrtc/v4"

	"tablee/sfu/direct"
	"tablee/sfu/negotiate"
	"tablee/sfu/packet"
	"tablee/sfu/udp"
)

// world is an engine and its clients on Pion's virtual network, inside a synctest bubble.
type world struct {
	t      *testing.T
	engine *Engine
	wan    *vnet.Router
	quiet  logging.LoggerFactory
	next   int
	all    []*client

	mu   sync.Mutex
	drop func(from, to string, b []byte) bool
}

// inWorld runs f in virtual time, once over each transport; at the end everything is closed, and synctest fails the test if a
// goroutine is left.
func inWorld(t *testing.T, f func(w *world)) {
	t.Run("direct", func(t *testing.T) { inWorldOver(t, false, f) })
	t.Run("stock", func(t *testing.T) { inWorldOver(t, true, f) })
}

func inWorldOver(t *testing.T, stock bool, f func(w *world)) {
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		quiet := &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}
		wan, err := vnet.NewRouter(&vnet.RouterConfig{CIDR: "1.2.0.0/16", MinDelay: 10 * time.Millisecond, QueueSize: 100000, LoggerFactory: quiet})
		must(t, err)
		w := &world{t: t, wan: wan, quiet: quiet}
		wan.AddChunkFilter(func(c vnet.Chunk) bool {
			w.mu.Lock()
			drop := w.drop
			w.mu.Unlock()
			return drop == nil || !drop(c.SourceAddr().String(), c.DestinationAddr().String(), c.UserData())
		})
		host := w.host("1.2.9.9")
		must(t, wan.Start())
		conn, err := host.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP("1.2.9.9"), Port: 50000})
		must(t, err)
		w.engine, err = New(Config{Conns: []*udp.Conn{udp.New(conn)}, Net: host, Stock: stock})
		must(t, err)
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan error)
		go func() { done <- w.engine.Run(ctx) }()
		f(w)
		for _, c := range w.all {
			c.close()
		}
		must(t, w.engine.Close())
		stop()
		must(t, <-done)
		must(t, wan.Stop())
		time.Sleep(time.Minute) // Pion's last timers
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) host(ip string) *vnet.Net {
	n, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{ip}})
	must(w.t, err)
	must(w.t, w.wan.AddNet(n))
	return n
}

func (w *world) setDrop(f func(from, to string, b []byte) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.drop = f
}

// client is a participant with stock Pion and no interceptors.
type client struct {
	w                      *world
	room, id               string
	audio, video           int // slots
	num                    uint32
	peer                   *Peer
	pc                     *webrtc.PeerConnection
	mic                    *webrtc.TrackLocalStaticRTP
	camera                 []*webrtc.TrackLocalStaticRTP
	screen                 *webrtc.TrackLocalStaticRTP
	sender                 *webrtc.RTPSender // camera's
	micExt, midExt, ridExt uint8

	mu            sync.Mutex
	notices       []Notice
	midOf         map[uint32]string
	slots         map[string]*received
	plis          map[uint32][]time.Duration // when a key frame was asked for
	nacks         map[uint32]int
	reports       map[uint32]rtcp.ReceptionReport // about what we send, the last
	senderReports map[uint32][]rtcp.SenderReport
	wrong         []string
	start         time.Time
}

// received is what came on one slot.
type received struct {
	ssrc    uint32
	packets []rtp.Packet
	at      []time.Duration
}

// join makes a client with audio and video slots and connects it.
func (w *world) join(room, id string, audio, video int) *client {
	w.t.Helper()
	c := w.prepare(room, id, audio, video)
	c.negotiate()
	return w.connected(c)
}

func (w *world) prepare(room, id string, audio, video int) *client {
	w.next++
	c := &client{w: w, room: room, id: id, audio: audio, video: video, num: uint32(1000 + w.next), midOf: map[uint32]string{}, slots: map[string]*received{},
		plis: map[uint32][]time.Duration{}, nacks: map[uint32]int{}, reports: map[uint32]rtcp.ReceptionReport{}, senderReports: map[uint32][]rtcp.SenderReport{}, start: time.Now()}
	w.all = append(w.all, c)
	var err error
	c.peer, err = w.engine.Join(room, id, c.num, func(n Notice) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.notices = append(c.notices, n)
	})
	must(w.t, err)
	s := webrtc.SettingEngine{LoggerFactory: w.quiet}
	s.SetNet(w.host(fmt.Sprintf("1.2.1.%d", w.next)))
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetICEMaxBindingRequests(direct.Tries)
	s.SetDTLSRetransmissionInterval(direct.Retransmission)
	s.SetFireOnTrackBeforeFirstRTP(true)
	s.BufferFactory = func(kind packetio.BufferPacketType, ssrc uint32) io.ReadWriteCloser {
		return &clientTap{c, kind == packetio.RTCPBufferPacket, ssrc}
	}
	m, err := mediaEngine()
	must(w.t, err)
	// As mediaEngine, but with what a client sends.
	for _, uri := range []string{negotiate.URILevel} {
		must(w.t, m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: uri}, webrtc.RTPCodecTypeAudio))
	}
	c.pc, err = webrtc.NewAPI(webrtc.WithSettingEngine(s), webrtc.WithMediaEngine(m), webrtc.WithInterceptorRegistry(&interceptor.Registry{})).NewPeerConnection(webrtc.Configuration{})
	must(w.t, err)
	c.addTracks(audio, video)
	return c
}

func (c *client) addTracks(audio, video int) {
	t := c.w.t
	opus, vp8 := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus}, webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8}
	send := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}
	var err error
	c.mic, err = webrtc.NewTrackLocalStaticRTP(opus, "mic", "me")
	must(t, err)
	_, err = c.pc.AddTransceiverFromTrack(c.mic, send)
	must(t, err)
	for _, rid := range []string{"q", "h", "f"} {
		track, err := webrtc.NewTrackLocalStaticRTP(vp8, "camera", "me", webrtc.WithRTPStreamID(rid))
		must(t, err)
		c.camera = append(c.camera, track)
	}
	tr, err := c.pc.AddTransceiverFromTrack(c.camera[0], send)
	must(t, err)
	c.sender = tr.Sender()
	must(t, c.sender.AddEncoding(c.camera[1]))
	must(t, c.sender.AddEncoding(c.camera[2]))
	c.screen, err = webrtc.NewTrackLocalStaticRTP(vp8, "screen", "me")
	must(t, err)
	_, err = c.pc.AddTransceiverFromTrack(c.screen, send)
	must(t, err)
	c.grow(audio, video)
}

func (c *client) grow(audio, video int) {
	recv := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}
	for range audio {
		_, err := c.pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, recv)
		must(c.w.t, err)
	}
	for range video {
		_, err := c.pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, recv)
		must(c.w.t, err)
	}
}

func (c *client) negotiate() {
	c.w.t.Helper()
	offer, err := c.pc.CreateOffer(nil)
	must(c.w.t, err)
	gathered := webrtc.GatheringCompletePromise(c.pc)
	must(c.w.t, c.pc.SetLocalDescription(offer))
	<-gathered
	answer, err := c.peer.Answer(Offer{SDP: c.pc.LocalDescription().SDP, Mic: "0", Camera: "1", Screen: "2"})
	must(c.w.t, err)
	c.readAnswer(answer)
	must(c.w.t, c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}))
	for _, x := range c.sender.GetParameters().HeaderExtensions {
		switch x.URI {
		case negotiate.URIMid:
			c.midExt = uint8(x.ID)
		case negotiate.URIRid:
			c.ridExt = uint8(x.ID)
		}
	}
}

// readAnswer learns which SSRC is which slot, and the id of the audio level.
func (c *client) readAnswer(answer string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	mid := ""
	for line := range strings.SplitSeq(answer, "\r\n") {
		if v, ok := strings.CutPrefix(line, "a=mid:"); ok {
			mid = v
		}
		if v, ok := strings.CutPrefix(line, "a=extmap:"); ok && strings.Contains(v, negotiate.URILevel) {
			id, _, _ := strings.Cut(v, " ")
			id, _, _ = strings.Cut(id, "/")
			n, _ := strconv.Atoi(id)
			c.micExt = uint8(n)
		}
	}
	mid = ""
	for line := range strings.SplitSeq(answer, "\r\n") {
		if strings.HasPrefix(line, "m=") {
			mid = ""
		}
		if v, ok := strings.CutPrefix(line, "a=mid:"); ok {
			mid = v
		}
		if v, ok := strings.CutPrefix(line, "a=ssrc:"); ok {
			id, _, _ := strings.Cut(v, " ")
			n, _ := strconv.ParseUint(id, 10, 32)
			if _, known := c.midOf[uint32(n)]; !known && c.slots[mid] == nil { // the first of a section is the media, the second its repairs
				c.midOf[uint32(n)] = mid
				c.slots[mid] = &received{ssrc: uint32(n)}
			}
		}
	}
}

// connects waits until both ends say that they are connected.
func (c *client) connects(within time.Duration) bool {
	for range within / (10 * time.Millisecond) {
		c.peer.room.mu.Lock()
		ready := c.peer.ready
		c.peer.room.mu.Unlock()
		if ready && c.pc.ConnectionState() == webrtc.PeerConnectionStateConnected {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

// connected returns c once it is connected, or what took its place: like the page, it tries again when a line is so bad
// that a handshake does not get through.
func (w *world) connected(c *client) *client {
	w.t.Helper()
	for range 5 {
		if c.connects(10 * time.Second) {
			return c
		}
		c.close()
		c = w.prepare(c.room, c.id, c.audio, c.video)
		c.negotiate()
	}
	w.t.Fatalf("%s did not connect in five tries: %s", c.id, c.pc.ConnectionState())
	return nil
}

func (c *client) close() {
	c.peer.Close()
	_ = c.pc.GracefulClose()
}

type clientTap struct {
	c    *client
	rtcp bool
	ssrc uint32
}

func (t *clientTap) Read([]byte) (int, error) { return 0, io.EOF }
func (t *clientTap) Close() error             { return nil }
func (t *clientTap) Write(b []byte) (int, error) {
	if t.rtcp {
		t.c.tookRTCP(b)
	} else {
		t.c.tookRTP(t.ssrc, b)
	}
	return len(b), nil
}

func (c *client) tookRTCP(b []byte) {
	packets, _ := rtcp.Unmarshal(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range packets {
		switch p := p.(type) {
		case *rtcp.PictureLossIndication:
			c.plis[p.MediaSSRC] = append(c.plis[p.MediaSSRC], time.Since(c.start))
		case *rtcp.TransportLayerNack:
			c.nacks[p.MediaSSRC] += len(p.Nacks)
		case *rtcp.ReceiverReport:
			for _, r := range p.Reports {
				c.reports[r.SSRC] = r
			}
		case *rtcp.SenderReport:
			c.senderReports[p.SSRC] = append(c.senderReports[p.SSRC], *p)
		}
	}
}

// ssrcOf is the SSRC of a layer of the camera.
func (c *client) ssrcOf(layer int) uint32 {
	return uint32(c.sender.GetParameters().Encodings[layer].SSRC)
}

// tookRTP keeps a packet and checks the promise of a slot: one stream without gaps of the server's making.
func (c *client) tookRTP(ssrc uint32, b []byte) {
	var p rtp.Packet
	if p.Unmarshal(append([]byte(nil), b...)) != nil {
		c.wrong = append(c.wrong, "unreadable packet")
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	mid, ok := c.midOf[ssrc]
	if !ok { // a retransmission
		return
	}
	r := c.slots[mid]
	if n := len(r.packets); n > 0 {
		last := r.packets[n-1]
		if d := int32(p.Timestamp - last.Timestamp); int16(p.SequenceNumber-last.SequenceNumber) > 0 && d < 0 {
			c.wrong = append(c.wrong, fmt.Sprintf("slot %s: timestamp back by %d", mid, -d))
		}
	}
	r.packets = append(r.packets, p)
	r.at = append(r.at, time.Since(c.start))
}

// talk sends one Opus packet with an audio level (0 loud to 127).
func (c *client) talk(k int, level uint8) {
	p := rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: uint16(k), Timestamp: uint32(k) * 960}, Payload: []byte{0x78, byte(k), 1, 2, 3}}
	if c.micExt != 0 {
		_ = p.SetExtension(c.micExt, []byte{level})
	}
	_ = c.mic.WriteRTP(&p)
}

// frame is the payload of a VP8 frame of one packet.
func frame(k int, key bool, height int) []byte {
	b := []byte{0x90, 0xe0, 0x80 | byte(k>>8)&0x7f, byte(k), byte(k), 0x20, 0x01, 0, 0, 0x9d, 0x01, 0x2a, byte(height * 16 / 9), byte(height * 16 / 9 >> 8), byte(height), byte(height >> 8)}
	if key {
		b[6] = 0x00
	}
	return append(binary.BigEndian.AppendUint32(b, uint32(k)), make([]byte, 200)...)
}

// film sends one frame on a layer of the camera.
func (c *client) film(k, layer int, key bool) {
	p := rtp.Packet{Header: rtp.Header{Version: 2, Marker: true, SequenceNumber: uint16(k), Timestamp: uint32(k) * 6000}, Payload: frame(k, key, 180<<layer)}
	_ = p.SetExtension(c.midExt, []byte("1"))
	_ = p.SetExtension(c.ridExt, []byte(c.camera[layer].RID()))
	_ = c.camera[layer].WriteRTP(&p)
}

// run calls each every 66 ms (a frame of video, and three or four of sound) for a while.
func (w *world) run(d time.Duration, each func(k int)) {
	for k := range int(d / (66 * time.Millisecond)) {
		each(k)
		time.Sleep(66 * time.Millisecond)
	}
}

// from lists the packets that came from a participant, on any slot of that kind.
func (c *client) from(num uint32, video bool) (out []rtp.Packet) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.slots {
		for _, p := range r.packets {
			var v packet.VP8
			isVideo := len(p.Payload) > 100 && v.Parse(p.Payload)
			if len(p.CSRC) == 1 && p.CSRC[0] == num && isVideo == video {
				out = append(out, p)
			}
		}
	}
	return out
}

func (c *client) news() []Notice {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Notice(nil), c.notices...)
}
