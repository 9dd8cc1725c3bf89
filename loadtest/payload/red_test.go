package payload

import (
	"bytes"
	"testing"
)

func TestRED(t *testing.T) {
	past, own := bytes.Repeat([]byte{7}, mostBlock), []byte{1, 2, 3}
	blocks, n, ok := ReadRED(AppendRED(nil, 111, past, 960, own))
	if !ok || n != 2 || blocks[0].Offset != 960 || !bytes.Equal(blocks[0].Payload, past) || blocks[1].Offset != 0 || !bytes.Equal(blocks[1].Payload, own) {
		t.Errorf("%v %d blocks, %d back", ok, n, blocks[0].Offset)
	}
	for _, b := range [][]byte{AppendRED(nil, 111, nil, 960, own), AppendRED(nil, 111, past, mostOffset+1, own), AppendRED(nil, 111, append(past, 1), 1, own)} {
		if blocks, n, ok := ReadRED(b); !ok || n != 1 || !bytes.Equal(blocks[0].Payload, own) {
			t.Errorf("%v %d blocks of what does not fit", ok, n)
		}
	}
}

func FuzzReadRED(f *testing.F) {
	f.Add(AppendRED(nil, 111, []byte{1, 2}, 960, []byte{3}))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, b []byte) {
		blocks, n, ok := ReadRED(b)
		size := 0
		for _, x := range blocks[:n] {
			size += len(x.Payload)
		}
		if ok && size+4*(n-1)+1 != len(b) || !ok && n != 0 {
			t.Fatalf("%v: %d bytes in %d blocks, of %d", ok, size, n, len(b))
		}
	})
}
