package samples

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/pion/rtp/codecs"

	"tablee/loadtest/payload"
)

// maxBytes is what the samples may add to the program.
const maxBytes = 1_200_000

func TestSamplesAreWhatParticipantsNeed(t *testing.T) {
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		rid           string
		width, height int
		least, most   int // bit/s
	}{{"q", 320, 180, 90_000, 150_000}, {"h", 640, 360, 240_000, 360_000}, {"f", 1280, 720, 500_000, 850_000}}
	if len(s.Layers) != len(want) {
		t.Fatalf("%d layers", len(s.Layers))
	}
	for i, w := range want {
		l := s.Layers[i]
		if l.RID != w.rid || l.Width != w.width || l.Height != w.height {
			t.Errorf("layer %s %dx%d, want %+v", l.RID, l.Width, l.Height, w)
		}
		size := 0
		for j, f := range l.Frames {
			size += len(f.Data)
			if f.Key() != (j == 0) {
				t.Errorf("%s: frame %d: key %v: not one closed group of pictures", l.RID, j, f.Key())
			}
		}
		length := time.Duration(len(l.Frames)) * FrameTime
		if rate := int(float64(8*size) / length.Seconds()); rate < w.least || rate > w.most {
			t.Errorf("%s: %d bit/s", l.RID, rate)
		}
	}
	if n := time.Duration(len(s.Voice)) * VoiceTime; n < 4*time.Second {
		t.Errorf("%v of voice", n)
	}
	if n := len(quarter) + len(half) + len(full) + len(voice); n > maxBytes {
		t.Errorf("%d bytes of samples, at most %d", n, maxBytes)
	}
}

// Every frame survives cutting, describing, stamping and Pion's depacketiser: only the stamp is added.
func TestFramesSurvivePacketising(t *testing.T) {
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	stamp := payload.Stamp{Layer: 1, Num: 3, At: 12345}
	for _, l := range s.Layers {
		for i, f := range l.Frames {
			var got []byte
			for j, piece := range f.Fragments {
				b := append(payload.AppendVP8(nil, j == 0, uint16(i), uint8(i)), piece...)
				if j == len(f.Fragments)-1 {
					b = stamp.Append(b)
				}
				if len(b) > 1200 {
					t.Fatalf("%s frame %d: packet of %d bytes", l.RID, i, len(b))
				}
				var p codecs.VP8Packet
				rest, err := p.Unmarshal(b)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, rest...)
			}
			if want := stamp.Append(bytes.Clone(f.Data)); !bytes.Equal(got, want) {
				t.Fatalf("%s frame %d: %d bytes, want %d", l.RID, i, len(got), len(want))
			}
		}
	}
}

// A key frame's header says its size and begins with the start code (RFC 6386, section 9.1).
func TestKeyFramesCarryTheirSize(t *testing.T) {
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range s.Layers {
		b := l.Frames[0].Data
		if !bytes.Equal(b[3:6], []byte{0x9d, 0x01, 0x2a}) {
			t.Fatalf("%s: start code % x", l.RID, b[3:6])
		}
		w, h := int(b[6])|int(b[7]&0x3f)<<8, int(b[8])|int(b[9]&0x3f)<<8
		if w != l.Width || h != l.Height {
			t.Errorf("%s: %dx%d in the key frame", l.RID, w, h)
		}
	}
}

func TestVoiceCanBeStamped(t *testing.T) {
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range s.Voice {
		if _, err := payload.AppendOpus(nil, [][]byte{p}, payload.Stamp{}); err != nil {
			t.Fatalf("packet %d: %v", i, err)
		}
		// Configurations of 20 ms (RFC 6716, section 3.1): hybrid ...1 of 12-15, others by their place in the group.
		config := p[0] >> 3
		is20 := config < 12 && config%4 == 1 || config >= 12 && config < 16 && config%2 == 1 || config >= 16 && config%4 == 3
		if !is20 {
			t.Fatalf("packet %d: configuration %d is not of 20 ms", i, config)
		}
	}
}

func TestBrokenFilesAreRefused(t *testing.T) {
	if _, err := readIVF([]byte("DKIF")); err == nil {
		t.Error("half an IVF header read")
	}
	for _, n := range []int{1, 26, 40, len(voice) - 1} {
		if _, err := readOgg(voice[:n]); err == nil {
			t.Errorf("%d bytes of Ogg read", n)
		}
	}
}

// The script that made the samples ships with them.
func TestScriptShips(t *testing.T) {
	info, err := os.Stat("make.sh")
	if err != nil || info.Mode()&0o100 == 0 {
		t.Fatalf("make.sh: %v", err)
	}
}
