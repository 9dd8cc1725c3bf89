package link

import (
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/transport/v5"
)

// The way of a received packet: socket.ReadFromAddrPort reads it on ICE's goroutine → media goes to Link.media, which
// decrypts in place and hands it on, and the next packet is read into the same buffer → STUN and DTLS are returned to
// ICE. A sent media packet goes from the participant's loop through Link.WriteRTP straight to the socket.

// Conn is what a link needs of a UDP socket.
type Conn interface {
	ReadFromAddrPort(b []byte) (int, netip.AddrPort, error)
	WriteToAddrPort(b []byte, to netip.AddrPort) (int, error)
	SetReadDeadline(t time.Time) error
	LocalAddr() net.Addr
	Close() error
}

// socketBuffer is what is asked of the kernel for each direction, in bytes: a second of 32 thumbnails.
const socketBuffer = 1 << 20

// listen opens a socket; network is udp4 or udp6, n is nil for the machine's own network.
func listen(n transport.Net, network string) (Conn, error) {
	if n != nil {
		c, err := n.ListenUDP(network, nil)
		if err != nil {
			return nil, fmt.Errorf("open a media socket: %w", err)
		}
		return packetConn{c}, nil
	}
	c, err := net.ListenUDP(network, nil)
	if err != nil {
		return nil, fmt.Errorf("open a media socket: %w", err)
	}
	_ = c.SetReadBuffer(socketBuffer) // the kernel may grant less
	_ = c.SetWriteBuffer(socketBuffer)
	return udpConn{c}, nil
}

// udpConn is a socket of the machine.
type udpConn struct{ *net.UDPConn }

func (c udpConn) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	return c.ReadFromUDPAddrPort(b)
}
func (c udpConn) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	return c.WriteToUDPAddrPort(b, to)
}

// packetConn is a socket of another network, such as Pion's virtual one.
type packetConn struct{ transport.UDPConn }

func (c packetConn) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	n, from, err := c.ReadFrom(b)
	if u, ok := from.(*net.UDPAddr); ok {
		return n, u.AddrPort(), err
	}
	return n, netip.AddrPort{}, err
}

func (c packetConn) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	return c.WriteTo(b, net.UDPAddrFromAddrPort(to))
}

// socket is the one connection that ICE knows, as its ice.UDPMux and as the net.PacketConn that it gets from it.
type socket struct {
	Conn
	media   func(b []byte)
	dead    atomic.Bool // switched off: nothing goes out or comes in any more
	closing sync.Once
	closed  error
}

// ReadFromAddrPort implements ice.AddrPortReaderWriter. It returns what is not media.
func (s *socket) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	for {
		n, from, err := s.Conn.ReadFromAddrPort(b)
		if err != nil {
			return 0, netip.AddrPort{}, err
		}
		switch {
		case s.dead.Load() || n == 0:
		case b[0] >= 128 && b[0] < 192: // RTP and RTCP (RFC 7983, section 7)
			s.media(b[:n])
		default:
			return n, from, nil
		}
	}
}

// WriteToAddrPort implements ice.AddrPortReaderWriter.
func (s *socket) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	if s.dead.Load() {
		return len(b), nil
	}
	return s.Conn.WriteToAddrPort(b, to)
}

// ReadFrom implements net.PacketConn.
func (s *socket) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := s.ReadFromAddrPort(b)
	if err != nil {
		return 0, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

// WriteTo implements net.PacketConn.
func (s *socket) WriteTo(b []byte, to net.Addr) (int, error) {
	u, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, fmt.Errorf("send to %s: not an address of UDP", to.Network())
	}
	return s.WriteToAddrPort(b, u.AddrPort())
}

// SetDeadline and SetWriteDeadline implement net.PacketConn; writes to a socket of UDP do not wait.
func (s *socket) SetDeadline(t time.Time) error    { return s.SetReadDeadline(t) }
func (s *socket) SetWriteDeadline(time.Time) error { return nil }

// Close implements net.PacketConn and ice.UDPMux; ICE calls it, and so does Link.
func (s *socket) Close() error {
	s.closing.Do(func() { s.closed = s.Conn.Close() })
	return s.closed
}

// GetConn implements ice.UDPMux.
func (s *socket) GetConn(string, net.Addr) (net.PacketConn, error) { return s, nil }

// RemoveConnByUfrag implements ice.UDPMux.
func (s *socket) RemoveConnByUfrag(string) {}

// GetListenAddresses implements ice.UDPMux. The server learns the true address from the checks.
func (s *socket) GetListenAddresses() []net.Addr { return []net.Addr{s.LocalAddr()} }
