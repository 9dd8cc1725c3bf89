package link

import (
	"errors"
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

// socket is the one connection that ICE knows, as its ice.UDPMux; the net.PacketConn that it gets from it is a view. The
// socket of the machine below it is another after the participant roamed.
type socket struct {
	media  func(b []byte)
	answer func(b []byte) // gets each answer to a check of connectivity, which ICE gets too
	dead   atomic.Bool    // switched off: nothing goes out or comes in any more
	conn   atomic.Pointer[Conn]

	mu     sync.Mutex // guards closed and changes of conn
	closed bool
}

func newSocket(c Conn, media, answer func([]byte)) *socket {
	s := &socket{media: media, answer: answer}
	s.conn.Store(&c)
	return s
}

// move puts another socket of the machine below, and closes the one before: what was under way to it is lost.
func (s *socket) move(to Conn) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.Join(net.ErrClosed, to.Close())
	}
	return (*s.conn.Swap(&to)).Close()
}

// ReadFromAddrPort implements ice.AddrPortReaderWriter. It returns what is not media.
func (s *socket) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	for {
		c := s.conn.Load()
		n, from, err := (*c).ReadFromAddrPort(b)
		if err != nil {
			if c != s.conn.Load() { // moved meanwhile
				continue
			}
			return 0, netip.AddrPort{}, err
		}
		switch {
		case s.dead.Load() || n == 0 || c != s.conn.Load(): // what came just before a move is lost with the rest
		case b[0] >= 128 && b[0] < 192: // RTP and RTCP (RFC 7983, section 7)
			s.media(b[:n])
		default:
			if n > 1 && b[0] == 1 && b[1] == 1 { // a binding success response (RFC 8489, section 5)
				s.answer(b[:n])
			}
			return n, from, nil
		}
	}
}

// WriteToAddrPort implements ice.AddrPortReaderWriter.
func (s *socket) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	if s.dead.Load() {
		return len(b), nil
	}
	return (*s.conn.Load()).WriteToAddrPort(b, to)
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
func (s *socket) SetDeadline(t time.Time) error     { return s.SetReadDeadline(t) }
func (s *socket) SetReadDeadline(t time.Time) error { return (*s.conn.Load()).SetReadDeadline(t) }
func (s *socket) SetWriteDeadline(time.Time) error  { return nil }

// LocalAddr implements net.PacketConn.
func (s *socket) LocalAddr() net.Addr { return (*s.conn.Load()).LocalAddr() }

// Close implements ice.UDPMux; Link calls it. ICE closes its view.
func (s *socket) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return (*s.conn.Load()).Close()
}

// GetConn implements ice.UDPMux.
func (s *socket) GetConn(string, net.Addr) (net.PacketConn, error) { return &view{socket: s}, nil }

// RemoveConnByUfrag implements ice.UDPMux.
func (s *socket) RemoveConnByUfrag(string) {}

// GetListenAddresses implements ice.UDPMux. The server learns the true address from the checks.
func (s *socket) GetListenAddresses() []net.Addr { return []net.Addr{s.LocalAddr()} }
