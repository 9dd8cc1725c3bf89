package yjs

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// ErrMalformed is every error of reading: the input is no update, vector or message of version 1, or beyond a bound.
var ErrMalformed = errors.New("malformed Yjs data")

// maxSafe is the largest integer that JavaScript counts with; clocks and client ids stay below it.
const maxSafe = 1<<53 - 1

// maxDepth bounds how deep values lie inside each other.
const maxDepth = 64

func malformed(what string) error { return fmt.Errorf("%w: %s", ErrMalformed, what) }

// reader takes values off the front of b. After the first error all it gives is zero.
type reader struct {
	b       []byte
	i       int
	err     error
	structs int // how many were read
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = malformed(what)
	}
	r.i = len(r.b)
}

func (r *reader) left() int { return len(r.b) - r.i }

func (r *reader) byte() byte {
	if r.i >= len(r.b) {
		r.fail("it ends too early")
		return 0
	}
	r.i++
	return r.b[r.i-1]
}

// uint reads a varuint up to maxSafe.
func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b[r.i:])
	if n <= 0 || v > maxSafe {
		r.fail("a number is cut off or too large")
		return 0
	}
	r.i += n
	return v
}

// count reads how many things follow, of which each takes at least one byte.
func (r *reader) count() int {
	n := r.uint()
	if n > uint64(r.left()) {
		r.fail("there are fewer things than it says")
		return 0
	}
	return int(n)
}

func (r *reader) skip(n uint64) []byte {
	if n > uint64(r.left()) {
		r.fail("it ends too early")
		return nil
	}
	s := r.b[r.i : r.i+int(n)]
	r.i += int(n)
	return s
}

// bytes reads a length and so many bytes, which stay part of the input.
func (r *reader) bytes() []byte { return r.skip(r.uint()) }

// text reads a string. What is not UTF-8 would make every Yjs client throw.
func (r *reader) text() []byte {
	s := r.bytes()
	if !utf8.Valid(s) {
		r.fail("a text is not UTF-8")
		return nil
	}
	return s
}

// json reads a string that holds JSON; undefined is written as that word.
func (r *reader) json() {
	s := r.text()
	if r.err == nil && string(s) != "undefined" && !json.Valid(s) {
		r.fail("a value is not JSON")
	}
}

// varint reads over lib0's signed number: 6 bits, then 7 a byte.
func (r *reader) varint() {
	const most = 10
	for n := 0; ; n++ {
		switch c := r.byte(); {
		case r.err != nil || c < 0x80:
			return
		case n == most:
			r.fail("a number is too large")
			return
		}
	}
}

// any reads over one of lib0's values.
func (r *reader) any(depth int) {
	if depth > maxDepth {
		r.fail("values lie too deep")
	}
	if r.err != nil {
		return
	}
	switch r.byte() {
	case 127, 126, 121, 120: // undefined, null, false, true
	case 125:
		r.varint()
	case 124:
		r.skip(4)
	case 123, 122:
		r.skip(8)
	case 119:
		r.text()
	case 118:
		for n := r.count(); n > 0 && r.err == nil; n-- {
			r.text()
			r.any(depth + 1)
		}
	case 117:
		for n := r.count(); n > 0 && r.err == nil; n-- {
			r.any(depth + 1)
		}
	case 116:
		r.bytes()
	default:
		r.fail("a value of an unknown kind")
	}
}

func appendBytes[T []byte | string](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// utf16Len is how many UTF-16 units valid UTF-8 has.
func utf16Len(s []byte) (n uint64) {
	for _, c := range s {
		if c&0xC0 != 0x80 {
			n++
		}
		if c >= 0xF0 {
			n++
		}
	}
	return n
}

// replacement is what Yjs puts in the place of each half of a character that was cut in two.
const replacement = "\uFFFD"

// splitText cuts valid UTF-8 after n UTF-16 units.
func splitText(s []byte, n uint64) (left, right []byte) {
	i := 0
	for n > 0 && i < len(s) {
		_, size := utf8.DecodeRune(s[i:])
		if size == 4 {
			if n == 1 {
				left = append(append(make([]byte, 0, i+len(replacement)), s[:i]...), replacement...)
				return left, append([]byte(replacement), s[i+size:]...)
			}
			n--
		}
		n--
		i += size
	}
	return s[:i:i], s[i:]
}
