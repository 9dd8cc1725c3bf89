package payload

import (
	"bytes"
	"errors"
	"testing"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
)

func TestStampComesBack(t *testing.T) {
	want := Stamp{Layer: 2, Num: 4_000_000_001, At: 1<<62 + 5}
	got, ok := ReadStamp(want.Append([]byte("a frame")))
	if !ok || got != want {
		t.Fatalf("got %+v, %v", got, ok)
	}
	for _, bad := range [][]byte{nil, make([]byte, StampSize-1), make([]byte, 100)} {
		if s, ok := ReadStamp(bad); ok {
			t.Errorf("read %+v from %d bytes without a stamp", s, len(bad))
		}
	}
}

// The reader of the rewritten packet follows RFC 6716, section 3.2.5, not the writer.
func TestOpusPaddingHoldsTheStampAndNothingElseChanges(t *testing.T) {
	frame := []byte{0x78, 1, 2, 3, 4, 5, 6, 7}
	stamp := Stamp{Num: 7, At: 99}
	p, err := AppendOpus(nil, frame, stamp)
	if err != nil {
		t.Fatal(err)
	}
	if p[0]>>2 != frame[0]>>2 || p[0]&3 != 3 {
		t.Fatalf("table of contents %#x: configuration or channels changed, or not code 3", p[0])
	}
	if vbr, count := p[1]&0x80 != 0, p[1]&0x3f; vbr || count != 1 {
		t.Fatalf("frame count byte %#x", p[1])
	}
	if p[1]&0x40 == 0 || p[2] == 255 {
		t.Fatalf("no short padding in % x", p[:3])
	}
	body := p[3 : len(p)-int(p[2])]
	if !bytes.Equal(body, frame[1:]) {
		t.Fatalf("frame % x, want % x", body, frame[1:])
	}
	if s, ok := ReadStamp(p); !ok || s != stamp {
		t.Fatalf("stamp %+v, %v", s, ok)
	}
}

func TestOpusOfAnotherCodeIsRefused(t *testing.T) {
	for _, p := range [][]byte{nil, {0x78}, {0x79, 1, 2}, {0x7b, 1, 2}} {
		if _, err := AppendOpus(nil, p, Stamp{}); !errors.Is(err, ErrOpus) {
			t.Errorf("% x: %v", p, err)
		}
	}
}

func TestVP8DescriptorIsWhatPionReads(t *testing.T) {
	for _, c := range []struct {
		start bool
		id    uint16
		tl0   uint8
		tag   byte // first byte of the frame
	}{{true, 0, 0, 0x10}, {true, 127, 255, 0x11}, {false, 128, 3, 0x10}, {true, 0x7fff, 9, 0x10}} {
		b := append(AppendVP8(nil, c.start, c.id, c.tl0), c.tag, 0xaa)
		var p codecs.VP8Packet
		rest, err := p.Unmarshal(b)
		if err != nil {
			t.Fatal(err)
		}
		if (p.S == 1) != c.start || p.PID != 0 || p.PictureID != c.id || p.TL0PICIDX != c.tl0 || p.TID != 0 || len(rest) != 2 {
			t.Errorf("%+v: pion reads %+v, %d bytes", c, p, len(rest))
		}
		d, ok := ReadVP8(b)
		want := VP8{Start: c.start, Key: c.start && c.tag&1 == 0, PictureID: c.id, HasID: true, Wide: true, TL0: c.tl0, Size: VP8Size}
		if !ok || d != want {
			t.Errorf("read %+v, %v, want %+v", d, ok, want)
		}
	}
}

func TestVP8ShortForms(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []byte
		want VP8
		ok   bool
	}{
		{"bare", []byte{0x10, 0x01}, VP8{Start: true, Size: 1}, true},
		{"narrow picture id", []byte{0x90, 0x80, 0x55, 0x00}, VP8{Start: true, Key: true, HasID: true, PictureID: 0x55, Size: 3}, true},
		{"second partition", []byte{0x11, 0x00}, VP8{Size: 1}, true},
		{"empty", nil, VP8{}, false},
		{"descriptor only", []byte{0x10}, VP8{}, false},
		{"no extension byte", []byte{0x80}, VP8{}, false},
		{"half a picture id", []byte{0x80, 0x80, 0x80}, VP8{}, false},
		{"no picture id", []byte{0x80, 0x80}, VP8{}, false},
		{"no index", []byte{0x80, 0x40}, VP8{}, false},
		{"no layer", []byte{0x80, 0x20}, VP8{}, false},
	} {
		got, ok := ReadVP8(c.in)
		if got != c.want || ok != c.ok {
			t.Errorf("%s: %+v, %v", c.name, got, ok)
		}
	}
}

// FuzzReadRTP holds the reader against Pion's: what both read, they read alike.
func FuzzReadRTP(f *testing.F) {
	full, err := (&rtp.Packet{Header: rtp.Header{
		Version: 2, Marker: true, PayloadType: 96, SequenceNumber: 65535, Timestamp: 7, SSRC: 8, CSRC: []uint32{9, 10},
		Extension: true, ExtensionProfile: 0xbede, Extensions: nil,
	}, Payload: []byte{1, 2, 3}}).Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(full)
	f.Add(full[:11])
	for _, x := range []string{"\xbe\xde\x00\x01\x51\x12\x34\x00", "\x10\x00\x00\x01\x05\x02\x12\x34", "\xbe\xde\x00\x01\x5f\x12\x34\xf0"} {
		f.Add(append([]byte{0x90, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2}, x...)) // extensions: of one byte, of two, too long
	}
	f.Add([]byte{0xa0, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 5})            // padding longer than the payload
	f.Add([]byte{0x9f, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 5})            // 15 CSRCs announced
	f.Add([]byte{0x90, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 255, 1}) // extension longer than the packet
	f.Fuzz(func(t *testing.T, b []byte) {
		got, ok := ReadRTP(b)
		if !ok {
			return
		}
		var want rtp.Packet
		if want.Unmarshal(b) != nil {
			return
		}
		if got.Seq != want.SequenceNumber || got.Timestamp != want.Timestamp || got.SSRC != want.SSRC ||
			got.Marker != want.Marker || got.Type != want.PayloadType || got.CSRCs != len(want.CSRC) {
			t.Fatalf("read %+v, pion %+v", got, want.Header)
		}
		for id := range uint8(16) {
			if x, y := got.Extension(id), want.GetExtension(id); want.ExtensionProfile == 0xbede && id != 0 && id != 15 && !bytes.Equal(x, y) {
				t.Fatalf("extension %d is % x, pion % x", id, x, y)
			}
		}
		if !bytes.Equal(got.Payload, want.Payload) {
			t.Fatalf("payload % x, pion % x", got.Payload, want.Payload)
		}
	})
}

// FuzzReadVP8 holds the reader against Pion's.
func FuzzReadVP8(f *testing.F) {
	f.Add(append(AppendVP8(nil, true, 300, 4), 0))
	f.Add([]byte{0x80, 0xf0, 0x80, 0x01, 2, 3, 4})
	f.Add([]byte{0x80, 0x80, 0x80})
	f.Fuzz(func(t *testing.T, b []byte) {
		d, ok := ReadVP8(b)
		if !ok {
			return
		}
		var p codecs.VP8Packet
		rest, err := p.Unmarshal(b)
		if err != nil {
			return
		}
		if len(rest) != len(b)-d.Size || d.Start != (p.S == 1 && p.PID == 0) || d.HasID && d.PictureID != p.PictureID {
			t.Fatalf("read %+v, pion %+v and %d bytes", d, p, len(rest))
		}
		ReadStamp(b)
	})
}
