package loadtest

import (
	"encoding/binary"
	"strconv"
	"sync/atomic"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// Header extensions of docs/protocol.md, "Media".
const (
	uriMid   = "urn:ietf:params:rtp-hdrext:sdes:mid"
	uriRid   = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
	uriRRid  = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
	uriLevel = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
	uriTWCC  = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
)

// bound is what negotiation decided about a track.
type bound struct {
	to         webrtc.TrackLocalWriter
	ssrc, rtx  uint32
	pt, ptRTX  uint8
	extensions map[string]uint8 // id by URI
}

// track is a published track or one layer of it, as Pion sees it. Pion binds it; the participant's loop reads bound.
type track struct {
	id, rid string
	kind    webrtc.RTPCodecType
	mime    string
	bound   atomic.Pointer[bound]
}

func (t *track) ID() string                            { return t.id }
func (t *track) RID() string                           { return t.rid }
func (t *track) StreamID() string                      { return t.id }
func (t *track) Kind() webrtc.RTPCodecType             { return t.kind }
func (t *track) Unbind(webrtc.TrackLocalContext) error { return nil }

// Bind implements webrtc.TrackLocal.
func (t *track) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	for _, p := range c.CodecParameters() {
		if p.MimeType != t.mime {
			continue
		}
		b := &bound{
			to: c.WriteStream(), ssrc: uint32(c.SSRC()), pt: uint8(p.PayloadType), extensions: make(map[string]uint8),
		}
		for _, q := range c.CodecParameters() {
			if q.MimeType == webrtc.MimeTypeRTX && q.SDPFmtpLine == "apt="+strconv.Itoa(int(p.PayloadType)) {
				b.rtx, b.ptRTX = uint32(c.SSRCRetransmission()), uint8(q.PayloadType)
			}
		}
		for _, x := range c.HeaderExtensions() {
			b.extensions[x.URI] = uint8(x.ID)
		}
		t.bound.Store(b)
		return p, nil
	}
	return webrtc.RTPCodecParameters{}, webrtc.ErrUnsupportedCodec
}

// outlet writes the packets of one SSRC and, where negotiated, their retransmissions. It belongs to the loop.
type outlet struct {
	*bound
	header, again rtp.Header // of media and of retransmissions, kept to spare allocations
	seq, seqAgain uint16
	level         [1]byte // audio level, as the header extension holds it
	twcc          [2]byte
	counter       *uint16 // transport-wide sequence number, shared by the participant's outlets
	osn           []byte  // buffer for retransmissions

	packets, octets uint32 // for sender reports
	lastTS          uint32
}

// newOutlet prepares the headers of a bound track.
func newOutlet(b *bound, mid, rid string, seq uint16, counter *uint16) (*outlet, error) {
	o := &outlet{bound: b, seq: seq, counter: counter}
	o.header = rtp.Header{Version: 2, PayloadType: b.pt, SSRC: b.ssrc}
	o.again = rtp.Header{Version: 2, PayloadType: b.ptRTX, SSRC: b.rtx}
	level := o.level[:]
	if rid != "" { // a picture has no level
		level = nil
	}
	for _, x := range []struct {
		header *rtp.Header
		uri    string
		value  []byte
	}{
		{&o.header, uriMid, []byte(mid)}, {&o.again, uriMid, []byte(mid)},
		{&o.header, uriRid, []byte(rid)}, {&o.again, uriRRid, []byte(rid)},
		{&o.header, uriLevel, level},
		{&o.header, uriTWCC, o.twcc[:]}, {&o.again, uriTWCC, o.twcc[:]},
	} {
		id := b.extensions[x.uri]
		if id == 0 || len(x.value) == 0 {
			continue
		}
		if err := x.header.SetExtension(id, x.value); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// write sends one packet and returns its sequence number and its size before encryption.
func (o *outlet) write(ts uint32, marker bool, payload []byte) (seq uint16, size int) {
	o.seq++
	o.header.SequenceNumber, o.header.Timestamp, o.header.Marker = o.seq, ts, marker
	o.stampTransport()
	_, _ = o.to.WriteRTP(&o.header, payload) // a lost packet is what the test is about; a dead transport tells by its state
	o.packets++
	o.octets += uint32(len(payload))
	o.lastTS = ts
	return o.seq, o.header.MarshalSize() + len(payload)
}

// repair sends a packet again, as RFC 4588 says: the original sequence number, then the payload.
func (o *outlet) repair(seq uint16, ts uint32, marker bool, payload []byte) {
	if o.rtx == 0 {
		return
	}
	o.seqAgain++
	o.again.SequenceNumber, o.again.Timestamp, o.again.Marker = o.seqAgain, ts, marker
	o.stampTransport()
	o.osn = append(binary.BigEndian.AppendUint16(o.osn[:0], seq), payload...)
	_, _ = o.to.WriteRTP(&o.again, o.osn)
}

func (o *outlet) stampTransport() {
	*o.counter++
	binary.BigEndian.PutUint16(o.twcc[:], *o.counter)
}
