package yjs

import (
	"cmp"
	"slices"
)

// Merge makes one update of several. Who has all of them and who has the result have the same document. Where they
// overlap, the earlier one counts, so that a client that has forgotten deleted text does not make others forget it.
func Merge(updates ...*Update) *Update {
	out := &Update{Structs: map[uint64][]Struct{}, Deletes: IDSet{}}
	for _, u := range updates {
		for client, list := range u.Structs {
			out.Structs[client] = append(out.Structs[client], list...)
		}
		for client, list := range u.Deletes {
			for _, r := range list {
				out.Deletes.Add(client, r)
			}
		}
	}
	for client, list := range out.Structs {
		slices.SortStableFunc(list, func(a, b Struct) int { return cmp.Compare(a.Clock, b.Clock) })
		out.Structs[client] = joined(withoutOverlaps(list))
	}
	return out
}

// Diff is what an update says beyond known. All deletions stay: a state vector does not tell them.
func Diff(u *Update, known StateVector) *Update {
	out := &Update{Structs: map[uint64][]Struct{}, Deletes: u.Deletes}
	for client, list := range u.Structs {
		from := known[client]
		i, _ := slices.BinarySearchFunc(list, from, func(s Struct, clock uint64) int { return cmp.Compare(s.end(), clock+1) })
		if i == len(list) {
			continue
		}
		rest := slices.Clone(list[i:])
		if rest[0].Clock < from {
			rest[0] = rest[0].after(from - rest[0].Clock)
		}
		out.Structs[client] = rest
	}
	return out
}

// Compact forgets the content of what is deleted, and keeps that it stood there.
func Compact(u *Update) *Update {
	out := &Update{Structs: make(map[uint64][]Struct, len(u.Structs)), Deletes: u.Deletes}
	for client, list := range u.Structs {
		short := make([]Struct, 0, len(list))
		for _, s := range list {
			short = s.forget(u.Deletes[client], short)
		}
		out.Structs[client] = joined(short)
	}
	return out
}

// withoutOverlaps cuts off each struct's beginning that those before it have said. It works in place.
func withoutOverlaps(list []Struct) []Struct {
	out, at := list[:0], uint64(0)
	for _, s := range list {
		switch {
		case s.end() <= at:
			continue
		case s.Clock < at:
			s = s.after(at - s.Clock)
		}
		at = s.end()
		out = append(out, s)
	}
	return out
}

// joined makes one struct of those that continue each other. It works in place.
func joined(list []Struct) []Struct {
	if len(list) == 0 {
		return list
	}
	out, owned := list[:1], false // owned: the last struct's content is a copy that may grow
	for _, s := range list[1:] {
		last := &out[len(out)-1]
		if !last.continuedBy(&s) {
			out, owned = append(out, s), false
			continue
		}
		last.Len += s.Len
		if len(s.content) > 0 {
			if !owned {
				last.content, owned = slices.Clone(last.content), true
			}
			last.content = append(last.content, s.content...)
		}
	}
	clear(list[len(out):])
	return out
}

// continuedBy tells whether s and t, which follows, can be one struct: t was written right behind s, before the same
// neighbour. Splitting it again gives the two back. The values of a map's key are never joined.
func (s *Struct) continuedBy(t *Struct) bool {
	if t.Clock != s.end() || t.kind() != s.kind() {
		return false
	}
	switch s.kind() {
	case kindGC:
		return true
	case kindDeleted, kindString, kindAny, kindJSON:
		return t.info&hasOrigin != 0 && t.origin == s.last() && (s.info^t.info)&(hasRight|hasSub) == 0 && t.right == s.right &&
			(s.info&hasSub == 0 || s.kind() == kindDeleted)
	}
	return false
}

// after is the struct without its first n units, 0 < n < Len.
func (s Struct) after(n uint64) Struct {
	_, rest := s.split(n)
	return rest
}

// split cuts the struct in two, 0 < n < Len. The second was written right behind the first.
func (s Struct) split(n uint64) (left, right Struct) {
	left, right = s, s
	left.Len, right.Len = n, s.Len-n
	right.Clock += n
	if s.item() {
		right.info |= hasOrigin
		right.origin = ID{s.Client, right.Clock - 1}
		right.byName, right.parent, right.name, right.sub = false, ID{}, nil, nil
	}
	switch s.kind() {
	case kindString:
		left.content, right.content = splitText(s.content, n)
	case kindAny, kindJSON:
		r := &reader{b: s.content}
		for range n {
			r.element(s.kind())
		}
		left.content, right.content = s.content[:r.i:r.i], s.content[r.i:]
	}
	return left, right
}

// forget appends the struct to out, cut where deletions begin and end, without the content of what is deleted. A nested
// type stays: its children name it.
func (s Struct) forget(deleted []Range, out []Struct) []Struct {
	if !s.item() || s.kind() == kindType || s.kind() == kindDeleted {
		return append(out, s)
	}
	i, _ := slices.BinarySearchFunc(deleted, s.Clock, func(e Range, clock uint64) int { return cmp.Compare(e.end(), clock+1) })
	for ; i < len(deleted) && deleted[i].Clock < s.end(); i++ {
		d := deleted[i]
		if d.Clock > s.Clock {
			var before Struct
			before, s = s.split(d.Clock - s.Clock)
			out = append(out, before)
		}
		var gone Struct
		if d.end() >= s.end() {
			return append(out, s.emptied())
		}
		gone, s = s.split(d.end() - s.Clock)
		out = append(out, gone.emptied())
	}
	return append(out, s)
}

func (s Struct) emptied() Struct {
	s.info = s.info&^kindMask | kindDeleted
	s.content = nil
	return s
}
