package udp

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// MaxDatagram is the longest datagram that is received, and MaxPacket the longest that is sent: a little above the 1500
// bytes of Ethernet, where browsers and DTLS stay below.
const (
	MaxDatagram = 1600
	MaxPacket   = 1600
)

// pause is how long the drain waits when the kernel says that it is short of memory (ENOBUFS), of which no readiness
// tells the end; and on the portable path, which has no readiness at all.
const pause = 5 * time.Millisecond

// Conn is one socket of the media port. All its methods may be called at once from many goroutines.
type Conn struct {
	conn  net.PacketConn
	udp   *net.UDPConn // conn, when it is a socket of the net package
	local netip.AddrPort
	ipv6  bool
	zone  zone

	kernel                *kernel     // the system calls of the fast path; nil where there is none
	fastReceive, fastSend atomic.Bool // cleared for good when a call turns out to be missing
	gso                   atomic.Bool // cleared for good when the kernel or the network card refuses

	counters counters

	closing sync.Once
	closed  chan struct{}

	// single carries WriteTo; singleMu guards it, and is held for one system call at most.
	singleMu sync.Mutex
	single   *Batch

	// mu guards backlog. waiting is true while something waits in it or is in the drain's hands: until then new
	// datagrams must queue behind, or they would overtake.
	mu      sync.Mutex
	backlog backlog
	waiting atomic.Bool
	wake    chan struct{}
}

// New puts a Conn on any PacketConn, by the portable path.
func New(conn net.PacketConn) *Conn {
	c := &Conn{conn: conn, closed: make(chan struct{}), wake: make(chan struct{}, 1)}
	c.udp, _ = conn.(*net.UDPConn)
	c.local, _ = addrPort(conn.LocalAddr())
	c.ipv6 = c.local.Addr().Is6()
	c.single = newBatch(c, 1, MaxPacket)
	return c
}

// newFast is New with the fast path where the system has it.
func newFast(conn *net.UDPConn) *Conn {
	c := New(conn)
	c.openKernel(systemCalls())
	c.single = newBatch(c, 1, MaxPacket)
	return c
}

// LocalAddr returns the address the socket is bound to, usually one that stands for all.
func (c *Conn) LocalAddr() netip.AddrPort { return c.local }

// PacketConn returns the socket itself, for who reads and writes it in another way. It must then be used in that way only.
func (c *Conn) PacketConn() net.PacketConn { return c.conn }

// Mode says which path the datagrams take, for the log: "recvmmsg, sendmmsg, GSO", or less.
func (c *Conn) Mode() string {
	receive, send, gso := c.fastReceive.Load(), c.fastSend.Load(), c.gso.Load()
	switch {
	case receive && send && gso:
		return "recvmmsg, sendmmsg, GSO"
	case receive && send:
		return "recvmmsg, sendmmsg"
	case receive:
		return "recvmmsg, portable sends"
	case send && gso:
		return "portable receives, sendmmsg, GSO"
	case send:
		return "portable receives, sendmmsg"
	}
	return "portable"
}

// Close closes the socket. A blocked Receive returns net.ErrClosed, Run returns, and what waits in the backlog is lost.
func (c *Conn) Close() error {
	err := net.ErrClosed
	c.closing.Do(func() {
		close(c.closed)
		err = c.conn.Close()
	})
	return err
}

func (c *Conn) isClosed() bool {
	select {
	case <-c.closed:
		return true
	default:
		return false
	}
}

// WriteTo sends one datagram of ICE or DTLS, in class Control. It takes at most MaxPacket bytes, never blocks on Linux,
// and says net.ErrClosed when it is too late; a datagram that the network refuses is no error, but counted.
func (c *Conn) WriteTo(p []byte, to netip.AddrPort) (int, error) {
	if len(p) > MaxPacket {
		c.counters.sendErrors.Add(1)
		return 0, fmt.Errorf("send a datagram of %d bytes, where %d is the most: %w", len(p), MaxPacket, syscall.EMSGSIZE)
	}
	if c.isClosed() {
		return 0, net.ErrClosed
	}
	c.singleMu.Lock()
	defer c.singleMu.Unlock()
	c.single.Commit(append(c.single.Space(len(p)), p...), to, Control)
	c.single.Flush()
	return len(p), nil
}

// Run sends what waits in the backlog as soon as the socket takes it, until ctx is done or the connection is closed. It
// is to run once. Without it, nothing leaves the backlog. On the portable path it may outlast ctx until
// a write under way returns.
func (c *Conn) Run(ctx context.Context) {
	c.wakeUp() // what an earlier Run has left
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.closed:
			return
		case <-c.wake:
		}
		for c.drain() {
			if !c.rest(ctx) {
				return
			}
		}
	}
}

// rest waits before the next attempt to send and says if there is to be one.
func (c *Conn) rest(ctx context.Context) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-c.closed:
		return false
	case <-timer.C:
		return true
	}
}

// drain sends from the backlog until it is empty. It says true if it must be called again after a rest.
func (c *Conn) drain() (again bool) {
	if c.fastSend.Load() {
		return c.drainFast()
	}
	return c.drainPortable()
}

// wakeUp tells Run that there is something to do.
func (c *Conn) wakeUp() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// takeBacklog hands out what is to be sent next; none means that the backlog is empty, and others may send again.
func (c *Conn) takeBacklog(hand []int32) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.backlog.take(hand)
	if n == 0 {
		c.waiting.Store(false)
	}
	return n
}

// giveBack ends what takeBacklog began: the first done are gone, the others wait again.
func (c *Conn) giveBack(hand []int32, done int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, i := range hand[:done] {
		c.backlog.release(i)
	}
	c.backlog.restore(hand[done:])
}

// temporary says that a PacketConn takes nothing now, but may later.
func temporary(err error) bool {
	return err != nil && isAny(err, syscall.EAGAIN, syscall.ENOBUFS, os.ErrDeadlineExceeded)
}
