package room

import (
	"errors"
	"slices"
	"time"
)

// How long a seat is kept for somebody whose connection is gone.
const (
	AwayGrace   = 20 * time.Second // interrupted: a phone in a tunnel
	ReloadGrace = 8 * time.Second  // the page was closed, or is being loaded again; a browser does not say which
)

// Errors of a caller, never of a user.
var (
	ErrNumTaken = errors.New("the number is 0 or somebody else's")
	ErrIDTaken  = errors.New("the member is seated already")
	ErrNoMember = errors.New("nobody of that id is seated")
)

// Meeting is the state of one live meeting: who is seated where, whose hand is up, who is away. It is a pure state
// machine: time comes in as an argument, what the others must be told comes out as events. It belongs to one goroutine
// or to one lock of its owner.
type Meeting struct {
	max     int
	members map[string]*place
}

// place is a member and what only the server knows of it.
type place struct {
	Member
	awayUntil time.Time // when Away
}

// NewMeeting is an empty meeting of at most max people.
func NewMeeting(max int) *Meeting {
	return &Meeting{max: max, members: map[string]*place{}}
}

// SetMax changes how many people there may be. Who is seated stays.
func (m *Meeting) SetMax(max int) { m.max = max }

// SetRole changes what a member is.
func (m *Meeting) SetRole(id string, role Role) []Event {
	p, ok := m.members[id]
	if !ok {
		return nil
	}
	before := p.Member
	p.Role = role
	return changed(before, p.Member)
}

// Len is how many are seated, those away included.
func (m *Meeting) Len() int { return len(m.members) }

// HasNum tells whether a number is taken; 0 always is.
func (m *Meeting) HasNum(num uint32) bool {
	if num == 0 {
		return true
	}
	for _, p := range m.members {
		if p.Num == num {
			return true
		}
	}
	return false
}

// Get finds a member.
func (m *Meeting) Get(id string) (Member, bool) {
	p, ok := m.members[id]
	if !ok {
		return Member{}, false
	}
	return p.Member, true
}

// Members lists everybody, those away included, by seat.
func (m *Meeting) Members() []Member {
	list := make([]Member, 0, len(m.members))
	for _, p := range m.members {
		list = append(list, p.Member)
	}
	slices.SortFunc(list, func(a, b Member) int { return a.Seat - b.Seat })
	return list
}

// Join seats somebody new: on the seat they wish (who.Seat, of an earlier visit) when it is free and the room has so
// many, else on the smallest free one; -1 wishes nothing. It is refused with room_full, ErrIDTaken or ErrNumTaken.
func (m *Meeting) Join(who Member) (Member, []Event, error) {
	if _, there := m.members[who.ID]; there {
		return Member{}, nil, ErrIDTaken
	}
	if m.HasNum(who.Num) {
		return Member{}, nil, ErrNumTaken
	}
	if len(m.members) >= m.max {
		return Member{}, nil, &Error{Code: CodeRoomFull, Message: "the room is full; try again when somebody has left"}
	}
	who.Seat, who.Hand, who.Away = m.seatFor(who.Seat), 0, false
	m.members[who.ID] = &place{Member: who}
	return who, []Event{{Kind: EventJoined, Member: who}}, nil
}

func (m *Meeting) seatFor(wish int) int {
	taken := make([]bool, m.max)
	for _, p := range m.members {
		if p.Seat < m.max { // the room may have had more seats before
			taken[p.Seat] = true
		}
	}
	if 0 <= wish && wish < m.max && !taken[wish] {
		return wish
	}
	return slices.Index(taken, false) // there is one: fewer than max are seated
}

// Resume brings back a member who is away, or whose connection is being replaced. They may have a new name and role;
// their seat, number and hand stay.
func (m *Meeting) Resume(id, name string, role Role, c Change) (Member, []Event, error) {
	p, ok := m.members[id]
	if !ok {
		return Member{}, nil, ErrNoMember
	}
	before := p.Member
	p.Name, p.Role, p.Away, p.awayUntil = name, role, false, time.Time{}
	m.apply(p, c)
	return p.Member, changed(before, p.Member), nil
}

// Away notes that a member's connection is gone. The seat is kept for grace, AwayGrace or ReloadGrace.
func (m *Meeting) Away(id string, now time.Time, grace time.Duration) []Event {
	p, ok := m.members[id]
	if !ok || p.Away {
		return nil
	}
	before := p.Member
	p.Away, p.awayUntil = true, now.Add(grace)
	return changed(before, p.Member)
}

// Expire removes those who have been away for too long, by seat.
func (m *Meeting) Expire(now time.Time) []Event {
	var events []Event
	for _, who := range m.Members() {
		if p := m.members[who.ID]; p.Away && !now.Before(p.awayUntil) {
			events = append(events, m.Leave(who.ID, ReasonLost)...)
		}
	}
	return events
}

// Leave removes a member, for the reason given to the others.
func (m *Meeting) Leave(id string, why Reason) []Event {
	p, ok := m.members[id]
	if !ok {
		return nil
	}
	delete(m.members, id)
	return []Event{{Kind: EventLeft, Member: p.Member, Reason: why}}
}

// SetState applies what a member says of itself. Nothing is reported when nothing changed.
func (m *Meeting) SetState(id string, c Change) []Event {
	p, ok := m.members[id]
	if !ok {
		return nil
	}
	before := p.Member
	m.apply(p, c)
	return changed(before, p.Member)
}

func (m *Meeting) apply(p *place, c Change) {
	set := func(field *bool, to *bool) {
		if to != nil {
			*field = *to
		}
	}
	set(&p.Mic, c.Mic)
	set(&p.Cam, c.Cam)
	set(&p.Screen, c.Screen)
	set(&p.Sound, c.Sound)
	switch {
	case c.Hand == nil:
	case !*c.Hand:
		p.Hand = 0
	case p.Hand == 0: // a hand that is up keeps its place in the order
		p.Hand = m.lastHand() + 1
	}
}

// lastHand is the largest number of a raised hand. Counting from what is up, not from a counter, starts again at 1
// when all hands are down.
func (m *Meeting) lastHand() int {
	last := 0
	for _, p := range m.members {
		last = max(last, p.Hand)
	}
	return last
}

func changed(before, after Member) []Event {
	if before == after {
		return nil
	}
	return []Event{{Kind: EventChanged, Member: after}}
}
