package front

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// The way of a connection, all on one goroutine of its own:
//  1. the gate counts it in, or it is closed at once
//  2. its first bytes are read until they decide; a PROXY header from this machine is taken off, and it goes on as if the
//     connection came from there
//  3. TLS is taken off, and the bytes inside are looked at in the same way
//  4. it goes to the listener of its kind, with all that was read, and without any deadline: whoever speaks its language
//     knows better
// Until 4, one deadline for everything up to the end of the handshake and one for what follows bound the time, however
// the client drips.

// Deadlines. Browsers open connections ahead of need and leave them idle after the handshake, so that takes longer.
const (
	helloTimeout = 10 * time.Second // from the first byte's absence to the end of the TLS handshake
	idleTimeout  = 30 * time.Second // after the handshake, until the client says something
	giveTimeout  = 5 * time.Second  // until the part that speaks the language takes the connection
)

// acmeProtocol is how a certificate authority checks that the name is ours (RFC 8737): the handshake is all there is.
const acmeProtocol = "acme-tls/1"

// Config is what a Front is made of.
type Config struct {
	TLS   *tls.Config // nil: TLS is refused, a proxy before us has taken it off
	TURN  bool        // somebody accepts from Front.TURN
	ICE   bool        // somebody accepts from Front.ICE
	Bound Bound       // the zero value: BoundFor(50)

	// Came is told from where each connection comes that speaks HTTP, by its own goroutine; nil for nobody.
	Came func(from netip.Addr)

	// Times are the deadlines, for tests; the zero value stands for those above.
	Hello, Idle time.Duration
}

// Stats are the gauges and counters of a Front.
type Stats struct {
	Open, Waiting int
	Taken         map[string]int64 // handed on, by kind
	Refused       map[string]int64 // closed, by reason
}

// reasons why a connection is closed.
var reasons = []string{"too_many", "silent", "unknown", "handshake", "proxy", "not_served"}

// Front sorts the connections of one or several listeners. Make one with New.
type Front struct {
	cfg     Config
	gate    *gate
	http    *exit
	turn    *exit
	ice     *exit
	taken   map[Kind]*atomic.Int64   // the map never changes
	refused map[string]*atomic.Int64 // the map never changes

	mu      sync.Mutex
	closed  bool                  // guarded by mu
	addr    net.Addr              // guarded by mu; of the first listener
	raw     map[net.Conn]struct{} // guarded by mu; connections on their way, to be cut off by Close
	sorting sync.WaitGroup
}

// New makes a front. Nothing runs until Serve.
func New(cfg Config) *Front {
	if cfg.Bound == (Bound{}) {
		cfg.Bound = BoundFor(50)
	}
	if cfg.Hello == 0 {
		cfg.Hello = helloTimeout
	}
	if cfg.Idle == 0 {
		cfg.Idle = idleTimeout
	}
	f := &Front{cfg: cfg, gate: newGate(cfg.Bound), raw: map[net.Conn]struct{}{},
		taken: map[Kind]*atomic.Int64{}, refused: map[string]*atomic.Int64{}}
	f.http, f.turn, f.ice = newExit(f.localAddr), newExit(f.localAddr), newExit(f.localAddr)
	for _, k := range []Kind{HTTP1, HTTP2, TURN, ICE} {
		f.taken[k] = new(atomic.Int64)
	}
	for _, r := range reasons {
		f.refused[r] = new(atomic.Int64)
	}
	return f
}

// HTTP accepts the connections that speak HTTP, each a *Conn.
func (f *Front) HTTP() net.Listener { return f.http }

// TURN accepts the connections that speak STUN, over TLS or not.
func (f *Front) TURN() net.Listener { return f.turn }

// ICE accepts the connections that speak STUN behind RFC 4571's lengths.
func (f *Front) ICE() net.Listener { return f.ice }

// Serve sorts what comes in on l until ctx ends or Close; it closes l. It may be called for several listeners.
func (f *Front) Serve(ctx context.Context, l net.Listener) error {
	f.mu.Lock()
	if f.addr == nil {
		f.addr = l.Addr()
	}
	f.mu.Unlock()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	defer l.Close()
	for pause := time.Duration(0); ; {
		c, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			if errors.Is(err, net.ErrClosed) { // not by us
				return fmt.Errorf("accept connections: %w", err)
			}
			if pause = next(pause); !wait(ctx, pause) { // no file descriptors left, most likely: others will go away
				return nil
			}
			continue
		}
		pause = 0
		f.take(c)
	}
}

func next(pause time.Duration) time.Duration {
	return min(max(2*pause, 5*time.Millisecond), time.Second)
}

func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// take starts sorting one connection.
func (f *Front) take(c net.Conn) {
	t, ok := f.gate.enter(hostOf(c.RemoteAddr()))
	if !ok {
		f.refused["too_many"].Add(1)
		_ = c.Close()
		return
	}
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		f.gate.leave(t)
		_ = c.Close()
		return
	}
	f.raw[c] = struct{}{}
	f.sorting.Add(1)
	f.mu.Unlock()
	go func() {
		defer f.sorting.Done()
		reason := f.sort(c, t)
		f.mu.Lock()
		delete(f.raw, c)
		f.mu.Unlock()
		if reason != "" {
			if n := f.refused[reason]; n != nil {
				n.Add(1)
			}
			f.gate.leave(t)
			_ = c.Close()
		}
	}()
}

// done is sort's answer for a connection that was no client's mistake, and is over.
const done = "done"

// sort finds out what c is and hands it on; otherwise it says why not.
func (f *Front) sort(c net.Conn, t *ticket) (reason string) {
	_ = c.SetDeadline(time.Now().Add(f.cfg.Hello)) // a connection that takes no deadline fails at once
	out := &Conn{Conn: c, leave: sync.OnceFunc(func() { f.gate.leave(t) })}
	head, kind, reason := f.first(c, out, t)
	if reason != "" {
		return reason
	}
	if kind == TLS {
		if f.cfg.TLS == nil {
			return "not_served"
		}
		secure := tls.Server(&replay{Conn: c, head: head}, f.cfg.TLS)
		if err := secure.HandshakeContext(context.Background()); err != nil { // the deadline bounds it
			return "handshake"
		}
		state := secure.ConnectionState()
		if state.NegotiatedProtocol == acmeProtocol {
			_ = secure.Close()
			return done
		}
		_ = c.SetDeadline(time.Now().Add(f.cfg.Idle))
		out.Conn, out.state = secure, &state
		if head, kind, reason = look(secure); reason != "" {
			return reason
		}
	}
	out.kind, out.head = kind, head
	return f.hand(out, t)
}

// first reads the first bytes of the wire, and takes off a PROXY header.
func (f *Front) first(c net.Conn, out *Conn, t *ticket) (head []byte, kind Kind, reason string) {
	head, kind, reason = look(c)
	if reason != "" || kind != Proxy {
		return head, kind, reason
	}
	if !hostOf(c.RemoteAddr()).IsLoopback() {
		return nil, Unknown, "proxy"
	}
	var p proxied
	var n int
	var wrong error
	head, _, err := peek(c, head, func(b []byte) Kind {
		if p, n, wrong = parseProxy(b); wrong != nil {
			return Unknown
		} else if n == 0 {
			return More
		}
		return Proxy
	})
	if err != nil {
		return nil, More, "silent"
	}
	if wrong != nil || n == 0 {
		return nil, Unknown, "proxy"
	}
	if p.from.IsValid() {
		if !f.gate.move(t, p.from.Addr()) {
			return nil, Unknown, "too_many"
		}
		out.from, out.to = net.TCPAddrFromAddrPort(p.from), net.TCPAddrFromAddrPort(p.to)
	}
	head, kind, reason = lookOn(c, slices.Clone(head[n:]))
	if kind == Proxy { // one is enough
		return nil, Unknown, "proxy"
	}
	return head, kind, reason
}

// look reads until the bytes decide.
func look(c net.Conn) ([]byte, Kind, string) { return lookOn(c, nil) }

func lookOn(c net.Conn, head []byte) ([]byte, Kind, string) {
	head, kind, err := peek(c, append(make([]byte, 0, peekMost), head...), Classify)
	switch {
	case err != nil && len(head) == 0 && errors.Is(err, io.EOF):
		return nil, More, done // it came, said nothing, and went: a scanner, or a check that the port is open
	case err != nil:
		return nil, More, "silent"
	case kind == Unknown:
		return nil, Unknown, "unknown"
	}
	return head, kind, ""
}

// hand gives the connection to whoever speaks its language.
func (f *Front) hand(c *Conn, t *ticket) (reason string) {
	to := f.http
	switch c.kind {
	case HTTP1, HTTP2:
	case TURN:
		if to = f.turn; !f.cfg.TURN {
			return "not_served"
		}
	case ICE:
		if to = f.ice; !f.cfg.ICE || c.state != nil { // no browser speaks ICE inside TLS
			return "not_served"
		}
	default: // TLS or PROXY inside TLS
		return "unknown"
	}
	_ = c.Conn.SetDeadline(time.Time{})
	if f.cfg.Came != nil && to == f.http {
		f.cfg.Came(hostOf(c.RemoteAddr()))
	}
	f.gate.known(t)
	f.taken[c.kind].Add(1)
	if err := to.give(c, giveTimeout); err != nil {
		f.taken[c.kind].Add(-1)
		return "not_served"
	}
	return ""
}

// Close cuts off what is still being sorted, closes the listeners of all kinds and waits. The listeners of Serve end
// with their context.
func (f *Front) Close() error {
	f.mu.Lock()
	f.closed = true
	for c := range f.raw {
		_ = c.Close() // its sorting ends with an error
	}
	f.mu.Unlock()
	for _, e := range []*exit{f.http, f.turn, f.ice} {
		e.close()
	}
	f.sorting.Wait()
	return nil
}

// Stats reads the gauges and counters.
func (f *Front) Stats() Stats {
	s := Stats{Taken: map[string]int64{}, Refused: map[string]int64{}}
	s.Open, s.Waiting = f.gate.counts()
	for k, n := range f.taken {
		s.Taken[k.String()] = n.Load()
	}
	for r, n := range f.refused {
		s.Refused[r] = n.Load()
	}
	return s
}

func (f *Front) localAddr() net.Addr {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.addr == nil {
		return &net.TCPAddr{}
	}
	return f.addr
}
