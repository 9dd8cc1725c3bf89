package udp

import "net/netip"

// A datagram's way through the backlog:
//
//  1. push copies it into a slot at the end of its class's queue; whoever is dropped for it is counted.
//  2. take hands the most urgent ones to the drain: control, then audio, then video, each in order. Their slots stay
//     occupied, and count.
//  3. The drain sends them; release frees the slots of those that are gone (or refused), restore puts the others back
//     in front of their queues.
//
// The backlog owns the slots' memory; the drain may read it between take and release or restore.

// Bounds of one connection's backlog: a quarter of a second of 16 Mbit/s. More would only deliver old pictures later.
const (
	backlogPackets = 512
	backlogBytes   = 512 << 10
	backlogChunk   = 32 // slots whose memory is taken at once
)

// none ends a list of slots.
const none = int32(-1)

// backlog is what waits until the socket takes datagrams again. It has no lock: Conn.mu guards it.
type backlog struct {
	slots  []slot
	free   int32 // list of unused slots, valid when slots is not empty
	queues [classes]queue

	packets, bytes int // what is held, including what take has handed out
}

// queue is a list of slots, oldest first.
type queue struct {
	first, last int32
	length      int
}

// slot holds one datagram.
type slot struct {
	buf   []byte // all of the slot's memory
	size  int
	to    netip.AddrPort
	class Class
	next  int32
}

func (s *slot) packet() []byte { return s.buf[:s.size] }

// push copies p in, and adds to dropped what had no room: the oldest video first, then the oldest audio, and control
// last. The new datagram counts as the youngest of its class: it is dropped itself when there is nothing less needed.
func (b *backlog) push(p []byte, to netip.AddrPort, class Class, dropped *[classes]int) bool {
	for b.packets >= backlogPackets || b.bytes+len(p) > backlogBytes {
		victim := Video
		for victim < class && b.queues[victim].length == 0 {
			victim++
		}
		i := b.pop(victim)
		if i == none {
			dropped[class]++
			return false
		}
		dropped[victim]++
		b.release(i)
	}
	i := b.allocate()
	s := &b.slots[i]
	s.size, s.to, s.class, s.next = copy(s.buf, p), to, class, none
	q := &b.queues[class]
	if q.length == 0 {
		q.first = i
	} else {
		b.slots[q.last].next = i
	}
	q.last = i
	q.length++
	b.packets++
	b.bytes += s.size
	return true
}

// allocate finds a slot; there is one, because push has made room.
func (b *backlog) allocate() int32 {
	if b.packets == len(b.slots) {
		memory := make([]byte, backlogChunk*MaxPacket)
		b.free = none
		for range backlogChunk {
			b.slots = append(b.slots, slot{buf: memory[:MaxPacket:MaxPacket], next: b.free})
			memory = memory[MaxPacket:]
			b.free = int32(len(b.slots) - 1)
		}
	}
	i := b.free
	b.free = b.slots[i].next
	return i
}

// pop takes the oldest of a class out of its queue.
func (b *backlog) pop(class Class) int32 {
	q := &b.queues[class]
	if q.length == 0 {
		return none
	}
	i := q.first
	q.first = b.slots[i].next
	q.length--
	return i
}

// take fills hand with the datagrams to be sent next and returns how many there are.
func (b *backlog) take(hand []int32) int {
	n := 0
	for class := Class(classes); class > 0; class-- {
		for n < len(hand) && b.queues[class-1].length > 0 {
			hand[n] = b.pop(class - 1)
			n++
		}
	}
	return n
}

// release forgets a datagram that take or pop has handed out.
func (b *backlog) release(i int32) {
	s := &b.slots[i]
	b.packets--
	b.bytes -= s.size
	s.to = netip.AddrPort{}
	s.next = b.free
	b.free = i
}

// restore puts what take has handed out back in front of the queues, in the order in which it was taken.
func (b *backlog) restore(hand []int32) {
	for n := len(hand) - 1; n >= 0; n-- {
		i := hand[n]
		q := &b.queues[b.slots[i].class]
		b.slots[i].next = q.first
		if q.length == 0 {
			q.last = i
		}
		q.first = i
		q.length++
	}
}
