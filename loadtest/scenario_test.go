package loadtest

import (
	"errors"
	"reflect"
	"testing"
	"time"
)

func TestEventsHappenInOrder(t *testing.T) {
	s := Scenario{Events: []Event{
		{At: 3 * time.Second, Do: Leave}, {At: time.Second, Who: 1, Do: Leave}, {At: time.Second, Who: 2, Do: Leave},
		{Part: 0.5, Who: -1, Do: Pin}, {Part: 0.1, Who: -3, Do: Pin},
	}}
	got, err := s.events(3, 4*time.Second, 1)
	want := []Event{
		{At: time.Second, Who: 1, Do: Leave}, {At: time.Second, Who: 2, Do: Leave}, {At: 2 * time.Second, Part: 0.5, Who: 2, Do: Pin},
		{At: 3 * time.Second, Do: Leave},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestImpossibleEvents(t *testing.T) {
	for _, e := range []Event{{Who: 2, Do: Leave}, {Who: 1}, {Who: 1, Do: Roam + 1}, {Who: 1, Do: Leave, Part: 1.5}} {
		if _, err := (Scenario{Events: []Event{e}}).events(2, time.Minute, 1); !errors.Is(err, ErrOptions) {
			t.Errorf("%+v: %v", e, err)
		}
	}
}

// Every scenario is possible with any number of participants, and the same with the same seed.
func TestNamedScenarios(t *testing.T) {
	for _, name := range []string{"voice", "meeting", "lecture", "burst", "churn"} {
		s, ok := Named(name)
		if !ok || s.Name != name {
			t.Fatalf("%s: %+v", name, s)
		}
		for _, n := range []int{1, 2, 3, 5, 15, 500} {
			a, err := s.events(n, time.Minute, 7)
			b, _ := s.events(n, time.Minute, 7)
			if err != nil || !reflect.DeepEqual(a, b) {
				t.Errorf("%s for %d: %v", name, n, err)
			}
			for _, e := range a {
				if e.Who == 0 && e.Do != ShareScreen {
					t.Errorf("%s for %d: the first does %+v", name, n, e)
				}
			}
		}
	}
	if _, ok := Named("party"); ok {
		t.Error("a party")
	}
}

// What churn begins it undoes, and nobody does anything while gone.
func TestChurn(t *testing.T) {
	undo := map[Act]Act{Leave: Return, Vanish: Return, CameraOff: CameraOn, ShareScreen: StopScreen, Pin: ShowAll, Scroll: ShowAll}
	for seed := range uint64(50) {
		events, err := Churn().events(8, 2*time.Minute, seed)
		if err != nil || len(events) < 40 {
			t.Fatalf("%d events, %v", len(events), err)
		}
		open := make(map[int]Act)
		for _, e := range events {
			if was := open[e.Who]; was != 0 {
				if e.Do != undo[was] {
					t.Fatalf("seed %d: %+v after %v", seed, e, was)
				}
				open[e.Who] = 0
			} else if undo[e.Do] != 0 {
				open[e.Who] = e.Do
			}
		}
		for who, do := range open {
			if do != 0 {
				t.Errorf("seed %d: participant %d is left with %v", seed, who, do)
			}
		}
	}
	a, _ := Churn().events(8, time.Minute, 1)
	if b, _ := Churn().events(8, time.Minute, 2); reflect.DeepEqual(a, b) {
		t.Error("another seed is the same meeting")
	}
}

func TestWhoComesLate(t *testing.T) {
	events := []Event{{Who: 1, Do: Leave}, {Who: 1, Do: Return}, {Who: 2, Do: Return}}
	if late(events, 0) || late(events, 1) || !late(events, 2) {
		t.Error("late is who returns before having been there")
	}
}

// Every scenario that has a name can be had by it, and what it does fits into any meeting.
func TestScenariosHaveNames(t *testing.T) {
	for _, s := range Scenarios() {
		got, ok := Named(s.Name)
		if !ok || !reflect.DeepEqual(got, s) {
			t.Errorf("%q gives %+v, %v", s.Name, got, ok)
		}
		for _, n := range []int{1, 2, 15} {
			if _, err := s.events(n, 20*time.Second, 1); err != nil {
				t.Errorf("%s with %d: %v", s.Name, n, err)
			}
		}
	}
}

func TestWhoTalks(t *testing.T) {
	for who, want := range map[Who]int{Nobody: 0, First: 1, Everybody: 5, Always: 5} {
		talk, ends := map[int]bool{}, map[int]time.Duration{}
		for _, s := range (Scenario{Speakers: who}).turns(1, 5, time.Minute) {
			talk[s.Who] = true
			if who == Always && s.Start != ends[s.Who] {
				t.Errorf("a pause after %v: %+v", ends[s.Who], s)
			}
			ends[s.Who] = s.End
		}
		if len(talk) != want {
			t.Errorf("%d: %d talk, not %d", who, len(talk), want)
		}
	}
}
