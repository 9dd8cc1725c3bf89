package sfu

import (
	"testing"
	"time"

	"github.com/pion/rtcp"

	"tablee/sfu/report"
	ours "tablee/sfu/rtcp"
)

// reported is the last block that the seat was sent about its microphone.
func (s *seat) reported() (last rtcp.ReceptionReport) {
	for _, p := range s.rtcp {
		if rr, ok := p.(*rtcp.ReceiverReport); ok {
			for _, b := range rr.Reports {
				if b.SSRC == 100 {
					last = b
				}
			}
		}
	}
	return last
}

// A speaker's browser is told of what a listener's line loses where nothing else repairs it, and of no more than that.
func TestOpusRepairsWhatCopiesDoNot(t *testing.T) {
	for _, c := range []struct {
		name        string
		ptRED       uint8
		voice       bool // the profile
		percent     int  // that b's line loses
		own         bool // who loses is the speaker itself
		least, most int  // of 256
	}{
		{"no RED, no loss", 0, false, 0, false, 0, 0},
		{"no RED, little loss", 0, false, 1, false, 0, 0},
		{"no RED", 0, false, 10, false, 18, 32},
		{"no RED, bounded", 0, false, 60, false, 64, 64},
		{"copies go", redPT, false, 10, false, 0, 0},
		{"the profile voice has no copies", redPT, true, 10, false, 18, 32},
		{"who speaks does not hear itself", 0, false, 10, true, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			a, b := d.join("a", 0, 0), d.join("b", 0, 0)
			b.open("a0", false, noLink{b}, negotiated{ssrc: 0xa0, pt: 111, ptRED: c.ptRED})
			if c.voice {
				d.engine.SetProfile("r", "voice")
			}
			whose := map[bool]*seat{false: b, true: a}[c.own]
			seq := uint16(0)
			for range 12 { // half a second each
				whose.loses(c.percent)
				for range 25 {
					a.speak(seq, 0)
					d.pass(int64(20 * time.Millisecond))
					seq++
				}
			}
			got := a.reported()
			if got.SSRC != 100 {
				t.Fatal("nothing is reported on the microphone")
			}
			if f := int(got.FractionLost); f < c.least || f > c.most || got.TotalLost != 0 {
				t.Errorf("%d of 256 are reported as lost, not %d to %d; %d in total", f, c.least, c.most, got.TotalLost)
			}
		})
	}
}

// The two lines' losses are put together as a packet meets them, one after the other.
func TestLossesOfTwoLines(t *testing.T) {
	for _, c := range [][3]int{{0, 0, 0}, {64, 0, 64}, {0, 64, 64}, {64, 64, 112}, {255, 64, 255}} {
		b := ours.Block{Block: report.Block{FractionLost: uint8(c[0]), TotalLost: 7}}
		if onward(&b, uint32(c[1])); int(b.FractionLost) != c[2] || b.TotalLost != 7 {
			t.Errorf("%d and %d make %d, not %d; %d in total", c[0], c[1], b.FractionLost, c[2], b.TotalLost)
		}
	}
}
