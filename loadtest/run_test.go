package loadtest

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// virtually runs a test in virtual time. It fails when anything that the run started is still there at the end.
func virtually(t *testing.T, test func(t *testing.T, s *stub)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newStub(t)) })
}

// wantError checks an error's kind and that its sentence says what happened.
func wantError(t *testing.T, err, kind error, words ...string) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("error %v, want %v", err, kind)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("no %q in %q", w, err)
		}
	}
}

func TestAServerOfAnotherKind(t *testing.T) {
	server := httptest.NewServer(nil) // answers 404 to everything
	defer server.Close()
	r, err := Run(t.Context(), Options{URL: server.URL + "/r/test", Participants: 2})
	wantError(t, err, ErrServer, "404", "is this a Tablée server?")
	if r != nil {
		t.Errorf("a report of nothing: %+v", r)
	}
}

func TestNoServer(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	_, err := Run(t.Context(), Options{URL: server.URL + "/r/test", Participants: 2})
	wantError(t, err, ErrServer, "open the room", "refused")
}

func TestRoomRefused(t *testing.T) {
	virtually(t, func(t *testing.T, s *stub) {
		s.refuse = `{"error":{"code":"rooms_full","message":"1000 rooms are open"}}`
		_, err := s.run(Options{Participants: 2})
		wantError(t, err, ErrRefused, "rooms_full", "1000 rooms are open")
	})
}

func TestFullRoom(t *testing.T) {
	virtually(t, func(t *testing.T, s *stub) {
		s.seats = 0
		r, err := s.run(Options{Participants: 3})
		wantError(t, err, ErrFull, "participant 1", "room_full", "all seats are taken")
		if r == nil || r.Joined != 0 || len(r.Errors) != 3 || !r.Failed() {
			t.Errorf("%+v", r)
		}
	})
}

// A room that turns out to be too small ends the run before it begins.
func TestRoomTooSmall(t *testing.T) {
	virtually(t, func(t *testing.T, s *stub) {
		s.seats = 2
		r, err := s.run(Options{Participants: 3, Duration: 10 * time.Second})
		wantError(t, err, ErrFull, "participant 3", "room_full")
		if r.Joined != 2 || !r.Failed() || r.DurationS != 0 || len(r.Errors) != 1 || s.left != 2 {
			t.Errorf("%d said goodbye: %+v", s.left, r)
		}
	})
}

// A server that tells its seats is not even tried.
func TestRoomThatSaysItIsTooSmall(t *testing.T) {
	virtually(t, func(t *testing.T, s *stub) {
		s.tells = `{"room":{"name":"test","title":"test"},"max":25,"seated":[{"name":"Zoé","seat":0}]}`
		r, err := s.run(Options{Participants: 25})
		wantError(t, err, ErrFull, "has 24 free, and 25 were to come", "rooms.max_participants")
		if r != nil || len(s.hellos) != 0 {
			t.Errorf("%d came: %+v", len(s.hellos), r)
		}
	})
}

func TestServerThatDoesNotAnswer(t *testing.T) {
	virtually(t, func(t *testing.T, s *stub) {
		s.mute = true
		begin := time.Now()
		r, err := s.run(Options{Participants: 2, JoinTimeout: 8 * time.Second})
		wantError(t, err, ErrServer, "nobody could join", "not in after 8s", "did not let it in")
		if r.Joined != 0 || time.Since(begin) > 12*time.Second {
			t.Errorf("%d joined, after %v", r.Joined, time.Since(begin))
		}
	})
}

func TestSilentServerIsSeen(t *testing.T) {
	virtually(t, func(t *testing.T, s *stub) {
		r, err := s.run(Options{Participants: 4, Duration: 20 * time.Second, Scenario: Burst()})
		if err != nil {
			t.Fatal(err)
		}
		// Twelve pairs for the cameras; some voices.
		if r.Joined != 4 || r.TracksExpected <= 12 || r.TracksSilent != r.TracksExpected || !r.Failed() {
			t.Errorf("%+v", r)
		}
		if r.SpurtsExpected == 0 || r.SpurtsUnheard != r.SpurtsExpected || r.PacketsReceived != 0 || r.PacketsSent == 0 {
			t.Errorf("%+v", r)
		}
		if r.Server != nil || r.LatencyMS != nil || r.JoinMS == nil || r.JoinMS.Count != 4 || r.Violations.Total() != 0 {
			t.Errorf("%+v", r)
		}
		if s.demands == 0 || s.left != 4 {
			t.Errorf("%d demands, %d goodbyes", s.demands, s.left)
		}
	})
}

func TestAlone(t *testing.T) {
	virtually(t, func(t *testing.T, s *stub) {
		r, err := s.run(Options{Participants: 1, Duration: 5 * time.Second})
		if err != nil || r.Failed() || r.TracksExpected != 0 || r.Joined != 1 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func TestServerThatDies(t *testing.T) {
	virtually(t, func(t *testing.T, s *stub) {
		killer := time.AfterFunc(5*time.Second, s.die)
		defer killer.Stop()
		begin := time.Now()
		r, err := s.run(Options{Participants: 3, Duration: time.Hour})
		wantError(t, err, ErrDied, "could not come back within 20s")
		// In the five seconds before the death there are six cameras and the first voice; nothing is expected after it.
		if r == nil || r.Joined != 3 || r.DurationS < 10 || r.TracksExpected > 8 || !r.Failed() ||
			!strings.Contains(r.Quality.Failed[0], "died in the middle") {
			t.Errorf("%+v", r)
		}
		if d := time.Since(begin); d > 40*time.Second {
			t.Errorf("noticed after %v", d)
		}
	})
}

func TestInterruptedRunReports(t *testing.T) {
	virtually(t, func(t *testing.T, s *stub) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		r, err := s.runCtx(ctx, Options{Participants: 2, Duration: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		if r.Joined != 2 || r.DurationS < 4 || r.DurationS > 5 || s.left != 2 {
			t.Errorf("%d said goodbye: %+v", s.left, r)
		}
	})
}

// A participant whose WebSocket drops comes back as itself, and offers anew when the server kept nothing.
func TestComesBack(t *testing.T) {
	virtually(t, func(t *testing.T, s *stub) {
		r, err := s.run(Options{Participants: 2, Duration: 10 * time.Second, Scenario: Scenario{
			Name: "drop", Events: []Event{{At: 3 * time.Second, Who: 1, Do: DropSignaling}},
		}})
		if err != nil || r.Reconnects != 1 || len(r.Errors) != 0 {
			t.Fatalf("%+v, %v", r, err)
		}
		if len(s.hellos) != 3 || s.hellos[2].Resume != "token" || s.hellos[2].PC != "pc" {
			t.Errorf("hellos %+v", s.hellos)
		}
	})
}

// Leaving is said, vanishing is not; both may return as somebody new.
func TestComingAndGoing(t *testing.T) {
	virtually(t, func(t *testing.T, s *stub) {
		r, err := s.run(Options{Participants: 3, Duration: 10 * time.Second, Scenario: Scenario{
			Name: "churn", Events: []Event{
				{At: 2 * time.Second, Who: 1, Do: Leave}, {At: 3 * time.Second, Who: 2, Do: Vanish},
				{At: 5 * time.Second, Who: 1, Do: Return}, {At: 6 * time.Second, Who: 2, Do: Return},
				{At: 7 * time.Second, Who: 1, Do: Return}, // who is there already
			},
		}})
		if err != nil || len(r.Errors) != 0 || r.Joined != 3 || r.JoinMS.Count != 6 {
			t.Fatalf("%+v, %v", r, err)
		}
		if len(s.hellos) != 6 || s.left != 5 || r.Reconnects != 0 {
			t.Errorf("%d hellos, %d goodbyes, %d came back", len(s.hellos), s.left, r.Reconnects)
		}
	})
}
