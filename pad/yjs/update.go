package yjs

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// Kinds of structs, which are their numbers on the wire.
const (
	kindGC      = 0
	kindDeleted = 1
	kindJSON    = 2
	kindBinary  = 3
	kindString  = 4
	kindEmbed   = 5
	kindFormat  = 6
	kindType    = 7
	kindAny     = 8
	kindDoc     = 9
	kindSkip    = 10
)

// Bits of a struct's first byte.
const (
	kindMask  = 0x1f
	hasSub    = 0x20
	hasRight  = 0x40
	hasOrigin = 0x80
)

// MaxStructs bounds what one update may hold, and with it the memory that reading it takes (about 150 bytes each).
const MaxStructs = 400_000

// Struct is one struct of an update. Its bytes are those of the update.
type Struct struct {
	ID
	Len    uint64
	info   byte
	byName bool   // the parent is the root called name
	origin ID     // what stood left of it when it was made
	right  ID     // what stood right of it
	parent ID     // the item that holds its list, when it has neither origin nor right and no root
	name   []byte // of its root
	sub    []byte // its key in a map
	// content is the rest as on the wire; of a string without its length, of JSON and Any without their count, and of
	// what has a length only it is nil.
	content []byte
}

func (s *Struct) kind() byte  { return s.info & kindMask }
func (s *Struct) end() uint64 { return s.Clock + s.Len }
func (s *Struct) last() ID    { return ID{s.Client, s.end() - 1} }
func (s *Struct) item() bool  { return s.kind() != kindGC && s.kind() != kindSkip }

// Update is what an update says: the structs of each client in order of their clocks, and what is deleted.
type Update struct {
	Structs map[uint64][]Struct
	Deletes IDSet
}

// Parse reads an update. It keeps parts of data. Skips are left out, and structs of a client may overlap or leave gaps:
// updates of several sources say so.
func Parse(data []byte) (*Update, error) {
	r := &reader{b: data}
	u := &Update{Structs: map[uint64][]Struct{}, Deletes: IDSet{}}
	for n := r.count(); n > 0 && r.err == nil; n-- {
		r.client(u)
	}
	r.deletes(u.Deletes)
	if r.err == nil && r.left() > 0 {
		r.fail("something follows the update")
	}
	if r.err != nil {
		return nil, r.err
	}
	return u, nil
}

// client reads the structs of one client.
func (r *reader) client(u *Update) {
	n, client, clock := r.count(), r.uint(), r.uint()
	if n == 0 {
		r.fail("a client without structs")
	}
	list := u.Structs[client]
	again := len(list) > 0
	if !again && r.err == nil {
		list = make([]Struct, 0, min(n, 1<<10))
	}
	for ; n > 0 && r.err == nil; n-- {
		if r.structs++; r.structs > MaxStructs {
			r.fail("too many structs")
			break
		}
		s := r.structure(ID{client, clock})
		clock = s.end()
		if clock > maxSafe || s.Len == 0 {
			r.fail("a struct without length, or beyond counting")
		}
		if s.kind() != kindSkip {
			list = append(list, s)
		}
	}
	if again {
		slices.SortStableFunc(list, func(a, b Struct) int { return cmp.Compare(a.Clock, b.Clock) })
	}
	if len(list) > 0 {
		u.Structs[client] = list
	}
}

func (r *reader) structure(id ID) Struct {
	s := Struct{ID: id, info: r.byte()}
	switch s.kind() {
	case kindGC, kindSkip:
		s.Len = r.uint()
		s.info = s.kind()
		return s
	}
	if s.info&hasOrigin != 0 {
		s.origin = ID{r.uint(), r.uint()}
	}
	if s.info&hasRight != 0 {
		s.right = ID{r.uint(), r.uint()}
	}
	if s.info&(hasOrigin|hasRight) == 0 {
		switch r.uint() {
		case 1:
			s.byName, s.name = true, r.text()
		case 0:
			s.parent = ID{r.uint(), r.uint()}
		default:
			r.fail("a parent of an unknown kind")
		}
		if s.info&hasSub != 0 {
			s.sub = r.text()
		}
	}
	s.Len, s.content = r.content(s.kind())
	return s
}

// content reads what an item holds.
func (r *reader) content(kind byte) (length uint64, content []byte) {
	start := r.i
	switch kind {
	case kindDeleted:
		return r.uint(), nil
	case kindString:
		s := r.text()
		return utf16Len(s), s
	case kindJSON, kindAny:
		n := r.count()
		start = r.i
		for i := n; i > 0 && r.err == nil; i-- {
			r.element(kind)
		}
		length = uint64(n)
	case kindBinary:
		r.bytes()
		length = 1
	case kindEmbed:
		r.json()
		length = 1
	case kindFormat:
		r.text()
		r.json()
		length = 1
	case kindType:
		switch t := r.uint(); t {
		case 3, 5: // an XML element or hook has a name
			r.text()
		case 0, 1, 2, 4, 6:
		default:
			r.fail("a type of an unknown kind")
		}
		length = 1
	case kindDoc:
		r.text()
		r.any(0)
		length = 1
	default:
		r.fail("a struct of an unknown kind")
	}
	if r.err != nil {
		return 0, nil
	}
	return length, r.b[start:r.i]
}

// element reads over one element of a JSON or Any content.
func (r *reader) element(kind byte) {
	if kind == kindAny {
		r.any(0)
		return
	}
	r.json()
}

func (r *reader) deletes(s IDSet) {
	for n := r.count(); n > 0 && r.err == nil; n-- {
		client := r.uint()
		for k := r.count(); k > 0 && r.err == nil; k-- {
			d := Range{r.uint(), r.uint()}
			if d.end() > maxSafe || d.Len == 0 && r.err == nil {
				r.fail("a deletion without length, or beyond counting")
			}
			if r.err == nil {
				s.Add(client, d)
			}
		}
	}
}

// Encode writes the update. Gaps between a client's structs become skips.
func (u *Update) Encode() []byte {
	b := binary.AppendUvarint(nil, uint64(len(u.Structs)))
	for _, client := range descending(u.Structs) {
		list := u.Structs[client]
		n, at := len(list), list[0].Clock
		for i := range list {
			if list[i].Clock > at {
				n++
			}
			at = list[i].end()
		}
		b = binary.AppendUvarint(b, uint64(n))
		b = binary.AppendUvarint(b, client)
		b = binary.AppendUvarint(b, list[0].Clock)
		at = list[0].Clock
		for i := range list {
			if gap := list[i].Clock - at; gap > 0 {
				b = binary.AppendUvarint(append(b, kindSkip), gap)
			}
			b = list[i].appendTo(b)
			at = list[i].end()
		}
	}
	return u.Deletes.appendTo(b)
}

func (s *Struct) appendTo(b []byte) []byte {
	b = append(b, s.info)
	if s.info&hasOrigin != 0 {
		b = binary.AppendUvarint(binary.AppendUvarint(b, s.origin.Client), s.origin.Clock)
	}
	if s.info&hasRight != 0 {
		b = binary.AppendUvarint(binary.AppendUvarint(b, s.right.Client), s.right.Clock)
	}
	if s.item() && s.info&(hasOrigin|hasRight) == 0 {
		if s.byName {
			b = appendBytes(append(b, 1), s.name)
		} else {
			b = binary.AppendUvarint(binary.AppendUvarint(append(b, 0), s.parent.Client), s.parent.Clock)
		}
		if s.info&hasSub != 0 {
			b = appendBytes(b, s.sub)
		}
	}
	switch s.kind() {
	case kindGC, kindDeleted:
		return binary.AppendUvarint(b, s.Len)
	case kindString:
		return appendBytes(b, s.content)
	case kindJSON, kindAny:
		b = binary.AppendUvarint(b, s.Len)
	}
	return append(b, s.content...)
}

// Ends are the clocks up to which the update's structs reach.
func (u *Update) Ends() StateVector {
	v := make(StateVector, len(u.Structs))
	for client, list := range u.Structs {
		for i := range list {
			v[client] = max(v[client], list[i].end())
		}
	}
	return v
}

// Count is how many structs the update has.
func (u *Update) Count() (n int) {
	for _, list := range u.Structs {
		n += len(list)
	}
	return n
}

// Empty tells whether the update says nothing.
func (u *Update) Empty() bool { return len(u.Structs) == 0 && len(u.Deletes) == 0 }
