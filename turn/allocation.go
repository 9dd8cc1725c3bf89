package turn

import (
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"time"
)

// remembered is how many of a client's STUN requests are remembered until their answers. Browsers have a handful under
// way at once, one for each pair of candidates.
const remembered = 64

// cookie is STUN's (RFC 8489, section 5).
const cookie = 0x2112A442

// allocation is the relay's side of one TURN allocation: pion/turn reads and writes it like the socket of a relayed
// address.
//
// The engine answers to the relayed address alone, but the client must see each answer come from where it asked: it
// checks several of our addresses at once, and refuses an answer from another than it asked (RFC 8445, section
// 7.2.5.2.1). So requests are remembered by their transaction; everything else comes from the address that the client
// sends its media to.
type allocation struct {
	relay *Relay
	user  string
	at    netip.AddrPort
	addr  *net.UDPAddr
	out   *queue

	mu       sync.Mutex
	up, down bucket // guarded by mu
	asked    [remembered]struct {
		id [12]byte
		to *destination
	} // guarded by mu; a ring
	next  int            // guarded by mu
	last  *destination   // guarded by mu; of any packet of the client's
	media *destination   // guarded by mu; of what was no STUN
	known []*destination // guarded by mu; few: our media addresses
}

// destination is one of our media addresses, in both forms.
type destination struct {
	at   netip.AddrPort
	addr *net.UDPAddr
}

// WriteTo implements net.PacketConn: a packet of the client to a peer.
func (a *allocation) WriteTo(b []byte, addr net.Addr) (int, error) {
	r := a.relay
	u, ok := addr.(*net.UDPAddr)
	if !ok {
		return 0, errForbidden
	}
	to := u.AddrPort()
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	if !r.policy.Load().peer(to) {
		r.dropped.forbidden.Add(1)
		return 0, errForbidden
	}
	if len(b) > maxPacket {
		r.dropped.size.Add(1)
		return len(b), nil
	}
	if !a.note(b, to) {
		r.dropped.rate.Add(1)
		return len(b), nil
	}
	k := r.pool.get()
	k.from, k.addr, k.n = a.at, a.addr, copy(k.data[:], b)
	if !r.in.push(k) {
		r.pool.put(k)
		r.dropped.full.Add(1)
		return len(b), nil
	}
	r.inCount.Add(1)
	return len(b), nil
}

// note remembers where a packet goes, if the rate lets it pass.
func (a *allocation) note(b []byte, to netip.AddrPort) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.up.take(len(b), a.relay.now()) {
		return false
	}
	d := a.destinationLocked(to)
	a.last = d
	switch stun, request := isSTUN(b); {
	case request:
		slot := &a.asked[a.next%remembered]
		copy(slot.id[:], b[8:20])
		slot.to = d
		a.next++
	case !stun:
		a.media = d
	}
	return true
}

func (a *allocation) destinationLocked(to netip.AddrPort) *destination {
	for _, d := range a.known {
		if d.at == to {
			return d
		}
	}
	if len(a.known) >= remembered { // our addresses have changed that often
		a.known = a.known[1:]
	}
	d := &destination{at: to, addr: net.UDPAddrFromAddrPort(to)}
	a.known = append(a.known, d)
	return d
}

// isSTUN tells STUN from DTLS and SRTP (RFC 7983), and requests from the rest (RFC 8489, section 5).
func isSTUN(b []byte) (stun, request bool) {
	stun = len(b) >= 20 && b[0] < 4 && binary.BigEndian.Uint32(b[4:]) == cookie
	return stun, stun && b[0]&1 == 0 && b[1]&0x10 == 0
}

// deliver queues a packet of the engine's for the client.
func (a *allocation) deliver(b []byte) error {
	r := a.relay
	if len(b) > maxPacket {
		r.dropped.size.Add(1)
		return errForbidden
	}
	d, ok := a.source(b)
	if d == nil {
		r.dropped.unknown.Add(1)
		return errNoPeer
	}
	if !ok {
		r.dropped.rate.Add(1)
		return errForbidden
	}
	k := r.pool.get()
	k.from, k.addr, k.n = d.at, d.addr, copy(k.data[:], b)
	if !a.out.push(k) {
		r.pool.put(k)
		r.dropped.full.Add(1)
		return errFull
	}
	return nil
}

// source is where a packet of the engine's comes from, as the client sees it, and whether the rate lets it pass.
func (a *allocation) source(b []byte) (*destination, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	from := a.media
	if from == nil {
		from = a.last
	}
	if stun, request := isSTUN(b); stun && !request {
		for i := range a.asked {
			if s := &a.asked[i]; s.to != nil && string(s.id[:]) == string(b[8:20]) {
				from = s.to
				break
			}
		}
	}
	return from, from != nil && a.down.take(len(b), a.relay.now())
}

// ReadFrom implements net.PacketConn: a packet for the client, from a peer.
func (a *allocation) ReadFrom(b []byte) (int, net.Addr, error) {
	k, err := a.out.pop()
	if err != nil {
		return 0, nil, err
	}
	n, addr := copy(b, k.data[:k.n]), k.addr
	a.relay.pool.put(k)
	return n, addr, nil
}

// LocalAddr implements net.PacketConn.
func (a *allocation) LocalAddr() net.Addr { return a.addr }

// Close implements net.PacketConn.
func (a *allocation) Close() error {
	a.out.close()
	a.relay.release(a)
	return nil
}

// SetDeadline implements net.PacketConn; writing never waits.
func (a *allocation) SetDeadline(t time.Time) error { return a.SetReadDeadline(t) }

// SetReadDeadline implements net.PacketConn.
func (a *allocation) SetReadDeadline(t time.Time) error {
	a.out.setDeadline(t)
	return nil
}

// SetWriteDeadline implements net.PacketConn.
func (a *allocation) SetWriteDeadline(time.Time) error { return nil }
