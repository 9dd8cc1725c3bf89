package loadtest

import (
	"fmt"
	"slices"
	"time"
)

// Scenario says who comes and goes when. It is a declaration; run.go acts it.
type Scenario struct {
	Name string
	// JoinEvery is the time between two joins; 0 means all at once.
	JoinEvery time.Duration
	Events    []Event
}

// Event is something a participant does in the steady phase.
type Event struct {
	At  time.Duration // since everybody was in
	Who int           // participant, from 0
	Do  Act
}

// Act is what an Event does.
type Act int

// The acts.
const (
	Leave         Act = iota + 1 // say leave and go
	Vanish                       // be switched off: no farewell in any protocol
	DropSignaling                // lose the WebSocket, keep the media, come back
	Return                       // join again after Leave or Vanish
)

// Meeting is the default scenario: people come one after the other and stay.
func Meeting() Scenario { return Scenario{Name: "meeting", JoinEvery: 100 * time.Millisecond} }

// Burst is everybody at once.
func Burst() Scenario { return Scenario{Name: "burst"} }

// check refuses events of participants that there are not.
func (s Scenario) check(participants int) error {
	for _, e := range s.Events {
		if e.Who < 0 || e.Who >= participants || e.Do < Leave || e.Do > Return {
			return fmt.Errorf("%w: event %+v in a scenario for %d participants", ErrOptions, e, participants)
		}
	}
	return nil
}

// sorted gives the events in the order of time.
func (s Scenario) sorted() []Event {
	return slices.SortedStableFunc(slices.Values(s.Events), func(a, b Event) int { return int(a.At - b.At) })
}

// vanishes says whether somebody is switched off.
func (s Scenario) vanishes() bool {
	return slices.ContainsFunc(s.Events, func(e Event) bool { return e.Do == Vanish })
}
