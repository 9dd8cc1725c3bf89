package direct

import (
	"errors"
	"net/netip"

	"tablee/sfu/srtp"
	"tablee/sfu/udp"
)

// The way of a datagram in:
//  1. Receive takes as many as there are (recvmmsg) into the Inbox's own buffers, which stay valid until the next Receive.
//  2. The first byte says what it is (RFC 7983, section 7): 128 to 191 is RTP or RTCP, 0 to 3 STUN, 20 to 63 DTLS.
//  3. STUN and DTLS are copied into the queue of the participant's ICE agent (control.go), and are over for us.
//  4. RTP and RTCP: the source address names the Link, if ICE has validated it; the Link's keys open the packet in place.
//  5. The caller gets a view of the plain packet, in the Inbox's buffer.

// batch is how many datagrams one system call takes.
const batch = 64

// Inbox is what one goroutine reads with.
type Inbox struct {
	port   *Port
	path   path
	reader *udp.Reader
}

// Inbox makes the i-th one, from 0 to Inboxes.
func (p *Port) Inbox(i int) *Inbox {
	return &Inbox{port: p, path: p.readers[i].path, reader: p.readers[i].conn.NewReader(batch)}
}

// Receive waits for datagrams and says how many there are.
func (in *Inbox) Receive() (int, error) { return in.reader.Receive() }

// Kind is what a datagram turned out to be.
type Kind uint8

// Kinds. None is for what the caller has nothing to do with: it was handled or dropped.
const (
	None Kind = iota
	RTP
	RTCP
	// Stray is an authentic packet of an SSRC too many: there is no plain packet.
	Stray
)

// Packet looks at the i-th datagram. For RTP and RTCP (whole, compound or not) it returns the plain packet and whose it is.
func (in *Inbox) Packet(i int) (Kind, *Link, []byte) {
	b, from := in.reader.Packet(i)
	if len(b) == 0 {
		return None, nil, nil
	}
	switch first := b[0]; {
	case first >= 128 && first <= 191:
		return in.media(b, from)
	case first <= 3 || first >= 20 && first <= 63:
		in.port.steer(in.path, from, b)
	default:
		in.port.counters.Junk.Add(1)
	}
	return None, nil, nil
}

// media opens an RTP or RTCP packet. The second byte tells them apart (RFC 5761, section 4).
func (in *Inbox) media(b []byte, from netip.AddrPort) (Kind, *Link, []byte) {
	link := (*in.port.media.Load())[route{in.path, from}]
	if link == nil {
		in.port.counters.Strangers.Add(1)
		return None, nil, nil
	}
	keys := link.keys.Load()
	if keys == nil {
		in.port.counters.Strangers.Add(1)
		return None, nil, nil
	}
	kind := RTP
	if len(b) > 1 && b[1] >= 192 && b[1] <= 223 {
		kind = RTCP
	}
	plain, err := keys.open(kind, b)
	switch {
	case err == nil:
		return kind, link, plain
	case errors.Is(err, srtp.ErrReplayed):
		in.port.counters.Replayed.Add(1)
	case errors.Is(err, srtp.ErrTooMany):
		return Stray, link, nil
	case errors.Is(err, srtp.ErrShort) && kind == RTP:
		in.port.counters.Short.Add(1)
	case errors.Is(err, srtp.ErrShort):
		in.port.counters.ShortRTCP.Add(1)
	default:
		in.port.counters.Auth.Add(1)
	}
	return None, nil, nil
}
