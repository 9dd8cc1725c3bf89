package main

import (
	"net/http/httptest"
	"testing"
	"time"

	"tablee/loadtest"
)

// TestTheLoadTestAcceptsIt: a comparison is worth something only with a reference that works.
func TestTheLoadTestAcceptsIt(t *testing.T) {
	s := httptest.NewServer(newServer(2))
	defer s.Close()
	report, err := loadtest.Run(t.Context(), loadtest.Options{
		URL: s.URL + "/r/test", Participants: 3, Duration: 4 * time.Second, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	if report.Joined != 3 || report.TracksSilent != 0 || report.TracksExpected < 6 || report.PacketsReceived < 500 {
		t.Errorf("joined %d, silent %d of %d, %d packets: %v", report.Joined, report.TracksSilent, report.TracksExpected,
			report.PacketsReceived, report.Errors)
	}
	if n := report.Violations.Total(); n != 0 {
		t.Errorf("%d violations: %+v", n, report.Violations)
	}
}
