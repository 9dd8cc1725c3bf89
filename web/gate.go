package web

import (
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"tablee/ratelimit"
)

// Bound is how many connections there may be at once.
type Bound struct {
	Total int // from everybody
	Each  int // from one address (IPv6: one /64), unless it is this machine's own, where a proxy may stand
}

// BoundFor is the bound of a server for so many participants: each has a WebSocket and, while the page loads, up to
// six more; and a few addresses that are up to no good leave room for the others.
func BoundFor(participants int) Bound {
	total := 8*participants + 256
	return Bound{Total: total, Each: max(64, total/4)}
}

// Connections are the gauges and counters of a server's connections.
type Connections struct {
	Open    int
	Refused int64 // closed at once, because there were too many
}

// gate counts connections in and out.
type gate struct {
	bound Bound

	mu      sync.Mutex
	open    int                  // guarded by mu
	each    map[netip.Prefix]int // guarded by mu; never larger than bound.Total
	refused int64                // guarded by mu
}

func newGate(bound Bound) *gate {
	return &gate{bound: bound, each: map[netip.Prefix]int{}}
}

// enter lets a connection in or refuses it. Each that is let in must leave.
func (g *gate) enter(addr netip.Addr) bool {
	from := ratelimit.Household(addr)
	exempt := !addr.IsValid() || addr.IsLoopback()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open >= g.bound.Total || !exempt && g.each[from] >= g.bound.Each {
		g.refused++
		return false
	}
	g.open++
	g.each[from]++
	return true
}

func (g *gate) leave(addr netip.Addr) {
	from := ratelimit.Household(addr)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open--
	if g.each[from]--; g.each[from] == 0 {
		delete(g.each, from)
	}
}

func (g *gate) stats() Connections {
	g.mu.Lock()
	defer g.mu.Unlock()
	return Connections{Open: g.open, Refused: g.refused}
}

// boundedListener refuses connections beyond the bound with an answer, instead of leaving them to wait.
type boundedListener struct {
	net.Listener
	gate *gate
}

// tooMany is said to a connection that is one too many, before it has said anything.
const tooMany = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 10\r\nContent-Length: 0\r\n\r\n"

// tooManyTimeout bounds how long saying so may hold up the next connection. On TCP it takes none: the kernel has room.
const tooManyTimeout = 50 * time.Millisecond

// Accept implements net.Listener.
func (l *boundedListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := hostOf(c.RemoteAddr().String())
		if l.gate.enter(from) {
			return &countedConn{Conn: c, leave: sync.OnceFunc(func() { l.gate.leave(from) })}, nil
		}
		_ = c.SetWriteDeadline(time.Now().Add(tooManyTimeout)) // it is closed at once whatever happens
		_, _ = c.Write([]byte(tooMany))
		_ = c.Close()
	}
}

// countedConn leaves the gate when it is closed.
type countedConn struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (c *countedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// ReadFrom implements io.ReaderFrom, so that files go by sendfile where the connection below can.
func (c *countedConn) ReadFrom(r io.Reader) (int64, error) {
	if below, ok := c.Conn.(io.ReaderFrom); ok {
		return below.ReadFrom(r)
	}
	return io.Copy(struct{ io.Writer }{c.Conn}, r)
}
