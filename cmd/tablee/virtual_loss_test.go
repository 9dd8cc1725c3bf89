package main

import (
	"fmt"
	"testing"
	"time"

	"tablee/loadtest"
)

// Voices over lines that lose packets both ways: what redundancy leaves to concealment.
func TestVirtualVoicesOverLoss(t *testing.T) {
	for _, loss := range []int{5, 10, 20, 30} {
		t.Run(fmt.Sprintf("%d%% loss", loss), func(t *testing.T) {
			inTown(t, loss, func(v *town) {
				v.abroad = func(int) bool { return true }
				stop := v.start()
				r := v.meet(loadtest.Options{Participants: 8, Duration: 60 * time.Second, JoinTimeout: time.Minute, Scenario: loadtest.Meeting(), Seed: uint64(loss)})
				t.Logf("loss %d %%: %v %% of voices' packets missing after repair, %v gaps of up to %v ms, %d of %d spurts unheard", loss, r.VoiceLossPercent, r.AudioGaps, func() (m float64) { for _, p := range r.People { m = max(m, p.AudioGapMSMax) }; return m }(), r.SpurtsUnheard, r.SpurtsExpected)
				stop()
			})
		})
	}
}
