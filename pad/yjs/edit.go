package yjs

import (
	"strings"
	"unicode/utf8"
)

// ReplaceText makes the text of a root another one, as an edit by client, which must be new to the document: what both
// have at the beginning and at the end stays as it is. It returns what others must be told, and applies it.
func (d *Doc) ReplaceText(name string, client uint64, text string) *Update {
	text = strings.ToValidUTF8(text, replacement)
	was := d.Text(name)
	head := commonStart(was, text)
	tail := commonEnd(was[head:], text[head:])
	at := utf16Len([]byte(was[:head]))
	gone := utf16Len([]byte(was[head : len(was)-tail]))
	u := d.splice(name, client, at, gone, text[head:len(text)-tail])
	d.Apply(u)
	return u
}

func commonStart(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	for n > 0 && (n < len(a) && !utf8.RuneStart(a[n]) || n < len(b) && !utf8.RuneStart(b[n])) {
		n--
	}
	return n
}

func commonEnd(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	for n > 0 && !utf8.RuneStart(a[len(a)-n]) {
		n--
	}
	return n
}

// splice is the edit that deletes gone units of the text at a place and puts another text there. Places count the
// text's UTF-16 units.
func (d *Doc) splice(name string, client, at, gone uint64, text string) *Update {
	u := &Update{Structs: map[uint64][]Struct{}, Deletes: IDSet{}}
	var first, prev *node
	if l := d.roots[name]; l != nil {
		first = l.first
	}
	next := first
	for ; next != nil; prev, next = next, next.next {
		if next.deleted || next.kind() != kindString {
			continue
		}
		if at == 0 {
			break
		}
		if next.Len > at {
			d.startingAt(ID{next.Client, next.Clock + at})
		}
		at -= next.Len
	}
	if text != "" {
		s := Struct{ID: ID{client, d.end(client)}, Len: utf16Len([]byte(text)), info: kindString, content: []byte(text)}
		if prev != nil {
			s.info, s.origin = s.info|hasOrigin, prev.last()
		}
		if next != nil {
			s.info, s.right = s.info|hasRight, next.ID
		}
		if prev == nil && next == nil {
			s.byName, s.name = true, []byte(name)
		}
		u.Structs[client] = []Struct{s}
	}
	for n := next; n != nil && gone > 0; n = n.next {
		if n.deleted || n.kind() != kindString {
			continue
		}
		size := min(gone, n.Len)
		u.Deletes.Add(n.Client, Range{n.Clock, size})
		gone -= size
	}
	return u
}
