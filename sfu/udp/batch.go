package udp

import (
	"fmt"
	"net/netip"
)

// A packet's way out:
//
//  1. Space gives room in the batch's buffer; the caller builds and encrypts the packet there.
//  2. Commit makes it a message, or the next segment of the message before it (same address, class and size).
//  3. Flush hands all messages to the kernel with one system call (send_linux.go), or one by one (portable.go).
//  4. What the kernel cannot take now is copied to the connection's backlog, and so is everything after it until the
//     backlog is empty.
//
// The buffer belongs to the batch, which belongs to one goroutine; after Flush it holds nothing that is still needed.

// Sizes of a batch: a system call for 64 messages costs little per message, and the buffer with them fits a small
// processor's second-level cache.
const (
	batchMessages = 64
	batchBytes    = 96 << 10
)

// MaxSegments is how many datagrams of equal size travel as one through the kernel. A run leaves the network card as one
// burst, which home routers with short queues do not like; 16 already take nine tenths of the gain.
const MaxSegments = 16

// maxRunBytes keeps a run within what one datagram of IPv4 may hold, headers included.
const maxRunBytes = 65535 - 60 - 8

// Batch gathers datagrams and sends them together. It belongs to one goroutine; a Conn may have many.
type Batch struct {
	conn     *Conn
	buf      []byte
	used     int
	messages []message
	fast     *sender // nil on the portable path
}

// message is one datagram, or a run of equal-sized ones of which the last may be shorter.
type message struct {
	start, size int // in Batch.buf, all segments together
	segment     int // size of each but the last
	segments    int
	to          netip.AddrPort
	class       Class
}

// bounds returns where segment i lies in Batch.buf.
func (m *message) bounds(i int) (start, end int) {
	start = m.start + i*m.segment
	return start, min(start+m.segment, m.start+m.size)
}

// NewBatch makes a batch for one goroutine.
func (c *Conn) NewBatch() *Batch { return newBatch(c, batchMessages, batchBytes) }

func newBatch(c *Conn, messages, bytes int) *Batch {
	return &Batch{conn: c, buf: make([]byte, bytes), messages: make([]message, 0, messages), fast: newSender(c, messages)}
}

// Space returns an empty slice with room for n bytes, at most MaxPacket, in which the next packet is to be built. It is
// valid until the next call of a method of the batch. When there is no room left, what is there is sent first.
func (b *Batch) Space(n int) []byte {
	if n < 0 || n > MaxPacket {
		panic(fmt.Sprintf("udp: space for a packet of %d bytes, where %d is the most", n, MaxPacket))
	}
	if len(b.buf)-b.used < n || len(b.messages) == cap(b.messages) {
		b.Flush()
	}
	return b.buf[b.used : b.used : b.used+n]
}

// Commit adds the packet p, which was built in what Space returned last (anything else is copied). It goes out with
// Flush at the latest.
func (b *Batch) Commit(p []byte, to netip.AddrPort, class Class) {
	to = plain(to)
	if !b.conn.canReach(to) {
		b.conn.counters.sendErrors.Add(1)
		return
	}
	inPlace := len(p) > 0 && b.used < len(b.buf) && &p[0] == &b.buf[b.used] && len(b.messages) < cap(b.messages)
	if !inPlace {
		p = append(b.Space(len(p)), p...)
	}
	start := b.used
	b.used += len(p)
	class = class.valid()
	if n := len(b.messages); n > 0 && b.conn.gso.Load() && b.messages[n-1].extend(len(p), to, class) {
		return
	}
	b.messages = append(b.messages, message{start: start, size: len(p), segment: len(p), segments: 1, to: to, class: class})
}

// extend makes a datagram the next segment of a run, if the rules of UDP_SEGMENT allow it (Linux, udp(7)).
func (m *message) extend(size int, to netip.AddrPort, class Class) bool {
	full := m.size == m.segments*m.segment // a shorter segment ends a run
	if !full || size == 0 || size > m.segment || m.segments == MaxSegments || m.size+size > maxRunBytes ||
		m.class != class || m.to != to {
		return false
	}
	m.size += size
	m.segments++
	return true
}

// Flush sends everything that was committed. It does not block (on Linux); what cannot go now waits in the backlog.
func (b *Batch) Flush() {
	if len(b.messages) == 0 {
		return
	}
	switch {
	case b.conn.waiting.Load():
		b.queue(0, 0)
	case b.fast != nil && b.conn.fastSend.Load():
		b.fast.send(b)
	default:
		b.sendPortable(0, 0)
	}
	b.messages, b.used = b.messages[:0], 0
}

// queue copies everything from one segment of one message on to the backlog.
func (b *Batch) queue(message, segment int) {
	c := b.conn
	var dropped [classes]int
	queued := 0
	c.mu.Lock()
	for i := message; i < len(b.messages); i++ {
		m := &b.messages[i]
		for ; segment < m.segments; segment++ {
			start, end := m.bounds(segment)
			if c.backlog.push(b.buf[start:end], m.to, m.class, &dropped) {
				queued++
			}
		}
		segment = 0
	}
	first := !c.waiting.Swap(true)
	c.mu.Unlock()
	c.counters.queued.Add(uint64(queued))
	for class, n := range dropped {
		if n > 0 {
			c.counters.dropped[class].Add(uint64(n))
		}
	}
	if first {
		c.wakeUp()
	}
}
