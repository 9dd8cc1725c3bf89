package udp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// errAddress says that a PacketConn has named a source that is no address.
var errAddress = errors.New("the source is not an IP address and port")

// receivePortable reads one datagram.
func (r *Reader) receivePortable() error {
	c := r.conn
	n, from, err := c.readFrom(r.bufs[0])
	if err != nil {
		return err
	}
	c.counters.receiveCalls.Add(1)
	r.add(0, n, c.zone.strip(from))
	return nil
}

func (c *Conn) readFrom(p []byte) (int, netip.AddrPort, error) {
	if c.udp != nil {
		return c.udp.ReadFromUDPAddrPort(p)
	}
	n, addr, err := c.conn.ReadFrom(p)
	if err != nil {
		return 0, netip.AddrPort{}, err
	}
	from, ok := addrPort(addr)
	if !ok {
		return 0, netip.AddrPort{}, fmt.Errorf("read from %v: %w", addr, errAddress)
	}
	return n, from, nil
}

func (c *Conn) writeTo(p []byte, to netip.AddrPort) error {
	to = c.zone.restore(to)
	var err error
	if c.udp != nil {
		_, err = c.udp.WriteToUDPAddrPort(p, to)
	} else {
		_, err = c.conn.WriteTo(p, net.UDPAddrFromAddrPort(to))
	}
	c.counters.sendCalls.Add(1)
	switch {
	case err == nil:
		c.counters.sent.Add(1)
	case !temporary(err):
		c.counters.sendErrors.Add(1)
	}
	return err
}

// sendPortable writes everything from one segment of one message on.
func (b *Batch) sendPortable(message, segment int) {
	for i := message; i < len(b.messages); i++ {
		m := &b.messages[i]
		for ; segment < m.segments; segment++ {
			start, end := m.bounds(segment)
			if err := b.conn.writeTo(b.buf[start:end], m.to); temporary(err) {
				b.queue(i, segment)
				return
			}
		}
		segment = 0
	}
}

// drainPortable empties the backlog one by one, so that what is urgent never waits for long.
func (c *Conn) drainPortable() (again bool) {
	var hand [1]int32
	for c.takeBacklog(hand[:]) > 0 {
		c.mu.Lock()
		s := c.backlog.slots[hand[0]] // a copy: the slots may move when push needs more of them
		c.mu.Unlock()
		if err := c.writeTo(s.packet(), s.to); temporary(err) {
			c.giveBack(hand[:], 0)
			return true
		}
		c.giveBack(hand[:], 1)
	}
	return false
}
