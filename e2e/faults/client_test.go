package faults

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"

	"tablee/loadtest/link"
	"tablee/loadtest/payload"
	"tablee/loadtest/receive"
	"tablee/signaling"
)

// Payload types and SSRCs of every client here: all of them send under the same SSRCs, and must be told apart by where they
// come from (fault 7).
const (
	ptOpus, ptVP8, ptRTX = 111, 96, 97
	ssrcMic, ssrcCamera  = 0x11111111, 0x22222222
)

// Sections of the offer.
const (
	midMic, midCamera = "0", "1"
	firstVoice        = 2
	voices            = 4
	videos            = 3
)

// client is a participant that does what the test says, and nothing by itself.
type client struct {
	t    *testing.T // of the case under way
	all  *testing.T // for what other goroutines find
	ws   *websocket.Conn
	link *link.Link
	self signaling.Welcome
	ext  map[string]uint8 // ids of header extensions by the end of their URI

	seq   map[uint32]uint16
	ts    map[uint32]uint32
	frame uint16
	mark  uint32

	news chan struct{} // something below changed

	mu     sync.Mutex // guards the rest
	answer string
	lost   bool                       // the server gave the media up
	marks  map[uint32]int             // voice packets received, by the mark in them
	video  map[uint32]*receive.Stream // slots of video by SSRC
	shown  map[uint32]int             // pictures that could be shown, by slot
	plis   int                        // requests for a key frame
	slots  map[string]string          // who is in which section
}

// join enters the room.
func join(t *testing.T, base, room, name string, camera bool) *client {
	t.Helper()
	c := &client{t: t, all: t, ext: map[string]uint8{}, seq: map[uint32]uint16{}, ts: map[uint32]uint32{}, news: make(chan struct{}, 1),
		marks: map[uint32]int{}, video: map[uint32]*receive.Stream{}, shown: map[uint32]int{}, slots: map[string]string{}}
	d := websocket.Dialer{Subprotocols: []string{signaling.Subprotocol}, HandshakeTimeout: patience}
	ws, _, err := d.Dial(strings.Replace(base, "http", "ws", 1)+"/ws/room/"+room, nil)
	if err != nil {
		t.Fatalf("enter the room: %v", err)
	}
	c.ws = ws
	on := true
	c.say(&signaling.ClientMessage{T: "hello", V: signaling.Version, Name: name, Mic: &on, Cam: &camera})
	if err := ws.ReadJSON(&c.self); err != nil || c.self.T != "welcome" {
		t.Fatalf("%s is not let in: %+v, %v", name, c.self, err)
	}
	id, err := link.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	c.link, err = link.New(link.Config{Identity: id, Media: c.media, Control: c.control, Changed: c.tell})
	if err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(c.read)
	t.Cleanup(func() {
		c.link.Close()
		_ = ws.Close()
		reading.Wait()
	})
	c.say(&signaling.ClientMessage{T: "offer", SDP: c.offer(id.Fingerprint), Gen: 1, Mids: &signaling.Mids{Mic: midMic, Camera: midCamera}})
	c.until("an answer", func() bool { return c.answer != "" })
	return c
}

// connect starts the media, and waits until they stand.
func (c *client) connect() *client {
	c.t.Helper()
	c.start()
	c.until("media", func() bool { return c.link.State() == link.Connected })
	return c
}

// start starts the media.
func (c *client) start() {
	c.t.Helper()
	if err := c.link.Start(c.remote()); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) say(m *signaling.ClientMessage) {
	c.t.Helper()
	if err := c.ws.WriteJSON(m); err != nil {
		c.t.Fatalf("say %s: %v", m.T, err)
	}
}

// tell wakes who waits.
func (c *client) tell() {
	select {
	case c.news <- struct{}{}:
	default:
	}
}

// until waits for a condition, which is called with mu held.
func (c *client) until(what string, is func() bool) {
	c.t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		c.mu.Lock()
		ok := is()
		c.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-c.news:
		case <-late.C:
			c.t.Fatalf("%s does not come", what)
		}
	}
}

// read takes what signaling says.
func (c *client) read() {
	for {
		var m struct {
			T, SDP, Code string
			Slots        []signaling.Slot
		}
		_, data, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		_ = json.Unmarshal(data, &m) // what does not fit is none of ours
		c.mu.Lock()
		switch m.T {
		case "answer":
			c.answer = m.SDP
		case "error":
			c.lost = c.lost || m.Code == "media_failed"
		case "slots":
			for _, s := range m.Slots {
				c.slots[s.Mid] = s.ID
			}
		}
		c.mu.Unlock()
		c.tell()
	}
}

// offer is as small as an offer can be.
func (c *client) offer(fingerprint string) string {
	var b strings.Builder
	b.WriteString("v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE")
	for i := range firstVoice + voices + videos {
		fmt.Fprintf(&b, " %d", i)
	}
	b.WriteString("\r\n")
	for i := range firstVoice + voices + videos {
		video := i == 1 || i >= firstVoice+voices
		kind, formats := "audio", strconv.Itoa(ptOpus)
		if video {
			kind, formats = "video", fmt.Sprintf("%d %d", ptVP8, ptRTX)
		}
		fmt.Fprintf(&b, "m=%s 9 UDP/TLS/RTP/SAVPF %s\r\nc=IN IP4 0.0.0.0\r\na=setup:actpass\r\na=mid:%d\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\n"+
			"a=fingerprint:sha-256 %s\r\na=rtcp-mux\r\na=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"+
			"a=extmap:2 urn:ietf:params:rtp-hdrext:sdes:mid\r\n", kind, formats, i, c.link.Ufrag, c.link.Pwd, fingerprint)
		if video {
			fmt.Fprintf(&b, "a=rtpmap:%d VP8/90000\r\na=rtcp-fb:%d nack\r\na=rtcp-fb:%d nack pli\r\na=rtpmap:%d rtx/90000\r\na=fmtp:%d apt=%d\r\n",
				ptVP8, ptVP8, ptVP8, ptRTX, ptRTX, ptVP8)
		} else {
			fmt.Fprintf(&b, "a=rtpmap:%d opus/48000/2\r\n", ptOpus)
		}
		switch i {
		case 0:
			fmt.Fprintf(&b, "a=sendonly\r\na=msid:mic mic\r\na=ssrc:%d cname:x\r\n", ssrcMic)
		case 1:
			fmt.Fprintf(&b, "a=sendonly\r\na=msid:cam cam\r\na=ssrc:%d cname:x\r\n", ssrcCamera)
		default:
			b.WriteString("a=recvonly\r\n")
		}
	}
	return b.String()
}

// remote reads the answer.
func (c *client) remote() (r link.Remote) {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	var d sdp.SessionDescription
	if err := d.UnmarshalString(c.answer); err != nil {
		c.t.Fatalf("read the answer: %v", err)
	}
	had := false
	for _, m := range d.MediaDescriptions {
		_, sends := m.Attribute("sendonly")
		for _, a := range append(d.Attributes, m.Attributes...) {
			switch a.Key {
			case "ice-ufrag":
				r.Ufrag = a.Value
			case "ice-pwd":
				r.Pwd = a.Value
			case "fingerprint":
				r.Fingerprint = a.Value
			case "candidate":
				if !had && strings.Contains(strings.ToLower(a.Value), " udp ") {
					r.Candidates = append(r.Candidates, a.Value)
				}
			case "extmap":
				if id, uri, _ := strings.Cut(a.Value, " "); !sends {
					n, _ := strconv.ParseUint(id, 10, 8) // 0 is none
					c.ext[uri[strings.LastIndexAny(uri, ":/")+1:]] = uint8(n)
				}
			case "ssrc":
				id, _, _ := strings.Cut(a.Value, " ")
				if n, err := strconv.ParseUint(id, 10, 32); err == nil && sends && m.MediaName.Media == "video" {
					ssrc := uint32(n)
					c.video[ssrc] = receive.New(receive.Video, func(uint32, uint8, int64) { c.shown[ssrc]++ })
				}
			}
		}
		had = had || len(r.Candidates) > 0
	}
	return r
}

// media takes a packet of the server.
func (c *client) media(b []byte) {
	p, ok := payload.ReadRTP(b)
	if !ok {
		c.all.Errorf("the server sent nonsense: % x", b)
		return
	}
	c.mu.Lock()
	switch s := c.video[p.SSRC]; {
	case s != nil && len(p.Payload) > 0:
		if v, ok := payload.ReadVP8(p.Payload); ok {
			s.Packet(receive.Packet{Seq: p.Seq, Timestamp: p.Timestamp, Source: p.CSRC, Marker: p.Marker, Start: v.Start, Key: v.Key,
				HasID: v.HasID, PictureID: v.PictureID, IDMask: 0x7fff}, time.Now().UnixNano())
			s.Tick(time.Now().UnixNano(), nil) // what is missing is not asked for, but given up in time
		}
	case p.Type == ptOpus && len(p.Payload) == markSize && string(p.Payload[1:5]) == "MARK":
		c.marks[binary.BigEndian.Uint32(p.Payload[5:])]++
	}
	c.mu.Unlock()
	c.tell()
}

// control takes RTCP of the server.
func (c *client) control(b []byte) {
	packets, err := rtcp.Unmarshal(b)
	if err != nil {
		c.all.Errorf("the server sent nonsense: % x", b)
	}
	c.mu.Lock()
	for _, p := range packets {
		if p, ok := p.(*rtcp.PictureLossIndication); ok && p.MediaSSRC == ssrcCamera {
			c.plis++
		}
	}
	c.mu.Unlock()
	c.tell()
}

// markSize is the size of a voice packet here: a byte that begins Opus, MARK, a number.
const markSize = 9

// voice is the next packet of the microphone, with a new mark.
func (c *client) voice() (p *rtp.Packet, mark uint32) {
	c.mark = c.mark + 1 | uint32(c.self.Num)<<24
	c.seq[ssrcMic]++
	c.ts[ssrcMic] += 960
	p = &rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: ptOpus, SequenceNumber: c.seq[ssrcMic], Timestamp: c.ts[ssrcMic], SSRC: ssrcMic},
		Payload: binary.BigEndian.AppendUint32([]byte("\xfcMARK"), c.mark)}
	c.extend(p, "mid", []byte(midMic))
	c.extend(p, "ssrc-audio-level", []byte{10})
	return p, c.mark
}

// picture is the next packet of the camera: a frame of its own.
func (c *client) picture(key bool) *rtp.Packet {
	c.frame++
	c.seq[ssrcCamera]++
	c.ts[ssrcCamera] += 3000
	body := payload.AppendVP8(nil, true, c.frame&0x7fff, uint8(c.frame))
	head := []byte{0x11, 0, 0, 1, 2, 3, 4, 5, 6, 7}
	if key {
		head = []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 1, 180, 0} // 320×180 (RFC 6386, section 9.1)
	}
	p := &rtp.Packet{Header: rtp.Header{Version: 2, Marker: true, PayloadType: ptVP8, SequenceNumber: c.seq[ssrcCamera],
		Timestamp: c.ts[ssrcCamera], SSRC: ssrcCamera}, Payload: append(append(body, head...), make([]byte, 200)...)}
	c.extend(p, "mid", []byte(midCamera))
	return p
}

func (c *client) extend(p *rtp.Packet, name string, value []byte) {
	c.t.Helper()
	if id := c.ext[name]; id != 0 {
		if err := p.SetExtension(id, value); err != nil {
			c.t.Fatal(err)
		}
	}
}

// bytes are a packet before encryption.
func (c *client) bytes(p *rtp.Packet) []byte {
	c.t.Helper()
	b, err := p.Marshal()
	if err != nil {
		c.t.Fatal(err)
	}
	return b
}

// send encrypts and sends a packet, and returns what went out.
func (c *client) send(plain []byte) []byte {
	c.t.Helper()
	b, err := c.link.Seal(plain)
	if err != nil {
		c.t.Fatal(err)
	}
	c.raw(b)
	return b
}

// tellRTCP encrypts and sends RTCP as it is.
func (c *client) tellRTCP(plain []byte) {
	c.t.Helper()
	b, err := c.link.SealControl(plain)
	if err != nil {
		c.t.Fatal(err)
	}
	c.raw(b)
}

// raw sends bytes.
func (c *client) raw(b []byte) {
	c.t.Helper()
	if err := c.link.Send(b); err != nil {
		c.t.Fatal(err)
	}
}

// fence waits until somebody hears this client: what was sent before has been dealt with, and the client is still in.
func (c *client) fence(heard *client) {
	c.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		p, mark := c.voice()
		c.send(c.bytes(p))
		if heard.hears(mark) {
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatal("who misbehaved is not heard any more, and was not told why")
		}
	}
}

// hears waits for a mark, for as long as a voice packet lasts.
func (c *client) hears(mark uint32) bool {
	t := time.NewTimer(look)
	defer t.Stop()
	for {
		c.mu.Lock()
		n := c.marks[mark]
		c.mu.Unlock()
		if n > 0 {
			return true
		}
		select {
		case <-c.news:
		case <-t.C:
			return false
		}
	}
}

// wish asks for key frames where a picture cannot be shown.
func (c *client) wish() {
	c.t.Helper()
	c.mu.Lock()
	var stuck []uint32
	for ssrc, v := range c.video {
		if v.WantsKey(time.Now().UnixNano()) {
			stuck = append(stuck, ssrc)
		}
	}
	c.mu.Unlock()
	for _, ssrc := range stuck {
		c.report(&rtcp.PictureLossIndication{SenderSSRC: 1, MediaSSRC: ssrc})
	}
}

// report sends RTCP.
func (c *client) report(p ...rtcp.Packet) {
	c.t.Helper()
	b, err := rtcp.Marshal(p)
	if err != nil {
		c.t.Fatal(err)
	}
	c.tellRTCP(b)
}

// noise makes bytes that mean nothing, the same in every run.
func noise(n int, seed uint64) []byte {
	rng := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}
