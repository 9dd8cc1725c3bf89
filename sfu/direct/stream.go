package direct

import (
	"net/netip"

	"tablee/sfu/srtp"
	"tablee/sfu/udp"
)

// The way of a packet out:
//  1. Space gives room in the batch of the socket that leads to the participant: the caller builds the plain packet there.
//  2. Send encrypts it in place, by the one context that its SSRC has, and leaves it in the batch.
//  3. Equal-sized packets to one address that follow each other leave as one (UDP_SEGMENT); so the caller sends to one
//     participant what it has for it before it turns to the next.
//  4. Flush, once for each batch that was received, gives all to the kernel (sendmmsg). The buffers are free again then.

// Outbox is what one goroutine writes with.
type Outbox struct {
	port    *Port
	batches []*udp.Batch // by path; made when first needed
	conns   []*udp.Conn  // by path
	cur     *udp.Batch   // of the packet that is being built
	to      netip.AddrPort
}

// Outbox makes one. The i-th uses the i-th socket of each address family, where there are several.
func (p *Port) Outbox(i int) *Outbox {
	o := &Outbox{port: p, conns: make([]*udp.Conn, len(p.conns)), batches: make([]*udp.Batch, len(p.conns))}
	for via, all := range p.conns {
		if len(all) > 0 {
			o.conns[via] = all[i%len(all)]
		}
	}
	return o
}

// space gives room for n bytes to where a link is reached; nil when that is not known.
func (o *Outbox) space(l *Link, n int) []byte {
	r := l.selected.Load()
	if r == nil || o.conns[r.path] == nil {
		return nil
	}
	if o.batches[r.path] == nil {
		o.batches[r.path] = o.conns[r.path].NewBatch()
	}
	o.cur, o.to = o.batches[r.path], r.addr
	return o.cur.Space(n)
}

// Flush sends what was left in the batches.
func (o *Outbox) Flush() {
	for _, b := range o.batches {
		if b != nil {
			b.Flush()
		}
	}
}

// overhead is the most that encryption adds to a packet, in bytes: a GCM tag, and RTCP's index.
const overhead = 16 + 4

// Stream is one SSRC that is sent to a participant. Its owner sees to it that one goroutine uses it at a time.
type Stream struct {
	link   *Link
	ssrc   uint32
	cipher srtp.Outbound
	ready  bool
}

// Init says whose the stream is.
func (s *Stream) Init(l *Link, ssrc uint32) { s.link, s.ssrc = l, ssrc }

// Space gives room in o for a plain packet of n bytes, to be filled and given to Send at once; nil when the participant
// cannot be reached yet.
func (s *Stream) Space(o *Outbox, n int) []byte {
	if !s.ready {
		keys := s.link.keys.Load()
		if keys == nil {
			return nil
		}
		s.cipher.Init(keys.out, s.ssrc)
		s.ready = true
	}
	return o.space(s.link, n+overhead)
}

// Send encrypts the plain packet b, built in Space's room, whose header has that many bytes, and leaves it in o. It returns
// srtp.ErrReused when the packet's number was sent before.
func (s *Stream) Send(o *Outbox, b []byte, header int, class udp.Class) error {
	sealed, err := s.cipher.Seal(b, header)
	if err != nil {
		return err
	}
	o.cur.Commit(sealed, o.to, class)
	return nil
}
