package icetcp

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/transport/v5/deadline"
)

// The way of a packet, in and out:
//  1. a goroutine for each TCP connection reads it into a packet of the pool and queues it for the engine; when the engine
//     is slow, the packet is dropped, as a socket's buffer does it
//  2. the engine's read copies it out, and it goes back to the pool
//  3. the engine's write copies its packet into one of the pool, in the queue of the connection to that address; when that
//     is full, the oldest goes
//  4. another goroutine for each connection writes what is queued, behind its length, in one call for all that is there

// Bounds.
const (
	toEngine     = 512 // packets
	toClient     = 256 // packets: a quarter of a second of a lively meeting
	idleTimeout  = 30 * time.Second
	writeTimeout = 10 * time.Second
	writeAtOnce  = 16 << 10 // bytes
)

// Conn is a net.PacketConn over TCP connections. Make one with New, and Serve it listeners.
type Conn struct {
	local   net.Addr
	in      chan *packet
	done    chan struct{}
	late    *deadline.Deadline
	pool    sync.Pool
	dropped atomic.Int64
	packets atomic.Int64

	mu      sync.RWMutex
	closed  bool                     // guarded by mu
	clients map[netip.AddrPort]*peer // guarded by mu
	running sync.WaitGroup
}

// packet is one packet and who sent it.
type packet struct {
	from *peer
	n    int
	data [maxPacket]byte
}

// peer is one TCP connection.
type peer struct {
	conn net.Conn
	at   netip.AddrPort
	addr *net.UDPAddr // what the engine sees: it knows datagrams only
	out  chan *packet
	done chan struct{}
	stop func()
}

// New makes one. local is what LocalAddr says.
func New(local netip.AddrPort) *Conn {
	return &Conn{local: net.UDPAddrFromAddrPort(local), in: make(chan *packet, toEngine), done: make(chan struct{}),
		late: deadline.New(), clients: map[netip.AddrPort]*peer{}}
}

// Serve takes the connections of l until Close, or until l is closed.
func (c *Conn) Serve(l net.Listener) error {
	for {
		conn, err := l.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return nil
			}
			return fmt.Errorf("accept ICE over TCP: %w", err)
		}
		c.take(conn)
	}
}

func (c *Conn) take(conn net.Conn) {
	at, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		_ = conn.Close()
		return
	}
	at = netip.AddrPortFrom(at.Addr().Unmap().WithZone(""), at.Port())
	p := &peer{conn: conn, at: at, addr: net.UDPAddrFromAddrPort(at), out: make(chan *packet, toClient), done: make(chan struct{})}
	p.stop = sync.OnceFunc(func() {
		close(p.done)
		_ = conn.Close()
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		p.stop()
		return
	}
	if old := c.clients[at]; old != nil { // the network forgot the old connection, and we did not
		old.stop()
	}
	c.clients[at] = p
	c.running.Go(func() { c.receive(p) })
	c.running.Go(func() { c.send(p) })
}

// receive queues what the client sends, until the connection ends.
func (c *Conn) receive(p *peer) {
	defer func() {
		p.stop()
		c.mu.Lock()
		if c.clients[p.at] == p {
			delete(c.clients, p.at)
		}
		c.mu.Unlock()
	}()
	r := bufio.NewReaderSize(p.conn, 2*maxPacket)
	for {
		if p.conn.SetReadDeadline(time.Now().Add(idleTimeout)) != nil {
			return
		}
		k := c.packet()
		n, err := readPacket(r, &k.data)
		if err != nil {
			c.pool.Put(k)
			return
		}
		k.from, k.n = p, n
		select {
		case c.in <- k:
			c.packets.Add(1)
		default:
			c.release(k)
			c.dropped.Add(1)
		}
	}
}

// send writes what the engine has queued, until the connection ends.
func (c *Conn) send(p *peer) {
	defer p.stop()
	b := make([]byte, 0, writeAtOnce)
	for {
		var k *packet
		select {
		case k = <-p.out:
		case <-p.done:
			return
		}
		b = b[:0]
		for more := true; more; {
			b = binary.BigEndian.AppendUint16(b, uint16(k.n))
			b = append(b, k.data[:k.n]...)
			c.release(k)
			if more = len(b)+2+maxPacket <= writeAtOnce; more {
				select {
				case k = <-p.out:
				default:
					more = false
				}
			}
		}
		if p.conn.SetWriteDeadline(time.Now().Add(writeTimeout)) != nil {
			return
		}
		if _, err := p.conn.Write(b); err != nil {
			return
		}
	}
}

func (c *Conn) packet() *packet {
	if k, ok := c.pool.Get().(*packet); ok {
		return k
	}
	return new(packet)
}

func (c *Conn) release(k *packet) {
	k.from = nil
	c.pool.Put(k)
}

// next waits for a packet.
func (c *Conn) next() (*packet, error) {
	select {
	case k := <-c.in:
		return k, nil
	case <-c.done:
		return nil, net.ErrClosed
	case <-c.late.Done():
		return nil, os.ErrDeadlineExceeded
	}
}

// ReadFrom implements net.PacketConn.
func (c *Conn) ReadFrom(b []byte) (int, net.Addr, error) {
	k, err := c.next()
	if err != nil {
		return 0, nil, err
	}
	n, addr := copy(b, k.data[:k.n]), k.from.addr
	c.release(k)
	return n, addr, nil
}

// ReadFromUDPAddrPort is ReadFrom as net.UDPConn has it, without an allocation.
func (c *Conn) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	k, err := c.next()
	if err != nil {
		return 0, netip.AddrPort{}, err
	}
	n, at := copy(b, k.data[:k.n]), k.from.at
	c.release(k)
	return n, at, nil
}

// WriteTo implements net.PacketConn. Nobody at an address is no error, as with UDP.
func (c *Conn) WriteTo(b []byte, addr net.Addr) (int, error) {
	u, ok := addr.(*net.UDPAddr)
	if !ok {
		return 0, fmt.Errorf("send ICE over TCP to %T: %w", addr, net.UnknownNetworkError(addr.Network()))
	}
	return c.WriteToUDPAddrPort(b, u.AddrPort())
}

// WriteToUDPAddrPort is WriteTo as net.UDPConn has it.
func (c *Conn) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	c.mu.RLock()
	p := c.clients[to]
	c.mu.RUnlock()
	if p == nil || len(b) == 0 || len(b) > maxPacket {
		c.dropped.Add(1)
		return len(b), nil
	}
	k := c.packet()
	k.n = copy(k.data[:], b)
	for {
		select {
		case p.out <- k:
			return len(b), nil
		default:
		}
		select {
		case old := <-p.out:
			c.release(old)
			c.dropped.Add(1)
		default:
		}
	}
}

// Serves says if a client with this address is connected.
func (c *Conn) Serves(a netip.AddrPort) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.clients[netip.AddrPortFrom(a.Addr().Unmap(), a.Port())] != nil
}

// Stats are the gauges and counters of a Conn.
type Stats struct {
	Clients  int
	Received int64
	Dropped  int64
}

// Stats reads them.
func (c *Conn) Stats() Stats {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return Stats{Clients: len(c.clients), Received: c.packets.Load(), Dropped: c.dropped.Load()}
}

// LocalAddr implements net.PacketConn.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// SetDeadline implements net.PacketConn; writing never waits.
func (c *Conn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetReadDeadline implements net.PacketConn.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.late.Set(t)
	return nil
}

// SetWriteDeadline implements net.PacketConn.
func (c *Conn) SetWriteDeadline(time.Time) error { return nil }

// Close implements net.PacketConn: it cuts all connections and waits for their goroutines. Listeners are the caller's.
func (c *Conn) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.closed = true
	close(c.done)
	for _, p := range c.clients {
		p.stop()
	}
	c.mu.Unlock()
	c.running.Wait()
	return nil
}
