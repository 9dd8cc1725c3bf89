package direct

import (
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"time"
)

// How ICE and DTLS packets find their agent: a binding request names it by its user name (RFC 8445, section 7.2.2: ours
// comes first); all else comes from an address that the agent has already sent to.

// Bounds of what waits for the agents.
const (
	maxQueue   = 32  // packets for one side of one agent
	maxSpare   = 128 // buffers kept for reuse
	maxControl = 16  // addresses that one agent may have sent to
	maxMedia   = 8   // addresses that one participant's media are taken from
)

// packet is a copy of a control packet.
type packet struct {
	from netip.AddrPort
	n    int
	b    [1500]byte
}

func (p *Port) buffer() *packet {
	select {
	case b := <-p.buffers:
		return b
	default:
		return &packet{}
	}
}

func (p *Port) reuse(b *packet) {
	select {
	case p.buffers <- b:
	default:
	}
}

// steer hands a STUN or DTLS packet to the agent that it is for.
func (p *Port) steer(via path, from netip.AddrPort, b []byte) {
	s := p.sideOf(via, from, b)
	if s == nil {
		p.counters.Strangers.Add(1)
		return
	}
	c := p.buffer()
	c.from, c.n = from, copy(c.b[:], b)
	select {
	case s.queue <- c:
	default:
		p.counters.Crowded.Add(1)
		p.reuse(c)
	}
}

func (p *Port) sideOf(via path, from netip.AddrPort, b []byte) *side {
	p.mu.Lock()
	defer p.mu.Unlock()
	if name, ok := userName(b); ok {
		l := p.ufrags[string(name)]
		if l == nil {
			return nil
		}
		return l.sideLocked(via, from)
	}
	return p.control[route{via, from}]
}

// STUN (RFC 8489): the header's size, where the magic cookie is, its value, and what we look for.
const (
	stunHeader     = 20
	stunCookie     = 0x2112a442
	bindingRequest = 0x0001
	bindingSuccess = 0x0101
	attrUserName   = 0x0006
)

// stunType returns the message type of a STUN packet.
func stunType(b []byte) (uint16, bool) {
	if len(b) < stunHeader || b[0] > 3 || binary.BigEndian.Uint32(b[4:]) != stunCookie {
		return 0, false
	}
	return binary.BigEndian.Uint16(b), true
}

// userName returns our part of the user name of a binding request: what comes before the colon.
func userName(b []byte) ([]byte, bool) {
	if t, ok := stunType(b); !ok || t != bindingRequest {
		return nil, false
	}
	for at := stunHeader; at+4 <= len(b); {
		kind, n := binary.BigEndian.Uint16(b[at:]), int(binary.BigEndian.Uint16(b[at+2:]))
		at += 4
		if at+n > len(b) {
			break
		}
		if kind == attrUserName {
			for i, c := range b[at : at+n] {
				if c == ':' {
					return b[at : at+i], true
				}
			}
			break
		}
		at += (n + 3) &^ 3 // attributes are padded to four bytes
	}
	return nil, true
}

// side is what an ICE agent takes for a socket of its own: one address family of the Port, as far as it is concerned.
type side struct {
	link  *Link
	ufrag string
	queue chan *packet
	local net.Addr

	closing sync.Once
	closed  chan struct{}

	// Guarded by Port.mu.
	via map[netip.AddrPort]path // the addresses that were sent to or heard from, and by which path
}

func newSide(l *Link, ufrag string, local net.Addr) *side {
	return &side{link: l, ufrag: ufrag, local: local, queue: make(chan *packet, maxQueue), closed: make(chan struct{}), via: map[netip.AddrPort]path{}}
}

// ReadFromAddrPort implements ice.AddrPortReaderWriter.
func (s *side) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	select {
	case <-s.closed:
		return 0, netip.AddrPort{}, net.ErrClosed
	default:
	}
	select {
	case c := <-s.queue:
		n, from := copy(b, c.b[:c.n]), c.from
		s.link.port.reuse(c)
		return n, from, nil
	case <-s.closed:
		return 0, netip.AddrPort{}, net.ErrClosed
	}
}

// WriteToAddrPort implements ice.AddrPortReaderWriter. A success response says that the agent has checked a request from
// that address (RFC 8445, section 7.3): media are taken from there from now on.
func (s *side) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	select {
	case <-s.closed:
		return 0, net.ErrClosed
	default:
	}
	p := s.link.port
	via := p.note(s, to)
	if t, ok := stunType(b); ok && t == bindingSuccess {
		s.link.admit(route{via, to})
	}
	if conns := p.conns[via]; len(conns) > 0 {
		return conns[0].WriteTo(b, to)
	}
	return len(b), nil // an address family that this machine does not have
}

// note remembers that an agent talks to an address, and says by which path.
func (p *Port) note(s *side, to netip.AddrPort) path {
	p.mu.Lock()
	defer p.mu.Unlock()
	via, known := s.via[to]
	if !known {
		via = pathIPv4
		if to.Addr().Is6() {
			via = pathIPv6
		}
		s.learnLocked(to, via)
	}
	p.control[route{via, to}] = s
	return via
}

// learnLocked remembers the path of an address, and forgets another when there are too many. Port.mu is held.
func (s *side) learnLocked(a netip.AddrPort, via path) {
	if _, known := s.via[a]; !known && len(s.via) >= maxControl {
		for old, v := range s.via {
			s.forgetLocked(old, v)
			break
		}
	}
	s.via[a] = via
}

func (s *side) forgetLocked(a netip.AddrPort, via path) {
	delete(s.via, a)
	if r := (route{via, a}); s.link.port.control[r] == s {
		delete(s.link.port.control, r)
	}
}

// Close implements net.PacketConn.
func (s *side) Close() error {
	s.closing.Do(func() {
		close(s.closed)
		p := s.link.port
		p.mu.Lock()
		defer p.mu.Unlock()
		for a, via := range s.via {
			s.forgetLocked(a, via)
		}
		if p.ufrags[s.ufrag] == s.link {
			delete(p.ufrags, s.ufrag)
		}
	})
	return nil
}

// ReadFrom implements net.PacketConn.
func (s *side) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := s.ReadFromAddrPort(b)
	if err != nil {
		return 0, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

// WriteTo implements net.PacketConn.
func (s *side) WriteTo(b []byte, to net.Addr) (int, error) {
	u, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, net.InvalidAddrError("not a UDP address")
	}
	a := u.AddrPort()
	return s.WriteToAddrPort(b, netip.AddrPortFrom(a.Addr().Unmap(), a.Port()))
}

// LocalAddr implements net.PacketConn.
func (s *side) LocalAddr() net.Addr { return s.local }

// Deadlines are not needed: Pion closes what it no longer reads, and writes do not block.
func (s *side) SetDeadline(time.Time) error      { return nil }
func (s *side) SetReadDeadline(time.Time) error  { return nil }
func (s *side) SetWriteDeadline(time.Time) error { return nil }
