package impair

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"tablee/loadtest/link"
)

// The way of a packet: WriteToAddrPort → the up pipe → release, when it is due → the socket; and the socket → receive →
// the down pipe → ReadFromAddrPort, when it is due. A packet is copied into its pipe and its buffer goes back when it is
// out.

// maxPacket is the largest packet, in bytes.
const maxPacket = 1500

// conn is a socket at the far end of a line.
type conn struct {
	link.Conn
	epoch    time.Time
	reading  *time.Timer // of ReadFromAddrPort
	up, down *side
	running  sync.WaitGroup
	closing  sync.Once
	closed   chan struct{}
	ended    func() // is told of Close
	err      error  // of Close
}

// side is a pipe between goroutines.
type side struct {
	mu   sync.Mutex // guards pipe and err
	pipe *pipe
	err  error         // of the socket: nothing more will come
	wake chan struct{} // something changed
}

// Wrap puts a line before a socket. The profile must have passed Check. Close stops what Wrap starts.
func Wrap(socket link.Conn, p Profile, seed uint64) link.Conn { return newConn(socket, p, seed) }

func newConn(socket link.Conn, p Profile, seed uint64) *conn {
	c := &conn{Conn: socket, epoch: time.Now(), ended: func() {}, closed: make(chan struct{})}
	c.up = &side{pipe: newPipe(p.Up, p.Queue, p.Reorder, 2*seed), wake: make(chan struct{}, 1)}
	c.down = &side{pipe: newPipe(p.Down, p.Queue, p.Reorder, 2*seed+1), wake: make(chan struct{}, 1)}
	c.reading = time.NewTimer(time.Hour)
	c.running.Go(c.release)
	c.running.Go(c.receive)
	return c
}

func (c *conn) now() int64 { return int64(time.Since(c.epoch)) }

// push puts a packet into a side's pipe.
func (s *side) push(now int64, data []byte, addr netip.AddrPort, err error) {
	s.mu.Lock()
	if err != nil {
		s.err = err
	} else {
		s.pipe.push(now, data, addr)
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// take copies the next packet that is due into b, or says how long to wait for it; far away when there is none.
func (s *side) take(now int64, b []byte) (n int, addr netip.AddrPort, wait time.Duration, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x, ok := s.pipe.pop(now); ok {
		n = copy(b, x.data)
		s.pipe.reuse(x.data)
		return n, x.addr, 0, nil
	}
	if s.err != nil {
		return 0, addr, 0, s.err
	}
	if due, ok := s.pipe.next(); ok {
		return 0, addr, time.Duration(due - now), nil
	}
	return 0, addr, time.Hour, nil
}

// wait takes the next packet when it is due. The timer belongs to the caller.
func (c *conn) wait(s *side, t *time.Timer, b []byte) (int, netip.AddrPort, error) {
	for {
		n, addr, wait, err := s.take(c.now(), b)
		if err != nil || wait == 0 {
			return n, addr, err
		}
		t.Reset(wait)
		select {
		case <-t.C:
		case <-s.wake:
		case <-c.closed:
			return 0, addr, net.ErrClosed
		}
	}
}

// release sends what comes out of the line upwards.
func (c *conn) release() {
	t := time.NewTimer(time.Hour)
	defer t.Stop()
	for b := make([]byte, maxPacket); ; {
		n, to, err := c.wait(c.up, t, b)
		if err != nil {
			return
		}
		_, _ = c.Conn.WriteToAddrPort(b[:n], to) // a packet that cannot be sent is lost
	}
}

// receive puts what comes from the socket on the line downwards.
func (c *conn) receive() {
	for b := make([]byte, maxPacket); ; {
		n, from, err := c.Conn.ReadFromAddrPort(b)
		c.down.push(c.now(), b[:n], from, err)
		if err != nil {
			return
		}
	}
}

// ReadFromAddrPort implements link.Conn. It is not to be called concurrently.
func (c *conn) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	return c.wait(c.down, c.reading, b)
}

// WriteToAddrPort implements link.Conn.
func (c *conn) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	c.up.push(c.now(), b, to, nil)
	return len(b), nil
}

// Close implements link.Conn. What is on the line is lost.
func (c *conn) Close() error {
	c.closing.Do(func() {
		c.ended()
		close(c.closed)
		c.err = c.Conn.Close()
		c.running.Wait()
		c.reading.Stop()
	})
	return c.err
}
