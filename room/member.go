package room

// Member is a participant of a live meeting, as the others may see it.
type Member struct {
	ID     string
	Num    uint32 // never 0; the CSRC of what comes from it
	Seat   int    // smallest free number from 0 when they came
	Name   string
	Role   Role
	Mic    bool
	Cam    bool
	Screen bool
	Sound  bool
	Hand   int // 0, or larger than that of everybody who raised theirs before
	Away   bool
}

// Change is what a member says of itself; nil leaves as it is.
type Change struct {
	Mic, Cam, Screen, Sound, Hand *bool
}

// EventKind says what an Event reports.
type EventKind uint8

// Events.
const (
	EventJoined  EventKind = iota // Member came
	EventChanged                  // Member is different now
	EventLeft                     // Member is gone, for Reason
)

// Event is something that the others must be told.
type Event struct {
	Kind   EventKind
	Member Member
	Reason Reason // of EventLeft
}

// Reason says why somebody is gone; the words are the protocol's.
type Reason string

// Reasons.
const (
	ReasonLeft    Reason = "left"    // by themselves
	ReasonLost    Reason = "lost"    // away for longer than the grace time
	ReasonRemoved Reason = "removed" // by a host or moderator
	ReasonMoved   Reason = "moved"   // between a meeting and its breakout rooms
	ReasonEnded   Reason = "ended"   // with the meeting
)
