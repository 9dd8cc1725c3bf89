package loadtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"tablee/loadtest/impair"
	"tablee/loadtest/turns"
)

// Scenario says who publishes what, and who does what when. It is a declaration; run.go acts it.
type Scenario struct {
	Name string
	// JoinEvery is the time between two joins; 0 means all at once.
	JoinEvery time.Duration
	// Cameras says whose cameras are on; the zero value is Everybody.
	Cameras Who
	// Speakers says who talks: Everybody in turns, the First alone, Everybody Always and at once, or Nobody: then
	// microphones are off and send nothing.
	Speakers Who
	// Screens says that screens are shared: slots and sections are offered for them.
	Screens bool
	Events  []Event
	// Churn adds something that a random participant does, every so often; 0 for nothing.
	Churn time.Duration
	// Roaming adds the change of one participant's address after the other, every so often; 0 for none.
	Roaming time.Duration
	// Camera says what a camera sends.
	Camera Camera
}

// Who is a choice of participants.
type Who int

// The choices.
const (
	Everybody Who = iota
	First         // participant 0 alone
	Nobody
	Always // everybody, all the time; for speakers
)

// Camera is what a camera sends.
type Camera int

// The kinds of camera.
const (
	Simulcast   Camera = iota // three layers, as browsers do
	Single                    // one layer of 300 kbit/s, 30 pictures a second
	Trickle                   // no picture: 2000 packets a second of equal size, each a frame; to measure forwarding
	Bursts                    // the same, in frames of eight packets
	SlowTrickle               // Trickle and Bursts at a quarter of the pace, for what has no AES instructions
	SlowBursts
)

// includes says whether a participant is meant.
func (w Who) includes(i int) bool { return w == Everybody || w == Always || w == First && i == 0 }

// Event is something a participant does in the steady phase.
type Event struct {
	At   time.Duration // since everybody was in
	Part float64       // and this share of the steady phase later
	Who  int           // participant, from 0; negative ones are counted from the last, and left out if there are not so many
	Do   Act

	Network impair.Profile // of ChangeLine: the participant's from then on
}

// Act is what an Event does.
type Act int

// The acts.
const (
	Leave         Act = iota + 1 // say leave and go
	Vanish                       // be switched off: no farewell in any protocol
	DropSignaling                // lose the WebSocket, keep the media, come back
	Reload                       // reload the page: lose both, come back as the same person
	Return                       // join again after Leave or Vanish; or join late, when it is the participant's first event
	CameraOff
	CameraOn
	ShareScreen
	StopScreen
	Pin         // demand one camera at a height of 720
	Scroll      // demand one window of thumbnails after the other
	ShowAll     // demand everybody's thumbnail again
	Roam        // change the address of the media, Wi-Fi to 4G
	PreferSaver // choose small pictures
	PreferVoice // choose no pictures
	PreferAuto  // choose what the line carries
	ChangeLine  // get another line, Network, and keep the address
)

// Meeting is the default scenario: people come one after the other, one of them late, and stay. Everybody's camera is
// on, they talk in turns; one shares a screen in the second half, one turns the camera off for a while, one pins, and
// one scrolls.
func Meeting() Scenario {
	return Scenario{
		Name: "meeting", JoinEvery: 100 * time.Millisecond, Screens: true,
		Events: []Event{
			{Part: 0.10, Who: -5, Do: Return},
			{Part: 0.20, Who: -2, Do: Pin},
			{Part: 0.30, Who: -3, Do: CameraOff},
			{Part: 0.40, Who: -4, Do: Scroll},
			{Part: 0.50, Who: -1, Do: ShareScreen},
			{Part: 0.55, Who: -2, Do: ShowAll},
			{Part: 0.60, Who: -3, Do: CameraOn},
			{Part: 0.65, Who: -4, Do: Scroll},
			{Part: 0.75, Who: -4, Do: ShowAll},
			{Part: 0.85, Who: -1, Do: StopScreen},
		},
	}
}

// Voice is a meeting without pictures.
func Voice() Scenario {
	return Scenario{Name: "voice", JoinEvery: 100 * time.Millisecond, Cameras: Nobody}
}

// Lecture is one who speaks, shows the camera and shares a screen, and everybody else who watches.
func Lecture() Scenario {
	return Scenario{
		Name: "lecture", JoinEvery: 100 * time.Millisecond, Cameras: First, Speakers: First, Screens: true,
		Events: []Event{{Who: 0, Do: ShareScreen}},
	}
}

// Burst is everybody at once, as at the full hour.
func Burst() Scenario { return Scenario{Name: "burst"} }

// Churn is a meeting that never comes to rest: all the time somebody leaves, comes back, reloads, loses the connection,
// turns the camera off, shares a screen, pins or scrolls. The first participant stays.
func Churn() Scenario {
	return Scenario{Name: "churn", JoinEvery: 50 * time.Millisecond, Screens: true, Churn: 1500 * time.Millisecond}
}

// Roaming is a meeting in which every second somebody's address changes, as a phone's does that leaves the Wi-Fi.
func Roaming() Scenario {
	return Scenario{Name: "roam", JoinEvery: 50 * time.Millisecond, Roaming: time.Second}
}

// Everything is everybody sending all the time, in one layer and without a pause, and everybody receiving it all, as far as
// the server gives: what servers that forward everything are measured with.
func Everything() Scenario {
	return Scenario{Name: "everything", JoinEvery: 50 * time.Millisecond, Speakers: Always, Camera: Single}
}

// Still is people who are in a room and send nothing.
func Still() Scenario {
	return Scenario{Name: "still", JoinEvery: 50 * time.Millisecond, Speakers: Nobody, Cameras: Nobody}
}

// FanOut is one who sends 2000 packets a second, in bursts or one by one, and everybody else who receives them: what
// forwarding costs and nothing else.
func FanOut(c Camera) Scenario {
	name := map[Camera]string{Bursts: "fanout", Trickle: "trickle", SlowBursts: "slowfanout", SlowTrickle: "slowtrickle"}[c]
	return Scenario{Name: name, JoinEvery: 50 * time.Millisecond, Cameras: First, Speakers: Nobody, Camera: c}
}

// Scenarios are all that have a name.
func Scenarios() []Scenario {
	return []Scenario{
		Voice(), Meeting(), Lecture(), Burst(), Churn(), Roaming(), Everything(), Still(), FanOut(Bursts), FanOut(Trickle),
		FanOut(SlowBursts), FanOut(SlowTrickle),
	}
}

// Named finds a scenario by its name.
func Named(name string) (Scenario, bool) {
	for _, s := range Scenarios() {
		if s.Name == name {
			return s, true
		}
	}
	return Scenario{}, false
}

// events gives what happens in a meeting, in the order of time.
func (s Scenario) events(participants int, length time.Duration, seed uint64) ([]Event, error) {
	var all []Event
	for _, e := range s.Events {
		if e.Who < 0 {
			if e.Who += participants; e.Who < 1 { // the first is who all else depends on
				continue
			}
		}
		if e.Who >= participants || e.Do < Leave || e.Do > ChangeLine || e.Part < 0 || e.Part > 1 {
			return nil, fmt.Errorf("%w: event %+v in a scenario for %d participants", ErrOptions, e, participants)
		}
		if err := e.Network.Check(); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrOptions, err)
		}
		e.At += time.Duration(e.Part * float64(length))
		all = append(all, e)
	}
	if s.Churn > 0 && participants > 1 {
		all = append(all, churn(participants, length, s.Churn, seed)...)
	}
	if s.Roaming > 0 {
		for i, at := 0, s.Roaming; at < length-calmBefore; i, at = i+1, at+s.Roaming {
			all = append(all, Event{At: at, Who: i % participants, Do: Roam})
		}
	}
	slices.SortStableFunc(all, func(a, b Event) int { return int(a.At - b.At) })
	return all, nil
}

// breath is how long a spurt is of who speaks Always.
const breath = 5 * time.Second

// turns says who talks when.
func (s Scenario) turns(seed uint64, participants int, length time.Duration) []turns.Spurt {
	switch s.Speakers {
	case Nobody:
		return nil
	case Always:
		var plan []turns.Spurt
		for at := time.Duration(0); at < length; at += breath { // without a pause; but a spurt must begin when all are in
			for i := range participants {
				plan = append(plan, turns.Spurt{Who: i, Start: at, End: min(length, at+breath)})
			}
		}
		return plan
	case First:
		participants = 1
	}
	return turns.Plan(seed, participants, length)
}

// late says whether a participant joins only in the steady phase.
func late(events []Event, who int) bool {
	i := slices.IndexFunc(events, func(e Event) bool { return e.Who == who })
	return i >= 0 && events[i].Do == Return
}

// Times of churn: what somebody begins is undone after undoLeast to undoMost, and nothing happens in the last
// calmBefore, so that what came last can be judged.
const (
	undoLeast  = 2 * time.Second
	undoMost   = 6 * time.Second
	calmBefore = 4 * time.Second
)

// churn makes up events: every so often a participant who is doing nothing else does something, and undoes it later.
func churn(participants int, length, every time.Duration, seed uint64) (all []Event) {
	rng := rand.New(rand.NewPCG(seed, 0x636875726e))
	busy := make([]time.Duration, participants) // until when
	for at := every; at < length-calmBefore; at += every {
		who := 1 + rng.IntN(participants-1)
		do := [][]Act{
			{Leave, Return}, {Vanish, Return}, {Reload}, {DropSignaling}, {CameraOff, CameraOn},
			{ShareScreen, StopScreen}, {Pin, ShowAll}, {Scroll, ShowAll},
		}[rng.IntN(8)]
		undo := at + undoLeast + time.Duration(rng.Int64N(int64(undoMost-undoLeast)))
		if busy[who] > at {
			continue
		}
		busy[who] = undo + undoLeast
		all = append(all, Event{At: at, Who: who, Do: do[0]})
		if len(do) > 1 {
			all = append(all, Event{At: min(undo, length-calmBefore), Who: who, Do: do[1]})
		}
	}
	return all
}
