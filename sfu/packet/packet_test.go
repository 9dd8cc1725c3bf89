package packet

import (
	"bytes"
	"errors"
	"testing"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
)

func build(t testing.TB, ext map[uint8][]byte, twoByte bool, payload []byte, pad byte) []byte {
	t.Helper()
	h := rtp.Header{Version: 2, Marker: true, PayloadType: 96, SequenceNumber: 65535, Timestamp: 1 << 31, SSRC: 0xdeadbeef, CSRC: []uint32{1, 2}}
	if twoByte {
		h.Extension, h.ExtensionProfile = true, profileTwoByte
	}
	for id, b := range ext {
		if err := h.SetExtension(id, b); err != nil {
			t.Fatal(err)
		}
	}
	p := rtp.Packet{Header: h, Payload: payload}
	if pad > 0 {
		p.Header.Padding, p.Header.PaddingSize = true, pad
	}
	b, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParseAgreesWithPion(t *testing.T) {
	for _, two := range []bool{false, true} {
		for _, pad := range []byte{0, 1, 7, 255} {
			for _, payload := range [][]byte{nil, {1}, bytes.Repeat([]byte{7}, 1200)} {
				ext := map[uint8][]byte{1: {9}, 3: []byte("mid"), 14: bytes.Repeat([]byte{5}, 16)}
				b := build(t, ext, two, payload, pad)
				var p RTP
				if err := p.Parse(b); err != nil {
					t.Fatalf("two-byte %v, pad %d: %v", two, pad, err)
				}
				if !p.Marker || p.PayloadType != 96 || p.Seq != 65535 || p.TS != 1<<31 || p.SSRC != 0xdeadbeef || !bytes.Equal(p.Payload, payload) {
					t.Fatalf("two-byte %v, pad %d: got %+v", two, pad, p)
				}
				for id, want := range ext {
					if got := p.Extension(id); !bytes.Equal(got, want) {
						t.Fatalf("extension %d: got %v, want %v", id, got, want)
					}
				}
				if p.Extension(2) != nil || p.Extension(0) != nil {
					t.Fatal("an extension that is not there was found")
				}
			}
		}
	}
}

func TestParseRefuses(t *testing.T) {
	good := build(t, map[uint8][]byte{1: {9}}, false, []byte{1, 2, 3}, 0)
	cut := func(n int) []byte { return append([]byte(nil), good[:n]...) }
	with := func(i int, v byte) []byte { b := cut(len(good)); b[i] = v; return b }
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"empty":                  {nil, ErrShort},
		"eleven bytes":           {cut(11), ErrShort},
		"version 1":              {with(0, 0x40|good[0]&0x3f), ErrVersion},
		"CSRCs past the end":     {with(0, good[0]|0x0f), ErrShort},
		"extension past the end": {with(22, 0xff), ErrExtension},
		"padding of zero":        {append(with(0, good[0]|0x20), 0), ErrPadding},
		"padding too long":       {append(with(0, good[0]|0x20), 200), ErrPadding},
	} {
		var p RTP
		if err := p.Parse(c.b); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestRepairRestoresTheLostPacket(t *testing.T) {
	lost := build(t, map[uint8][]byte{3: []byte("1")}, false, []byte{9, 8, 7}, 0)
	var r rtp.Packet
	if err := r.Unmarshal(lost); err != nil {
		t.Fatal(err)
	}
	r.SSRC, r.PayloadType, r.SequenceNumber = 5, 97, 77
	r.Payload = append([]byte{0xff, 0xff}, r.Payload...)
	r.Header.Padding, r.Header.PaddingSize = true, 9
	rtx, _ := r.Marshal()
	got, ok := Repair(rtx, 0xdeadbeef, 96)
	if !ok || !bytes.Equal(got, lost) {
		t.Fatalf("got %x\nwant %x", got, lost)
	}
	r.Payload = nil
	probe, _ := r.Marshal()
	if _, ok := Repair(probe, 1, 96); ok {
		t.Fatal("a probe without content was taken for a packet")
	}
}

func TestHeaderIsReadAsItWasMeant(t *testing.T) {
	for _, h := range []Header{
		{Seq: 1, TS: 2, SSRC: 3},
		{Marker: true, PayloadType: 96, Seq: 0xfffe, TS: 0xfffffffe, SSRC: 0xdeadbeef, CSRC: 7},
		{PayloadType: 111, Seq: 9, TWCC: 14, TWCCSeq: 0x1234},
		{PayloadType: 97, Seq: 9, CSRC: 1, TWCC: 1, TWCCSeq: 0xffff},
		{PayloadType: 97, Seq: 10, Padding: 255, TWCC: 1},
		{PayloadType: 97, Seq: 11, Padding: 1},
	} {
		raw := h.Append(nil)
		if len(raw) > MaxHeader {
			t.Errorf("%+v takes %d bytes", h, len(raw))
		}
		var p rtp.Packet
		if err := p.Unmarshal(h.Pad(append(raw, 1))); err != nil {
			t.Fatal(err)
		}
		if p.Marker != h.Marker || p.PayloadType != h.PayloadType || p.SequenceNumber != h.Seq || p.Timestamp != h.TS || p.SSRC != h.SSRC || len(p.Payload) != 1 {
			t.Errorf("%+v was read as %+v", h, p.Header)
		}
		if (h.CSRC != 0) != (len(p.CSRC) == 1 && p.CSRC[0] == h.CSRC) {
			t.Errorf("%+v: CSRC %v", h, p.CSRC)
		}
		if x := p.GetExtension(h.TWCC); h.TWCC != 0 && (len(x) != 2 || uint16(x[0])<<8|uint16(x[1]) != h.TWCCSeq) {
			t.Errorf("%+v: extension %x", h, x)
		}
	}
	room := make([]byte, 0, MaxHeader)
	if n := testing.AllocsPerRun(100, func() { room = (&Header{CSRC: 1, TWCC: 1}).Append(room[:0]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestVP8AgreesWithPion(t *testing.T) {
	key := []byte{0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00, 1, 2, 3}
	for _, d := range [][]byte{{0x10}, {0x00}, {0x90, 0x00}, {0x90, 0x80, 0x11}, {0x90, 0x80, 0xff, 0x01}, {0x90, 0xf0, 0x81, 0x02, 0x33, 0x20}, {0x80, 0x40, 0x44}, {0x90, 0x20, 0x20}} {
		payload := append(append([]byte(nil), d...), key...)
		var v VP8
		var pion codecs.VP8Packet
		body, err := pion.Unmarshal(payload)
		if ok := v.Parse(payload); !ok || err != nil {
			t.Fatalf("%x: ok %v, pion %v", d, ok, err)
		}
		if v.Size != len(payload)-len(body) || v.PictureID != pion.PictureID || v.TL0Index != pion.TL0PICIDX || v.Start != (pion.S == 1 && pion.PID == 0) {
			t.Fatalf("%x: got %+v, pion %+v", d, v, pion)
		}
		if v.Key != v.Start || v.Key && (v.Width != 320 || v.Height != 180) {
			t.Fatalf("%x: key %v %d×%d", d, v.Key, v.Width, v.Height)
		}
		v.SetPicture(payload, v.PictureID+1)
		v.SetTL0(payload, v.TL0Index+1)
		var w VP8
		w.Parse(payload)
		if v.Picture != 0 && w.PictureID != v.PictureID+1 && !(!v.Long && w.PictureID == (v.PictureID+1)&0x7f) || v.TL0 != 0 && w.TL0Index != v.TL0Index+1 || w.Size != v.Size {
			t.Fatalf("%x: after rewriting %+v, before %+v", d, w, v)
		}
	}
}

func TestVP8CutShort(t *testing.T) {
	full := []byte{0x90, 0xf0, 0x81, 0x02, 0x33, 0x20, 0x10}
	for n := range full {
		var v VP8
		if v.Parse(full[:n]) {
			t.Errorf("%d bytes were taken for a descriptor with a frame", n)
		}
	}
}

func TestParseDoesNotAllocate(t *testing.T) {
	b := build(t, map[uint8][]byte{1: {9}}, false, []byte{0x90, 0x80, 0x81, 0x02, 0x10, 0}, 0)
	if n := testing.AllocsPerRun(100, func() {
		var p RTP
		var v VP8
		if p.Parse(b) != nil || !v.Parse(p.Payload) || p.Extension(1) == nil {
			t.Fatal("did not parse")
		}
	}); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(build(f, map[uint8][]byte{1: {9}}, false, []byte{0x90, 0x80, 0x81, 2}, 3))
	f.Add(build(f, map[uint8][]byte{200: {9}}, true, []byte{0x10, 0, 0}, 0))
	f.Add(bytes.Repeat([]byte{0xbf}, 64))
	f.Fuzz(func(t *testing.T, b []byte) {
		var p RTP
		if p.Parse(b) != nil {
			return
		}
		if len(p.Payload) > len(b) {
			t.Fatal("payload longer than the packet")
		}
		for id := range 16 {
			p.Extension(uint8(id))
		}
		var v VP8
		if v.Parse(p.Payload) {
			if v.Size >= len(p.Payload) {
				t.Fatal("descriptor leaves no frame")
			}
			v.SetPicture(p.Payload, 12345)
			v.SetTL0(p.Payload, 1)
		}
		if fixed, ok := Repair(bytes.Clone(b), 1, 2); ok {
			var q RTP
			if err := q.Parse(fixed); err != nil || q.SSRC != 1 || q.PayloadType != 2 {
				t.Fatalf("repaired packet: %v %+v", err, q)
			}
		}
	})
}
