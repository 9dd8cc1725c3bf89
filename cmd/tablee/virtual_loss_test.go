package main

import (
	"fmt"
	"testing"
	"time"

	"tablee/loadtest"
)

// Voices over lines that lose packets both ways: what redundancy leaves to concealment is a fraction of what is lost.
func TestVirtualVoicesOverLoss(t *testing.T) {
	for _, c := range []struct {
		loss int     // percent, each way
		most float64 // percent of the packets that may be missing at a listener
	}{{5, 2.5}, {10, 4}, {20, 9}, {30, 18}} {
		t.Run(fmt.Sprintf("%d%% loss", c.loss), func(t *testing.T) {
			inTown(t, c.loss, func(v *town) {
				v.abroad = func(int) bool { return true }
				stop := v.start()
				r := v.meet(loadtest.Options{Participants: 8, Duration: 30 * time.Second, JoinTimeout: time.Minute, Seed: uint64(c.loss)})
				longest := 0.0
				for _, p := range r.People {
					longest = max(longest, p.AudioGapMSMax)
				}
				t.Logf("%d %% lost each way: %v %% of the voices' packets are missing, %d gaps of up to %v ms, %d of %d spurts unheard",
					c.loss, r.VoiceLossPercent, r.AudioGaps, longest, r.SpurtsUnheard, r.SpurtsExpected)
				if r.VoiceLossPercent > c.most || r.SpurtsUnheard != 0 || r.Violations.Total() != 0 {
					t.Errorf("%v %% missing, at most %v %% should be; %d spurts unheard; broken promises %+v", r.VoiceLossPercent, c.most, r.SpurtsUnheard, r.Violations)
				}
				stop()
			})
		})
	}
}
