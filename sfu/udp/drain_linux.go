package udp

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// drainBatch is how many datagrams leave the backlog at once. What comes meanwhile waits for those, however urgent.
const drainBatch = 16

// recheck is how long the drain waits for a full socket before it looks around: for the end of Run's context, and if the
// socket takes datagrams after all. The network poller always says so; but if it ever did not, the whole media port would
// stand still.
const recheck = 250 * time.Millisecond

// drain sends from the backlog. It belongs to Conn.Run.
type drain struct {
	conn    *Conn
	hand    [drainBatch]int32
	out     *shipment
	again   bool                  // the kernel is short of memory; readiness will not tell when that ends
	attempt func(fd uintptr) bool // made once: a closure for each call would be an allocation
}

func newDrain(c *Conn) *drain {
	d := &drain{conn: c, out: newShipment(drainBatch)}
	for i := range d.out.counts {
		d.out.counts[i] = 1
	}
	d.attempt = d.try
	return d
}

// drainFast sends until the backlog is empty, and waits in the network poller when the socket is full.
func (c *Conn) drainFast() (again bool) {
	d := c.kernel.drain
	d.again = false
	_ = c.conn.SetWriteDeadline(time.Now().Add(recheck)) // fails on closed sockets only, as does what follows
	err := c.kernel.raw.Write(d.attempt)
	_ = c.conn.SetWriteDeadline(time.Time{})
	return d.again || errors.Is(err, os.ErrDeadlineExceeded)
}

// try says false when the network poller shall wait until the socket takes datagrams again.
func (d *drain) try(fd uintptr) bool {
	c, out := d.conn, d.out
	for {
		n := c.takeBacklog(d.hand[:])
		if n == 0 {
			return true
		}
		scope := c.zone.scope.Load()
		c.mu.Lock()
		for i, at := range d.hand[:n] {
			s := &c.backlog.slots[at]
			out.set(i, s.packet(), 0, s.to, scope)
		}
		c.mu.Unlock()
		out.at, out.n = 0, n
		result := out.transmit(fd, c.kernel)
		out.account(&c.counters)
		c.giveBack(d.hand[:n], out.at)
		switch result {
		case full:
			d.again = out.errno == unix.ENOBUFS
			return d.again
		case missing:
			c.fastSend.Store(false)
			c.gso.Store(false)
			d.again = true
			return true
		}
	}
}
