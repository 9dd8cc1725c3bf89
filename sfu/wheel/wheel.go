package wheel

import (
	"math"
	"math/bits"
)

// A deadline's way through the wheel:
//
//  1. Arm rounds it up to a tick and puts the node in a list: the level is that of the highest digit (of 6 bits) in
//     which the tick differs from the present, the list is that digit.
//  2. When the present reaches the first tick that a list of a higher level spans, the list is spread over the levels
//     below. Each node goes down at most six times.
//  3. When the present reaches its tick, the node goes to the list of those that are due, in the order they were found.
//  4. Pop takes it from there. From then on the node is the caller's, to arm again or to forget.
//
// A node at some level shares all higher digits with the present and lies ahead of it in its own. So all nodes of a
// level come before those of the next, and the first list of the lowest level that holds anything comes first of all.

// Tick is the grain of time, in nanoseconds.
const Tick = 5_000_000

const (
	digit  = 6 // bits of a tick that one level looks at
	slots  = 1 << digit
	levels = 7 // 42 bits: more ticks than there are in the nanoseconds of an int64
	// due is the list of nodes whose time has come.
	due = levels * slots
)

// Node is one deadline, embedded where it belongs. The zero value is not armed.
type Node[T any] struct {
	// Value is the caller's: usually a pointer to what the deadline is about.
	Value T

	prev, next *Node[T]
	tick       uint64
	place      uint16 // the list it is in, plus one; 0 when not armed
}

// Armed says whether the node is in the wheel.
func (n *Node[T]) Armed() bool { return n.place != 0 }

// Wheel holds deadlines. The zero value is ready. A node may be in one wheel only.
type Wheel[T any] struct {
	lists [levels*slots + 1]*Node[T] // each a ring of nodes; nil when empty
	used  [levels]uint64             // a bit for each list that holds anything
	tick  uint64                     // the present: all that was due before it has been moved to the list due
	until uint64                     // the tick of the latest now; ahead of tick while Pop works its way there
}

// Arm sets the node's deadline, whether it has one or not. One that has passed is due at the next tick, so that a node
// armed again while others are popped does not come back in the same round.
func (w *Wheel[T]) Arm(n *Node[T], at int64) {
	w.Cancel(n)
	n.tick = w.until + 1
	if at > 0 {
		n.tick = max(n.tick, uint64(at-1)/Tick+1)
	}
	w.insert(n)
}

// Cancel takes the node out of the wheel. One that is not in it stays out.
func (w *Wheel[T]) Cancel(n *Node[T]) {
	if n.place == 0 {
		return
	}
	list := int(n.place - 1)
	if n.next == n {
		w.lists[list] = nil
		if list != due {
			w.used[list/slots] &^= 1 << (list % slots)
		}
	} else {
		n.prev.next, n.next.prev = n.next, n.prev
		if w.lists[list] == n {
			w.lists[list] = n.next
		}
	}
	n.prev, n.next, n.place = nil, nil, 0
}

// Pop takes out the next node that is due by now, nil when there is none left. Call it with one now until it says so.
// A now that lies before an earlier one is taken for the earlier one.
func (w *Wheel[T]) Pop(now int64) *Node[T] {
	if now > 0 {
		w.until = max(w.until, uint64(now)/Tick)
	}
	for w.lists[due] == nil {
		list, from, ok := w.first()
		if !ok || from > w.until {
			w.tick = w.until
			return nil
		}
		w.tick = from
		w.spread(list)
	}
	n := w.lists[due]
	w.Cancel(n)
	return n
}

// Next says when to call Pop: not after the earliest deadline. It may be before, by what the deadline's list spans, when
// that is more than 64 ticks off; Pop then finds nothing, and Next knows better. ok is false when the wheel is empty.
func (w *Wheel[T]) Next() (at int64, ok bool) {
	from := w.tick
	if w.lists[due] == nil {
		if _, from, ok = w.first(); !ok {
			return 0, false
		}
	}
	if from > math.MaxInt64/Tick {
		return math.MaxInt64, true
	}
	return int64(from) * Tick, true
}

// first returns the list whose nodes come before all others, those that are due apart, and the first tick it spans.
func (w *Wheel[T]) first() (list int, from uint64, ok bool) {
	for level, used := range w.used {
		if used != 0 {
			slot := bits.TrailingZeros64(used)
			shift := level * digit
			return level*slots + slot, w.tick>>(shift+digit)<<(shift+digit) | uint64(slot)<<shift, true
		}
	}
	return 0, 0, false
}

// spread moves the nodes of a list, whose first tick is the present, to where they belong now.
func (w *Wheel[T]) spread(list int) {
	for n := w.lists[list]; n != nil; n = w.lists[list] {
		w.Cancel(n)
		w.insert(n)
	}
}

// insert puts a node that is in no list at the end of the list for its tick.
func (w *Wheel[T]) insert(n *Node[T]) {
	list := due
	if ahead := n.tick ^ w.tick; ahead != 0 {
		level := (bits.Len64(ahead) - 1) / digit
		slot := n.tick >> (level * digit) % slots
		list = level*slots + int(slot)
		w.used[level] |= 1 << slot
	}
	n.place = uint16(list + 1)
	head := w.lists[list]
	if head == nil {
		n.prev, n.next = n, n
		w.lists[list] = n
		return
	}
	n.prev, n.next = head.prev, head
	head.prev.next, head.prev = n, n
}
