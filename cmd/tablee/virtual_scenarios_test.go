package main

import (
	"testing"
	"time"

	"tablee/loadtest"
	"tablee/loadtest/impair"
)

// All scenarios against the whole server, in virtual time: everybody is seen and heard, and every slot keeps its promise.
func TestVirtualScenarios(t *testing.T) {
	for _, s := range []loadtest.Scenario{loadtest.Voice(), loadtest.Lecture(), loadtest.Churn()} {
		t.Run(s.Name, func(t *testing.T) {
			inTown(t, 0, func(v *town) {
				stop := v.start()
				r := v.meet(loadtest.Options{Participants: 10, Duration: 30 * time.Second, Scenario: s, Seed: 3})
				whole(t, r)
				if r.AudioGaps != 0 || r.FrozenPercent > 0.5 || len(r.Series) < 30 || len(r.People) != 10 {
					t.Errorf("%d gaps in speech, frozen for %v %%, %d seconds, %d people", r.AudioGaps, r.FrozenPercent, len(r.Series), len(r.People))
				}
				stop()
			})
		})
	}
}

// Whose address changes is back at once, by a check from the new address alone, and nobody else notices.
func TestVirtualRoaming(t *testing.T) {
	inTown(t, 0, func(v *town) {
		stop := v.start()
		r := v.meet(loadtest.Options{Participants: 6, Duration: 20 * time.Second, Scenario: loadtest.Roaming(), Seed: 3})
		whole(t, r)
		if r.RoamMS == nil || r.RoamMS.Count < 12 || r.RoamMS.Max > 500 || r.FrozenPercent > 0.5 {
			t.Errorf("away for %+v, frozen for %v %%", r.RoamMS, r.FrozenPercent)
		}
		stop()
	})
}

// What people have at home shows in what they see, and only there: the fibre does not suffer from the bad line.
func TestVirtualNetworks(t *testing.T) {
	networks, err := impair.ParseMix("fibre:4,vdsl:2,4g:2,bad:2", 10)
	check(t, err)
	inTown(t, 0, func(v *town) {
		stop := v.start()
		r := v.meet(loadtest.Options{Participants: 10, Duration: 30 * time.Second, Seed: 5, Networks: networks})
		if r.Joined != 10 || r.TracksSilent != 0 || r.Violations.Total() != 0 || len(r.Errors) != 0 {
			t.Errorf("%d joined, %d tracks silent, violations %+v, errors %q", r.Joined, r.TracksSilent, r.Violations, r.Errors)
		}
		if r.Networks["fibre"] != 4 || r.Networks["bad"] != 2 {
			t.Errorf("networks %v", r.Networks)
		}
		fibre, bad := r.People[0], r.People[9]
		if fibre.Net != "fibre" || fibre.LossBeforePercent > 0.5 || fibre.JitterMS > bad.JitterMS {
			t.Errorf("on fibre: %+v", fibre)
		}
		// 4 % each way; a tenth of what it sees comes from the other bad line, whose own losses the server repairs.
		if bad.Net != "bad" || bad.LossBeforePercent < 3 || bad.LossBeforePercent > 6 || bad.LatencyMS.P50 < 100 {
			t.Errorf("on the bad line: %+v, latency %+v", bad, bad.LatencyMS)
		}
		stop()
	})
}
