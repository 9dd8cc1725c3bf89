package loadtest

import (
	"testing"
	"time"
)

// Who is asked to restart ICE makes another offer, and finds a way again, and again; nobody comes anew for it.
func TestARestartOfICE(t *testing.T) {
	virtually(t, func(t *testing.T, s *stub) {
		s.moved = true
		r, err := s.run(Options{Participants: 2, Duration: 13 * time.Second, Scenario: Voice()}) // two pings
		if err != nil {
			t.Fatal(err)
		}
		if r.Joined != 2 || r.Reconnects != 0 || r.Violations.ProtocolErrors != 0 || len(s.hellos) != 2 {
			t.Errorf("%d joined, %d came back, %d errors, %d hellos", r.Joined, r.Reconnects, r.Violations.ProtocolErrors, len(s.hellos))
		}
		if s.again != 4 || s.ways != 6 {
			t.Errorf("%d offers of a restart, and %d ways found; want 4 and 6", s.again, s.ways)
		}
	})
}

// The way to the server changes while people are on the way in: they look for it anew as soon as they have their answer.
func TestARestartBeforeTheFirstAnswer(t *testing.T) {
	virtually(t, func(t *testing.T, s *stub) {
		s.early = true
		r, err := s.run(Options{Participants: 2, Duration: 10 * time.Second, Scenario: Voice()})
		if err != nil {
			t.Fatal(err)
		}
		if r.Joined != 2 || r.Reconnects != 0 || r.Violations.ProtocolErrors != 0 || s.again != 2 {
			t.Errorf("%d joined, %d came back, %d errors, %d offers of a restart; want 2, 0, 0 and 2", r.Joined, r.Reconnects, r.Violations.ProtocolErrors, s.again)
		}
	})
}
