package loadtest

import "time"

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
	Vanish                       // close every socket without a word
	DropSignaling                // lose the WebSocket, keep the media, come back
	Return                       // join again after Leave or Vanish
)

// Meeting is the default scenario: people come one after the other and stay.
func Meeting() Scenario { return Scenario{Name: "meeting", JoinEvery: 100 * time.Millisecond} }

// Burst is everybody at once.
func Burst() Scenario { return Scenario{Name: "burst"} }
