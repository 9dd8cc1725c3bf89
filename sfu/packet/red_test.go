package packet

import (
	"bytes"
	"testing"
)

// buildRED is a payload with these frames, the last of which is the packet's own.
func buildRED(step uint32, frames ...[]byte) (b []byte) {
	own := len(frames) - 1
	for i, f := range frames[:own] {
		b = AppendREDHead(b, 111, step*uint32(own-i), len(f))
	}
	b = append(b, 111)
	for _, f := range frames {
		b = append(b, f...)
	}
	return b
}

func TestRED(t *testing.T) {
	frames := [][]byte{bytes.Repeat([]byte{1}, MaxREDBlock), {2, 2}, {3}}
	var r RED
	if !r.Parse(buildRED(2880, frames...)) || r.N != 3 {
		t.Fatalf("%d blocks", r.N)
	}
	for i, x := range r.Blocks[:3] {
		if want := 2880 * uint32(2-i); x.PayloadType != 111 || x.Offset != want || !bytes.Equal(x.Payload, frames[i]) {
			t.Errorf("block %d: type %d, %d back, %d bytes", i, x.PayloadType, x.Offset, len(x.Payload))
		}
	}
	if !r.Parse(buildRED(MaxREDOffset, nil, frames[2])) || r.Blocks[0].Offset != MaxREDOffset || len(r.Blocks[0].Payload) != 0 {
		t.Errorf("%+v", r.Blocks[0])
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "no frame of its own": {111}, "half a header": {0x80 | 111, 1}, "a block that is longer than all": {0x80 | 111, 0, 0, 9, 111, 1},
		"only headers": {0x80 | 111, 0, 0, 1}, "too many": append(bytes.Repeat([]byte{0x80 | 111, 0, 0, 0}, MaxREDBlocks), 111, 1),
	} {
		if r.Parse(b) {
			t.Errorf("%s was taken for %d blocks", name, r.N)
		}
	}
}

// Whatever comes, the blocks are parts of the payload, and what is written is read again.
func FuzzRED(f *testing.F) {
	f.Add(buildRED(960, []byte{1, 2, 3}, []byte{4}))
	f.Add(buildRED(960, nil, []byte{1}, []byte{4, 5}))
	f.Add([]byte{0x80 | 111, 0xff, 0xff, 0xff, 111})
	f.Fuzz(func(t *testing.T, b []byte) {
		var r RED
		if !r.Parse(b) {
			return
		}
		size, own := 0, r.N-1
		var again []byte
		for _, x := range r.Blocks[:own] {
			size += len(x.Payload) + redHead
			again = AppendREDHead(again, x.PayloadType, x.Offset, len(x.Payload))
		}
		if size+1+len(r.Blocks[own].Payload) != len(b) {
			t.Fatalf("%d bytes in blocks, of %d", size, len(b))
		}
		again = append(again, r.Blocks[own].PayloadType)
		for _, x := range r.Blocks[:r.N] {
			again = append(again, x.Payload...)
		}
		if !bytes.Equal(again, b) {
			t.Fatalf("%x was written as %x", b, again)
		}
	})
}
