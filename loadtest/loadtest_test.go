package loadtest

import (
	"errors"
	"testing"
	"time"

	"tablee/loadtest/receive"
)

func TestLinks(t *testing.T) {
	for _, c := range []struct{ in, socket string }{
		{"http://localhost:8080/r/test", "ws://localhost:8080/ws/room/test"},
		{"https://meet.example/r/reunion-du-lundi/", "wss://meet.example/ws/room/reunion-du-lundi"},
		{"http://[::1]:8080/r/a-b#host=x", "ws://[::1]:8080/ws/room/a-b"},
		{"http://localhost:8080/", ""},
		{"http://localhost:8080/r/", ""},
		{"http://localhost:8080/r/a/b", ""},
		{"localhost:8080/r/test", ""},
		{"ftp://localhost/r/test", ""},
		{"http:///r/test", ""},
		{"http://local host/r/test", ""},
		{"", ""},
	} {
		target, err := parseTarget(c.in)
		if c.socket == "" {
			if !errors.Is(err, ErrURL) {
				t.Errorf("%q: %v, %v", c.in, target, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.in, err)
		} else if got := target.socket(); got != c.socket {
			t.Errorf("%q: %s", c.in, got)
		}
	}
}

func TestLoopback(t *testing.T) {
	for link, want := range map[string]bool{
		"http://localhost/r/ab": true, "http://127.0.0.1:80/r/ab": true, "http://[::1]/r/ab": true,
		"http://192.0.2.1/r/ab": false, "http://meet.example/r/ab": false,
	} {
		target, err := parseTarget(link)
		if err != nil {
			t.Fatal(err)
		}
		if target.loopback() != want {
			t.Errorf("%s: %v", link, !want)
		}
	}
}

func TestOptionsAreBounded(t *testing.T) {
	for _, o := range []Options{
		{Participants: -1}, {Participants: MaxParticipants + 1}, {Duration: -1}, {JoinTimeout: -1},
		{Participants: 2, Scenario: Scenario{Name: "x", Events: []Event{{Who: 2, Do: Leave}}}},
		{Participants: 2, Scenario: Scenario{Name: "x", Events: []Event{{Who: -1, Do: Leave}}}},
		{Participants: 2, Scenario: Scenario{Name: "x", Events: []Event{{Who: 1}}}},
	} {
		if err := o.complete(); !errors.Is(err, ErrOptions) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	var o Options
	if err := o.complete(); err != nil {
		t.Fatal(err)
	}
	if o.Participants != DefaultParticipants || o.Duration != DefaultDuration || o.Scenario.Name != "meeting" || o.Log == nil {
		t.Errorf("defaults %+v", o)
	}
}

func TestEventsHappenInOrder(t *testing.T) {
	s := Scenario{Events: []Event{{At: 3 * time.Second}, {At: time.Second, Who: 1}, {At: time.Second, Who: 2}}}
	got := s.sorted()
	if got[0].Who != 1 || got[1].Who != 2 || got[2].At != 3*time.Second {
		t.Fatalf("%+v", got)
	}
}

func TestCountersAddUp(t *testing.T) {
	a := receive.Counters{}
	b := receive.Counters{
		Received: 1, Expected: 2, Repaired: 3, LostBefore: 4, Duplicates: 5, NACKs: 6, Decodable: 7, Broken: 8, Frozen: 9,
		SequenceJumps: 10, TimeBackwards: 11, TimeJumps: 12, PictureIDGaps: 13, SwitchNotOnKey: 14, WrongRetransmit: 15,
	}
	if got := addCounters(a, b); got != b {
		t.Fatalf("0 + %+v is %+v", b, got)
	}
	if got := addCounters(b, b); got.Received != 2 || got.WrongRetransmit != 30 {
		t.Fatalf("%+v", got)
	}
}

func TestSpans(t *testing.T) {
	var r record
	r.begin(100, 7)
	r.endedAt(0)
	if !r.covered(100, 1<<60) || r.covered(99, 200) {
		t.Error("a span that lasts")
	}
	r.end(500)
	r.end(600) // twice is once
	r.begin(700, 7)
	r.end(900)
	r.endedAt(800)
	if !r.covered(100, 500) || r.covered(400, 701) || !r.covered(700, 800) || r.covered(700, 801) {
		t.Errorf("spans %+v", r.present)
	}
	if got := (span{100, 500}).together(span{300, 900}, 350); got != 150 {
		t.Errorf("together for %d", got)
	}
	if got := (span{100, 200}).together(span{300, 900}, 0); got != 0 {
		t.Errorf("together for %d", got)
	}
}
