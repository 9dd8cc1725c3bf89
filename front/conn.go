package front

import (
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Conn is a connection that was looked at. What was read then is read again first.
type Conn struct {
	net.Conn // the TCP connection, or the TLS connection over it
	kind     Kind
	state    *tls.ConnectionState
	from, to net.Addr // when a PROXY header told them
	leave    func()

	mu   sync.Mutex
	head []byte // guarded by mu; read before anything else
}

// Kind says what the connection is: HTTP1, HTTP2, TURN or ICE.
func (c *Conn) Kind() Kind { return c.kind }

// TLS is the state of the TLS connection, nil for a connection in the clear. It is not called ConnectionState, because
// net/http would then take it for one that has negotiated HTTP/2 by itself.
func (c *Conn) TLS() *tls.ConnectionState { return c.state }

// Read implements net.Conn.
func (c *Conn) Read(b []byte) (int, error) {
	c.mu.Lock()
	if len(c.head) > 0 {
		n := copy(b, c.head)
		c.head = c.head[n:]
		if len(c.head) == 0 {
			c.head = nil
		}
		c.mu.Unlock()
		return n, nil
	}
	c.mu.Unlock()
	return c.Conn.Read(b)
}

// RemoteAddr implements net.Conn: the client's address, also behind a proxy that told it.
func (c *Conn) RemoteAddr() net.Addr {
	if c.from != nil {
		return c.from
	}
	return c.Conn.RemoteAddr()
}

// LocalAddr implements net.Conn.
func (c *Conn) LocalAddr() net.Addr {
	if c.to != nil {
		return c.to
	}
	return c.Conn.LocalAddr()
}

// CloseWrite says that nothing more comes, which net/http does before it closes, so that the last answer is read.
func (c *Conn) CloseWrite() error {
	if w, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return nil
}

// Close implements net.Conn.
func (c *Conn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// peek reads more of c into b's spare room until judge decides.
func peek(c net.Conn, b []byte, judge func([]byte) Kind) ([]byte, Kind, error) {
	for {
		if k := judge(b); k != More {
			return b, k, nil
		}
		if len(b) == cap(b) {
			return b, Unknown, nil
		}
		n, err := c.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if n == 0 && err != nil {
			return b, More, err
		}
	}
}

// replay is a connection some of whose bytes were read already; TLS needs them again.
type replay struct {
	net.Conn
	head []byte // only one goroutine reads during the handshake, and tls.Conn serializes reads later
}

func (r *replay) Read(b []byte) (int, error) {
	if len(r.head) > 0 {
		n := copy(b, r.head)
		r.head = r.head[n:]
		return n, nil
	}
	return r.Conn.Read(b)
}

// exit is a listener that hands on what the front has sorted.
type exit struct {
	addr  func() net.Addr
	conns chan *Conn
	done  chan struct{}
	close func()
}

func newExit(addr func() net.Addr) *exit {
	e := &exit{addr: addr, conns: make(chan *Conn), done: make(chan struct{})}
	e.close = sync.OnceFunc(func() { close(e.done) })
	return e
}

// give hands a connection to whoever accepts, or closes it when nobody does any more.
func (e *exit) give(c *Conn, patience time.Duration) error {
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case e.conns <- c:
		return nil
	case <-e.done:
		return errors.Join(net.ErrClosed, c.Close())
	case <-late.C:
		return errors.Join(errNobody, c.Close())
	}
}

var errNobody = errors.New("nobody accepts this kind of connection")

// Accept implements net.Listener.
func (e *exit) Accept() (net.Conn, error) {
	select {
	case c := <-e.conns:
		return c, nil
	case <-e.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (e *exit) Close() error {
	e.close()
	return nil
}

// Addr implements net.Listener.
func (e *exit) Addr() net.Addr { return e.addr() }

// hostOf takes the address out of a net.Addr; the zero Addr when it has none.
func hostOf(a net.Addr) netip.Addr {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap().WithZone("")
}
