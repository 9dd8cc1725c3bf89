package yjs

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
)

// ID names one unit of a document: the Clock-th that Client made.
type ID struct{ Client, Clock uint64 }

// Range is a run of clocks of one client.
type Range struct{ Clock, Len uint64 }

func (r Range) end() uint64 { return r.Clock + r.Len }

// IDSet is a set of IDs: for each client its ranges, in order, apart from each other. The zero value is ready after make.
type IDSet map[uint64][]Range

// Add puts a range into the set. It tells whether any of it is new.
func (s IDSet) Add(client uint64, r Range) (news bool) {
	list := s[client]
	// first is the first range that touches r or lies behind it.
	first, _ := slices.BinarySearchFunc(list, r.Clock, func(e Range, clock uint64) int { return cmp.Compare(e.end(), clock) })
	if first < len(list) && list[first].Clock <= r.Clock && list[first].end() >= r.end() {
		return false
	}
	last, from, to := first, r.Clock, r.end()
	for last < len(list) && list[last].Clock <= r.end() {
		from, to = min(from, list[last].Clock), max(to, list[last].end())
		last++
	}
	s[client] = slices.Replace(list, first, last, Range{from, to - from})
	return true
}

// Covers tells whether all of a range is in the set.
func (s IDSet) Covers(client uint64, r Range) bool {
	list := s[client]
	i, _ := slices.BinarySearchFunc(list, r.Clock, func(e Range, clock uint64) int { return cmp.Compare(e.end(), clock+1) })
	return r.Len == 0 || i < len(list) && list[i].Clock <= r.Clock && list[i].end() >= r.end()
}

// Has tells whether an ID is in the set.
func (s IDSet) Has(id ID) bool { return s.Covers(id.Client, Range{id.Clock, 1}) }

// Ranges counts the set's ranges.
func (s IDSet) Ranges() (n int) {
	for _, list := range s {
		n += len(list)
	}
	return n
}

// appendTo writes the set as a delete set, clients in falling order as Yjs does.
func (s IDSet) appendTo(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	for _, client := range descending(s) {
		b = binary.AppendUvarint(b, client)
		b = binary.AppendUvarint(b, uint64(len(s[client])))
		for _, r := range s[client] {
			b = binary.AppendUvarint(b, r.Clock)
			b = binary.AppendUvarint(b, r.Len)
		}
	}
	return b
}

func descending[V any](m map[uint64]V) []uint64 {
	return slices.SortedFunc(maps.Keys(m), func(a, b uint64) int { return cmp.Compare(b, a) })
}

// StateVector is how far each client is known: clocks below the value.
type StateVector map[uint64]uint64

// Encode writes the vector.
func (v StateVector) Encode() []byte {
	b := binary.AppendUvarint(nil, uint64(len(v)))
	for _, client := range descending(v) {
		b = binary.AppendUvarint(b, client)
		b = binary.AppendUvarint(b, v[client])
	}
	return b
}

// DecodeStateVector reads a vector.
func DecodeStateVector(data []byte) (StateVector, error) {
	r := &reader{b: data}
	n := r.count()
	v := make(StateVector, min(n, len(data)/2))
	for ; n > 0 && r.err == nil; n-- {
		client, clock := r.uint(), r.uint()
		v[client] = max(v[client], clock)
	}
	if r.err == nil && r.left() > 0 {
		r.fail("something follows the state vector")
	}
	return v, r.err
}

// Covers tells whether v knows all that w knows.
func (v StateVector) Covers(w StateVector) bool {
	for client, clock := range w {
		if v[client] < clock {
			return false
		}
	}
	return true
}
