package sfu

import (
	"tablee/sfu/direct"
	"tablee/sfu/negotiate"
	"tablee/sfu/udp"
)

// The seam between routing and transport. Routing (everything else in this package) sees plain packets come in and hands
// plain packets out; how they travel is the transport's business. The direct transport (package direct, joined on in
// direct.go) is what runs; the one on stock Pion PeerConnections (pion.go) is its fallback, and the oracle of its tests: the
// same meeting over both gives the same packets.

// link is one participant's connection.
type link interface {
	// Answer applies an offer, opens a slot (Peer.openSlot) for each of its sections that the client receives on and that is
	// new, and returns the answer.
	Answer(raw string, offer *negotiate.Offer) (string, error)
	// SpaceRTCP gives room to build a plain RTCP packet of at most n bytes in, nil when the participant cannot be sent to;
	// SendRTCP sends it.
	SpaceRTCP(w *worker, n int) []byte
	SendRTCP(w *worker, b []byte) error
	Close() error
}

// A transport hands what comes in to Peer.receiveRTP and Peer.receiveRTCP, with the worker of the goroutine that it came
// on, and lets that worker fan out when it has handed over all that came at once.

// negotiated are the numbers under which a slot's packets go out.
type negotiated struct {
	ssrc, ssrcRTX uint32 // ssrcRTX 0: no retransmissions
	pt, ptRTX     uint8
	ptRED         uint8 // of Opus with redundancy, 0 for none
	twcc          uint8 // id of the transport-wide sequence number, 0 for none
}

// egress is the way out of one slot. It is used under slot.mu.
type egress struct {
	stock      outlet // on stock Pion; else nil
	media, rtx direct.Stream
}

// outlet takes plain packets on stock Pion.
type outlet interface {
	Write(b []byte) (int, error)
}

// space gives room to build a plain packet of at most n bytes in, nil when the participant cannot be sent to.
func (x *egress) space(w *worker, rtx bool, n int) []byte {
	switch {
	case x.stock != nil:
		return w.building(n)
	case rtx:
		return x.rtx.Space(w.out, n)
	default:
		return x.media.Space(w.out, n)
	}
}

// send sends a packet that was built in the room of space, whose header has that many bytes.
func (x *egress) send(w *worker, rtx bool, b []byte, header int, class udp.Class) error {
	switch {
	case x.stock != nil:
		_, err := x.stock.Write(b)
		return err
	case rtx:
		return x.rtx.Send(w.out, b, header, class)
	default:
		return x.media.Send(w.out, b, header, class)
	}
}
