package loadtest

import (
	"errors"
	"slices"
	"testing"

	"tablee/loadtest/impair"
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
		{Networks: []impair.Profile{{Up: impair.Way{Loss: 2}}}},
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

func TestCountersAddUp(t *testing.T) {
	a := receive.Counters{}
	b := receive.Counters{
		Received: 1, Expected: 2, Repaired: 3, LostBefore: 4, Duplicates: 5, NACKs: 6, Decodable: 7, Broken: 8, Frozen: 9, Shown: 16,
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
	r.present.begin(100)
	r.present.begin(150) // twice is once
	if !r.present.covers(100, 1<<60) || r.present.covers(99, 200) {
		t.Error("a span that lasts")
	}
	r.present.end(500)
	r.present.end(600)
	r.present.begin(700)
	r.end(900)
	r.endedAt(800)
	if !r.present.covers(100, 500) || r.present.covers(400, 701) || !r.present.covers(700, 800) || r.present.covers(700, 801) {
		t.Errorf("spans %+v", r.present)
	}
	if d := r.present.total(750); d != 450 {
		t.Errorf("%d in all", d)
	}
	got := common(spans{{100, 500}, {700, 0}}, spans{{300, 900}}, spans{{350, 0}})
	if want := (spans{{350, 500}, {700, 900}}); !slices.Equal(got, want) {
		t.Errorf("in common %v, want %v", got, want)
	}
	got = without(spans{{100, 500}, {700, 900}}, spans{{50, 120}, {200, 300}, {700, 900}})
	if want := (spans{{120, 200}, {300, 500}}); !slices.Equal(got, want) {
		t.Errorf("without %v, want %v", got, want)
	}
}

func TestDemandsLeaveSpans(t *testing.T) {
	var r record
	a, b := key{num: 1}, key{num: 1, screen: true}
	r.want(map[key]uint8{a: 1}, 10)
	r.want(map[key]uint8{a: 3, b: 5}, 20)
	r.want(map[key]uint8{b: 5}, 30)
	r.want(map[key]uint8{a: 1}, 40)
	r.end(50)
	if !slices.Equal(*r.wanted[a], spans{{10, 30}, {40, 50}}) || !slices.Equal(*r.wanted[b], spans{{20, 40}}) {
		t.Errorf("camera %v, screen %v", *r.wanted[a], *r.wanted[b])
	}
}
