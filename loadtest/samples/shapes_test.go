package samples

import (
	"testing"
	"time"
)

func TestSingleIsThreeHundredKilobits(t *testing.T) {
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	l, bytes := s.Single[0], 0
	for _, f := range l.Frames {
		bytes += len(f.Data)
	}
	rate := float64(bytes*8) / (time.Duration(len(l.Frames)) * SingleTime).Seconds()
	if rate < 290_000 || rate > 310_000 || len(l.Frames) != len(s.Layers[0].Frames) || !l.Frames[0].Key() || l.Frames[1].Key() {
		t.Errorf("%d frames, %.0f bit/s", len(l.Frames), rate)
	}
}

// Every packet of a fan-out is as large as the others: descriptor, piece, and in the last of a frame the stamp.
func TestFanOutPacketsAreAlike(t *testing.T) {
	const descriptor, stamp = 6, 16
	for _, packets := range []int{1, 8} {
		l, every := FanOut(packets, descriptor, stamp)
		if len(l.Frames)*packets != FanOutPackets || time.Duration(len(l.Frames))*every != time.Second {
			t.Errorf("%d frames of %d packets, every %v", len(l.Frames), packets, every)
		}
		for i, f := range l.Frames {
			if len(f.Fragments) != packets || f.Key() != (i == 0) {
				t.Fatalf("frame %d has %d packets, key: %v", i, len(f.Fragments), f.Key())
			}
			for j, p := range f.Fragments {
				size := descriptor + len(p)
				if j == packets-1 {
					size += stamp
				}
				if size != FanOutSize {
					t.Fatalf("packet %d of frame %d has %d bytes", j, i, size)
				}
			}
		}
	}
}
