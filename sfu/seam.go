package sfu

import (
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

// The seam between routing and transport. Routing (everything else in this package) sees decrypted packets come in and
// hands plain packets out; how they travel is the transport's business. pion.go is the transport on stock Pion
// PeerConnections; a faster one takes its place behind these three interfaces.

// link is one participant's connection.
type link interface {
	// Answer applies an offer, makes an outlet for each of its sections that the client receives on, and returns the
	// answer.
	Answer(sdp string, sections []section) (string, error)
	WriteRTCP(packets []rtcp.Packet) error
	Close() error
}

// outlet is the way out of one slot: its SSRC and payload types were negotiated, whatever is written goes out encrypted.
type outlet interface {
	WriteRTP(header *rtp.Header, payload []byte) (int, error)
}

// receiver is what a link hands its packets and news to.
type receiver interface {
	// receiveRTP takes a decrypted packet, which may be changed but not kept. Calls never overlap for one participant.
	receiveRTP(b []byte)
	// receiveRTCP takes one decrypted RTCP packet (not a compound), once for each SSRC that it is about. Calls never
	// overlap for one participant.
	receiveRTCP(about uint32, b []byte)
	// openSlot says that a section of the client's receives from now on.
	openSlot(mid string, video bool, o outlet, n negotiated)
	// connected says that packets reach the participant from now on; what is sent before is lost.
	connected()
	// lost says that the connection has failed for good.
	lost()
}

// negotiated are the numbers under which an outlet's packets go out.
type negotiated struct {
	ssrc, ssrcRTX uint32 // ssrcRTX 0: no retransmissions
	pt, ptRTX     uint8
}
