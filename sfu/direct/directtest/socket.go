package directtest

import (
	"encoding/binary"
	"net"
	"net/netip"
	"time"
)

// socket is a PacketConn, by the calls that do not allocate where it has them.
type socket struct {
	net.PacketConn
	udp *net.UDPConn // nil on a virtual network
}

func newSocket(c net.PacketConn) *socket {
	s := &socket{PacketConn: c}
	s.udp, _ = c.(*net.UDPConn)
	return s
}

func (s *socket) send(b []byte, to netip.AddrPort) {
	if s.udp != nil {
		_, _ = s.udp.WriteToUDPAddrPort(b, to)
		return
	}
	_, _ = s.WriteTo(b, net.UDPAddrFromAddrPort(to))
}

func (s *socket) receive(b []byte) (int, netip.AddrPort, error) {
	if s.udp != nil {
		return s.udp.ReadFromUDPAddrPort(b)
	}
	n, from, err := s.ReadFrom(b)
	if u, ok := from.(*net.UDPAddr); ok && err == nil {
		a := u.AddrPort()
		return n, netip.AddrPortFrom(a.Addr().Unmap(), a.Port()), nil
	}
	return n, netip.AddrPort{}, err
}

// read takes what comes on a socket, until it is closed: the first byte says what it is (RFC 7983, section 7).
func (c *Client) read(s *socket) {
	b := make([]byte, 2048)
	for {
		n, from, err := s.receive(b)
		if err != nil {
			return
		}
		switch {
		case n < stunHeader:
		case b[0] >= 128 && b[0] <= 191:
			if c.cfg.Media != nil {
				c.cfg.Media(b[:n])
			}
		case b[0] <= 3:
			c.tookSTUN(s, b[:n], from)
		case b[0] >= 20 && b[0] <= 63:
			select {
			case c.dtls <- append([]byte(nil), b[:n]...):
			default:
			}
		}
	}
}

// tookSTUN answers the server's checks, and notes that it has answered ours.
func (c *Client) tookSTUN(s *socket, b []byte, from netip.AddrPort) {
	switch binary.BigEndian.Uint16(b) {
	case bindingSuccess:
		select {
		case c.answered <- struct{}{}:
		default:
		}
	case bindingRequest:
		c.mu.Lock()
		pwd, ours := c.pwd, c.ufrag+":"+c.remote.ufrag
		c.mu.Unlock()
		if string(userName(b)) != ours { // of before a restart
			return
		}
		id := b[8:stunHeader]
		s.send(seal(attribute(begin(bindingSuccess, id), attrMapped, mapped(from, id)), pwd), from)
	}
}

// pipe is the client's socket as DTLS sees it.
type pipe struct {
	c      *Client
	closed chan struct{}
}

// ReadFrom implements net.PacketConn.
func (p pipe) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case x := <-p.c.dtls:
		return copy(b, x), net.UDPAddrFromAddrPort(p.c.cfg.Server), nil
	case <-p.closed:
	case <-p.c.done:
	}
	return 0, nil, net.ErrClosed
}

// WriteTo implements net.PacketConn.
func (p pipe) WriteTo(b []byte, _ net.Addr) (int, error) {
	p.c.Send(b)
	return len(b), nil
}

// Close implements net.PacketConn.
func (p pipe) Close() error {
	select {
	case <-p.closed:
	default:
		close(p.closed)
	}
	return nil
}

// LocalAddr implements net.PacketConn.
func (p pipe) LocalAddr() net.Addr { return p.c.sock.Load().LocalAddr() }

// Deadlines are not needed: the pipe is closed when nobody reads it any more.
func (p pipe) SetDeadline(time.Time) error      { return nil }
func (p pipe) SetReadDeadline(time.Time) error  { return nil }
func (p pipe) SetWriteDeadline(time.Time) error { return nil }
