package yjs

import (
	"cmp"
	"slices"
	"strings"
)

// TextRoot is the root type that holds a pad's text.
const TextRoot = "text"

// Doc is a document whose items stand in order, as YATA has them (Nicolaescu et al., "Near Real-Time Peer-to-Peer
// Shared Editing on Extensible Data Types", 2016, as yjs implements it). It is made when a text is wanted, and dropped again.
type Doc struct {
	nodes map[uint64][]*node // by client, in order of clocks, without gaps
	roots map[string]*list
	gen   int // of the marks before and rival
}

// node is a struct that has found its place. A deleted one keeps it.
type node struct {
	Struct
	prev, next *node
	in         *list
	key        string // in a map
	keyed      bool
	deleted    bool
	own        *list // of a nested type

	before, rival int // equal to Doc.gen while integrate has seen it
}

// list is a type's content: a sequence, and the last value of each key.
type list struct {
	first *node
	last  map[string]*node
	item  *node // that holds the type, nil for a root
}

// NewDoc is a document with what u says. What u lacks the beginning of is left out.
func NewDoc(u *Update) *Doc {
	d := &Doc{nodes: map[uint64][]*node{}, roots: map[string]*list{}}
	d.Apply(u)
	return d
}

// Apply adds what an update says beyond what is there. It returns how many structs had to be left out for want of what
// they hang on.
func (d *Doc) Apply(u *Update) (left int) {
	in := &intake{doc: d, queues: cut(u, d)}
	for progress := true; progress; { // a client that waited for one before it has its turn again
		progress = false
		for _, client := range descending(in.queues) {
			progress = in.run(client) || progress
		}
	}
	for _, q := range in.queues {
		left += len(q)
	}
	for client, ranges := range u.Deletes {
		for _, r := range ranges {
			d.deleteRange(client, r)
		}
	}
	return left
}

// intake takes structs in an order in which each finds what it hangs on.
type intake struct {
	doc    *Doc
	queues map[uint64][]Struct
}

// run takes all it can of a client, and of those that its structs wait for. It tells whether that was anything.
func (in *intake) run(client uint64) (progress bool) {
	stack := []uint64{client}
	waits := map[uint64]bool{client: true} // clients on the stack
	stuck := map[uint64]bool{}             // clients whose next struct waits for what is not there
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		q := in.queues[top]
		need, missing := uint64(0), false
		if len(q) > 0 {
			need, missing = in.doc.misses(&q[0])
		}
		switch {
		case len(q) > 0 && !missing:
			in.doc.integrate(q[0])
			in.queues[top] = q[1:]
			progress = true
			clear(stuck)
			continue
		case missing && need != top && !waits[need] && !stuck[need] && len(in.queues[need]) > 0:
			stack = append(stack, need)
			waits[need] = true
			continue
		}
		stuck[top] = len(q) > 0
		delete(waits, top)
		stack = stack[:len(stack)-1]
	}
	return progress
}

// misses tells which client's structs are to come before s.
func (d *Doc) misses(s *Struct) (client uint64, missing bool) {
	if s.Clock > d.end(s.Client) {
		return s.Client, true
	}
	for _, id := range s.needs() {
		if id.Clock >= d.end(id.Client) {
			return id.Client, true
		}
	}
	return 0, false
}

func (d *Doc) end(client uint64) uint64 {
	if list := d.nodes[client]; len(list) > 0 {
		return list[len(list)-1].end()
	}
	return 0
}

// cut splits the structs of u where others begin or end to hang on them, so that integrating splits next to nothing.
func cut(u *Update, d *Doc) map[uint64][]Struct {
	cuts := map[uint64][]uint64{}
	at := func(client, clock uint64) { cuts[client] = append(cuts[client], clock) }
	for _, list := range u.Structs {
		for i := range list {
			s := &list[i]
			if s.info&hasOrigin != 0 {
				at(s.origin.Client, s.origin.Clock+1)
			}
			if s.info&hasRight != 0 {
				at(s.right.Client, s.right.Clock)
			}
		}
	}
	for client, ranges := range u.Deletes {
		for _, r := range ranges {
			at(client, r.Clock)
			at(client, r.end())
		}
	}
	out := make(map[uint64][]Struct, len(u.Structs))
	for client, list := range u.Structs {
		points := cuts[client]
		slices.Sort(points)
		known := d.end(client)
		var pieces []Struct
		for _, s := range list {
			if s.end() <= known {
				continue
			}
			if s.Clock < known {
				s = s.after(known - s.Clock)
			}
			for len(points) > 0 && points[0] < s.end() {
				if points[0] > s.Clock && s.kind() != kindGC {
					var before Struct
					before, s = s.split(points[0] - s.Clock)
					pieces = append(pieces, before)
				}
				points = points[1:]
			}
			pieces = append(pieces, s)
		}
		if len(pieces) > 0 {
			out[client] = pieces
		}
	}
	return out
}

// find is the node that holds an ID, and its place among its client's.
func (d *Doc) find(id ID) (*node, int) {
	list := d.nodes[id.Client]
	i, _ := slices.BinarySearchFunc(list, id.Clock, func(n *node, clock uint64) int { return cmp.Compare(n.end(), clock+1) })
	if i == len(list) || list[i].Clock > id.Clock {
		return nil, i
	}
	return list[i], i
}

// startingAt is the node that begins with id, split off if need be.
func (d *Doc) startingAt(id ID) *node {
	n, i := d.find(id)
	if n == nil || n.Clock == id.Clock || !n.item() {
		return n
	}
	return d.splitNode(n, i, id.Clock-n.Clock)
}

// endingAt is the node that ends with id, split off if need be.
func (d *Doc) endingAt(id ID) *node {
	n, i := d.find(id)
	if n != nil && n.end() != id.Clock+1 && n.item() {
		d.splitNode(n, i, id.Clock+1-n.Clock)
	}
	return n
}

func (d *Doc) splitNode(n *node, i int, at uint64) *node {
	left, right := n.Struct.split(at)
	r := &node{Struct: right, prev: n, next: n.next, in: n.in, key: n.key, keyed: n.keyed, deleted: n.deleted}
	n.Struct = left
	if n.next != nil {
		n.next.prev = r
	} else if n.keyed && n.in != nil && n.in.last[n.key] == n {
		n.in.last[n.key] = r
	}
	n.next = r
	d.nodes[n.Client] = slices.Insert(d.nodes[n.Client], i+1, r)
	return r
}

// integrate finds a struct's place. All it hangs on is there.
func (d *Doc) integrate(s Struct) {
	n := &node{Struct: s, deleted: s.kind() == kindGC || s.kind() == kindDeleted}
	if !s.item() {
		d.nodes[s.Client] = append(d.nodes[s.Client], n)
		return
	}
	if s.info&hasOrigin != 0 {
		n.prev = d.endingAt(s.origin)
	}
	if s.info&hasRight != 0 {
		n.next = d.startingAt(s.right)
	}
	d.findList(n)
	d.nodes[s.Client] = append(d.nodes[s.Client], n)
	if n.in == nil { // what it stood in has been forgotten
		n.deleted, n.prev, n.next = true, nil, nil
		n.Struct = Struct{ID: n.ID, Len: n.Len}
		return
	}
	if s.kind() == kindType {
		n.own = &list{item: n}
	}
	if n.prev == nil && (n.next == nil || n.next.prev != nil) || n.prev != nil && n.prev.next != n.next {
		d.settle(n)
	}
	d.link(n)
	if n.in.item != nil && n.in.item.deleted || n.keyed && n.next != nil {
		remove(n)
	}
}

// findList finds what the node stands in; none when its neighbours have been forgotten.
func (d *Doc) findList(n *node) {
	if n.prev != nil && !n.prev.item() || n.next != nil && !n.next.item() {
		return
	}
	for _, beside := range []*node{n.prev, n.next} {
		if beside != nil {
			n.in, n.key, n.keyed = beside.in, beside.key, beside.keyed
			return
		}
	}
	n.key, n.keyed = string(n.sub), n.info&hasSub != 0
	if n.byName {
		name := string(n.name)
		if d.roots[name] == nil {
			d.roots[name] = &list{}
		}
		n.in = d.roots[name]
		return
	}
	if holder, _ := d.find(n.parent); holder != nil {
		n.in = holder.own
	}
}

// leftmost is where a node's neighbours begin.
func (n *node) leftmost() *node {
	if !n.keyed {
		return n.in.first
	}
	o := n.in.last[n.key]
	for o != nil && o.prev != nil {
		o = o.prev
	}
	return o
}

// settle decides between nodes that were made at the same place at the same time: prev becomes the last of those that
// go before n.
func (d *Doc) settle(n *node) {
	o := n.leftmost()
	if n.prev != nil {
		o = n.prev.next
	}
	d.gen++
	all := d.gen
	d.gen++ // rivals are forgotten by counting on
	for ; o != nil && o != n.next; o = o.next {
		o.before, o.rival = all, d.gen
		switch {
		case sameOrigin(n, o):
			if o.Client < n.Client {
				n.prev = o
				d.gen++
			} else if sameRight(n, o) {
				return
			}
		case o.info&hasOrigin != 0:
			from, _ := d.find(o.origin)
			if from == nil || from.before != all {
				return
			}
			if from.rival != d.gen {
				n.prev = o
				d.gen++
			}
		default:
			return
		}
	}
}

func sameOrigin(a, b *node) bool { return (a.info^b.info)&hasOrigin == 0 && a.origin == b.origin }
func sameRight(a, b *node) bool  { return (a.info^b.info)&hasRight == 0 && a.right == b.right }

// link puts a node behind its prev.
func (d *Doc) link(n *node) {
	switch {
	case n.prev != nil:
		n.next = n.prev.next
		n.prev.next = n
	case n.keyed:
		n.next = n.leftmost()
	default:
		n.next = n.in.first
		n.in.first = n
	}
	if n.next != nil {
		n.next.prev = n
	} else if n.keyed {
		if n.in.last == nil {
			n.in.last = map[string]*node{}
		}
		n.in.last[n.key] = n
		if n.prev != nil {
			remove(n.prev)
		}
	}
}

// remove deletes a node, and all that lies in it.
func remove(n *node) {
	for stack := []*node{n}; len(stack) > 0; {
		n, stack = stack[len(stack)-1], stack[:len(stack)-1]
		if n.deleted {
			continue
		}
		n.deleted = true
		if n.own == nil {
			continue
		}
		for child := n.own.first; child != nil; child = child.next {
			stack = append(stack, child)
		}
		for _, child := range n.own.last {
			stack = append(stack, child)
		}
	}
}

func (d *Doc) deleteRange(client uint64, r Range) {
	if r.Clock >= d.end(client) {
		return
	}
	n := d.startingAt(ID{client, r.Clock})
	for n != nil && n.Clock < r.end() {
		if n.end() > r.end() && n.item() {
			d.startingAt(ID{client, r.end()})
		}
		remove(n)
		next := n.end()
		if next >= d.end(client) {
			return
		}
		n, _ = d.find(ID{client, next})
	}
}

// Text is the text of the root called name.
func (d *Doc) Text(name string) string {
	var b strings.Builder
	if l := d.roots[name]; l != nil {
		for n := l.first; n != nil; n = n.next {
			if !n.deleted && n.kind() == kindString {
				b.Write(n.content)
			}
		}
	}
	return b.String()
}
