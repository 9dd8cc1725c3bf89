package main

import (
	"net/http/httptest"
	"testing"
	"time"

	"tablee/loadtest"
)

// TestTheLoadTestAcceptsIt: a comparison is worth something only with a reference that works. Five people make a meeting
// in which everything happens that the scenario knows.
func TestTheLoadTestAcceptsIt(t *testing.T) {
	for _, scenario := range []loadtest.Scenario{loadtest.Meeting(), loadtest.Voice()} {
		t.Run(scenario.Name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(newServer(4))
			defer s.Close()
			report, err := loadtest.Run(t.Context(), loadtest.Options{
				URL: s.URL + "/r/test", Participants: 5, Duration: 5 * time.Second, Seed: 1, Scenario: scenario,
			})
			if err != nil {
				t.Fatal(err)
			}
			if report.Joined != 5 || report.TracksSilent != 0 || report.TracksExpected < 4 || report.LossPercent > 2 {
				t.Errorf("joined %d, silent %d of %d, %.2f %% lost: %v", report.Joined, report.TracksSilent, report.TracksExpected,
					report.LossPercent, report.Errors)
			}
			t.Logf("%d packets, %d tracks, violations %+v", report.PacketsReceived, report.TracksExpected, report.Violations)
		})
	}
}
