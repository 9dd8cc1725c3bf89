package loadtest

import (
	"encoding/binary"

	"github.com/pion/rtp"
)

// writer sends packets.
type writer interface {
	WriteRTP(header *rtp.Header, payload []byte) error
}

// bound is what negotiation decided about a track, or one layer of it.
type bound struct {
	to         writer
	ssrc, rtx  uint32
	pt, ptRTX  uint8
	extensions map[string]uint8 // id by URI
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
	_ = o.to.WriteRTP(&o.header, payload) // a lost packet is what the test is about; a dead transport tells by its state
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
	_ = o.to.WriteRTP(&o.again, o.osn)
}

func (o *outlet) stampTransport() {
	*o.counter++
	binary.BigEndian.PutUint16(o.twcc[:], *o.counter)
}
