package sfu

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/pion/rtp"

	"tablee/sfu/direct/directtest"
	"tablee/sfu/history"
	"tablee/sfu/rtcp"
	"tablee/sfu/srtp"
)

// visitor is a participant of a virtual world who does what a script says, to the packet, and keeps all that comes.
type visitor struct {
	*directtest.Client
	w            *world
	id           string
	num          uint32
	audio, video int
	peer         *Peer
	mids         map[uint32]string // by SSRC; retransmissions with " rtx" behind
	tap          func(b []byte)    // sees each media datagram as it comes, nil for none

	mu     sync.Mutex // guards the rest
	in     *srtp.Inbound
	inRTCP *srtp.InboundRTCP
	heads  map[uint32]uint16 // sequence number of each stream that it sends
	rtxSeq uint16
	kept   map[uint32]map[uint16][]byte // what it sent of each layer, to repair
	got    map[string][]rtp.Packet      // by mid
	bad    int

	delay   bool
	delayed []byte
}

// visitServer is where the engine of a world is.
var visitServer = netip.MustParseAddrPort("1.2.9.9:50000")

// invite makes a visitor who has an answer, and no connection yet.
func (w *world) invite(id string, audio, video int) *visitor {
	w.t.Helper()
	w.next++
	v := &visitor{w: w, id: id, num: uint32(1000 + w.next), audio: audio, video: video, heads: map[uint32]uint16{}, kept: map[uint32]map[uint16][]byte{}, got: map[string][]rtp.Packet{}}
	var err error
	v.peer, err = w.engine.Join("r", id, v.num, func(Notice) {})
	must(w.t, err)
	v.Client, err = directtest.New(directtest.Config{Conn: w.socket(), Server: visitServer, Media: v.took})
	must(w.t, err)
	v.offer()
	return v
}

// socket opens one on a host of its own.
func (w *world) socket() net.PacketConn {
	w.next++
	conn, err := w.host(fmt.Sprintf("1.2.2.%d", w.next)).ListenUDP("udp4", &net.UDPAddr{})
	must(w.t, err)
	return conn
}

// offer negotiates, for the first time or again.
func (v *visitor) offer() {
	v.w.t.Helper()
	answer, err := v.peer.Answer(Offer{SDP: v.Offer(sections(true, v.audio, v.video)), Mic: "0", Camera: "1"})
	must(v.w.t, err)
	v.Accept(answer)
	mids := map[uint32]string{}
	for mid, s := range v.Slots() {
		mids[s.SSRC] = mid
		if s.RTX != 0 {
			mids[s.RTX] = mid + " rtx"
		}
	}
	v.mu.Lock()
	v.mids = mids
	v.mu.Unlock()
}

// enter connects the visitor.
func (v *visitor) enter() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := v.Connect(ctx); err != nil {
		v.w.t.Error(err)
		return
	}
	_, theirs := v.Keys()
	keys, err := srtp.NewKeys(theirs.Profile, theirs.Key, theirs.Salt, false)
	if err != nil {
		v.w.t.Error(err)
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.in, v.inRTCP = &srtp.Inbound{}, &srtp.InboundRTCP{}
	v.in.Init(keys)
	v.inRTCP.Init(keys)
}

func (w *world) visit(id string, audio, video int) *visitor {
	w.t.Helper()
	v := w.invite(id, audio, video)
	v.enter()
	time.Sleep(time.Second)
	return v
}

func (v *visitor) leave() {
	v.peer.Close()
	_ = v.Close()
}

// took keeps a packet, answers requests for retransmission, and asks for what is missing.
func (v *visitor) took(b []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.tap != nil {
		v.tap(b)
	}
	if v.in == nil {
		return
	}
	if b[1] >= 192 && b[1] <= 223 {
		plain, err := v.inRTCP.Open(b)
		if err != nil {
			v.bad++
			return
		}
		v.tookRTCPLocked(plain)
		return
	}
	plain, err := v.in.Open(b)
	var p rtp.Packet
	if err != nil || p.Unmarshal(slices.Clone(plain)) != nil {
		v.bad++
		return
	}
	mid := v.mids[p.SSRC]
	if old := v.got[mid]; len(old) > 0 && p.PayloadType == 96 {
		if last := old[len(old)-1].SequenceNumber; p.SequenceNumber == last+2 { // a single loss, as the script has them
			v.sayLocked(rtcp.AppendNACK(nil, 1, p.SSRC, []history.NackPair{{PID: last + 1}}))
		}
	}
	v.got[mid] = append(v.got[mid], p)
}

// tookRTCPLocked repairs what the server asks for. v.mu is held.
func (v *visitor) tookRTCPLocked(b []byte) {
	var it rtcp.Iterator
	for it.Reset(b); it.Next(); {
		if it.Kind() != rtcp.KindNACK {
			continue
		}
		n := it.NACK()
		for i := range n.Len() {
			for _, seq := range n.Pair(i).Seqs(nil) {
				if old := v.kept[n.MediaSSRC()][seq]; old != nil {
					v.repairLocked(n.MediaSSRC(), old)
				}
			}
		}
	}
}

// repairLocked sends a packet again, as RFC 4588 has it. v.mu is held.
func (v *visitor) repairLocked(ssrc uint32, old []byte) {
	var p rtp.Packet
	if p.Unmarshal(old) != nil {
		return
	}
	i := slices.IndexFunc(encodings[:], func(e encoding) bool { return e.ssrc == ssrc })
	v.rtxSeq++
	again := rtp.Packet{Header: rtp.Header{Version: 2, Marker: p.Marker, PayloadType: 97, SSRC: ssrc + 50, SequenceNumber: v.rtxSeq, Timestamp: p.Timestamp},
		Payload: append(binary.BigEndian.AppendUint16(nil, p.SequenceNumber), p.Payload...)}
	_ = again.SetExtension(4, []byte("1"))
	_ = again.SetExtension(11, []byte(encodings[i].rid))
	b, _ := again.Marshal()
	v.sendSealed(b)
}

// sayLocked sends RTCP. v.mu is held.
func (v *visitor) sayLocked(b []byte) {
	sealed, err := v.SealRTCP(append(make([]byte, 0, len(b)+srtp.MaxOverhead), b...))
	if err != nil {
		v.w.t.Error(err)
		return
	}
	v.Send(sealed)
}

// sendSealed sends a packet, unless it is to be late: then it follows the next. v.mu is held.
func (v *visitor) sendSealed(b []byte) {
	sealed, err := v.SealRTP(append(make([]byte, 0, len(b)+srtp.MaxOverhead), b...))
	if err != nil {
		v.w.t.Error(err)
		return
	}
	if v.delay {
		v.delay, v.delayed = false, sealed
		return
	}
	v.Send(sealed)
	if v.delayed != nil {
		v.Send(v.delayed)
		v.Send(v.delayed) // and twice
		v.delayed = nil
	}
}

// late makes the next packet come behind the one after it, and twice.
func (v *visitor) late() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.delay = true
}

// film sends frame k on a layer, in two packets a moment apart.
func (v *visitor) film(k, layer int, key bool) {
	v.filmPart(k, layer, 0, key)
	time.Sleep(apart)
	v.filmPart(k, layer, 1, false)
}

func (v *visitor) filmPart(k, layer, part int, key bool) {
	e := encodings[layer]
	v.mu.Lock()
	defer v.mu.Unlock()
	v.heads[e.ssrc]++
	payload := frame(k, key, 180<<layer)
	if part == 1 {
		payload[0] &^= 0x10 // goes on with the frame
	}
	b := template(96, e.ssrc, "1", e.rid, append(payload, byte(layer), byte(part)))
	v.numberLocked(b, e.ssrc, uint32(k)*5400, part == 1)
	if v.kept[e.ssrc] == nil {
		v.kept[e.ssrc] = map[uint16][]byte{}
	}
	v.kept[e.ssrc][v.heads[e.ssrc]] = b
	v.sendSealed(b)
}

// talk sends packet k of the voice, with a level.
func (v *visitor) talk(k int, level uint8) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.heads[100]++
	p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 111, SSRC: 100}, Payload: []byte{0x78, byte(k), byte(k >> 8), byte(v.num)}}
	_ = p.SetExtension(1, []byte{level})
	_ = p.SetExtension(4, []byte("0"))
	b, _ := p.Marshal()
	v.numberLocked(b, 100, uint32(k)*960, false)
	v.sendSealed(b)
}

// numberLocked fills in what differs from packet to packet. v.mu is held.
func (v *visitor) numberLocked(b []byte, ssrc, ts uint32, marker bool) {
	if marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], v.heads[ssrc])
	binary.BigEndian.PutUint32(b[4:], ts)
}

// jump makes a stream go on somewhere else.
func (v *visitor) jump(ssrc uint32, by uint16) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.heads[ssrc] += by
}
