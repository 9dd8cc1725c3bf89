package signaling

import (
	"slices"
	"time"

	"tablee/room"
)

// Bounds of orders.
const (
	maxPassword  = room.MaxPassword
	maxGroups    = 20
	maxAnnounce  = 1000      // bytes
	maxTimer     = 24 * 3600 // seconds
	maxLinkHours = 24 * 3650
)

// Order is an effect that is carried out on the meeting: something that one participant does to it, or to others. What
// depends on who the others are at that moment (rank, presence) is checked there.
type Order struct {
	Kind    string // the message's type
	Message ClientMessage
}

func (Order) effect() {}

// Enter takes the seat that a moderator has given to somebody who waits.
type Enter struct{}

func (Enter) effect() {}

// orderLimit bounds what is done to others, and what is written to the disk.
var orderLimit = limit{rate: 5, burst: 30}

// orderChecks are the fields that each order must have.
var orderChecks = map[string]func(m ClientMessage) bool{
	"admit":     func(m ClientMessage) bool { return len(m.ID) <= maxID },
	"deny":      func(m ClientMessage) bool { return m.ID != "" && len(m.ID) <= maxID },
	"mute":      func(m ClientMessage) bool { return len(m.ID) <= maxID && publishes(m.What) },
	"ask":       func(m ClientMessage) bool { return m.ID != "" && len(m.ID) <= maxID && publishes(m.What) },
	"lower":     func(m ClientMessage) bool { return len(m.ID) <= maxID },
	"remove":    func(m ClientMessage) bool { return m.ID != "" && len(m.ID) <= maxID },
	"grant":     validGrant,
	"lock":      func(m ClientMessage) bool { return m.On != nil },
	"room":      func(m ClientMessage) bool { return m.Settings != nil },
	"links":     func(ClientMessage) bool { return true },
	"invite":    validInvite,
	"revoke":    func(m ClientMessage) bool { return m.ID != "" && len(m.ID) <= maxID },
	"poll":      func(m ClientMessage) bool { return len(m.Options) <= room.MaxPollOptions },
	"vote":      func(m ClientMessage) bool { return len(m.Choices) <= room.MaxPollOptions },
	"close":     func(m ClientMessage) bool { return m.Poll > 0 },
	"timer":     func(m ClientMessage) bool { return 0 <= m.Seconds && m.Seconds <= maxTimer },
	"breakouts": validGroups,
	"assign": func(m ClientMessage) bool {
		return m.ID != "" && len(m.ID) <= maxID && 0 <= m.Group && m.Group <= maxGroups
	},
	"announce": func(m ClientMessage) bool { return m.Text != "" && len(m.Text) <= maxAnnounce },
	"recall":   func(ClientMessage) bool { return true },
	"end":      func(ClientMessage) bool { return true },
}

func publishes(what string) bool { return what == KindMic || what == KindCamera || what == KindScreen }

func validGrant(m ClientMessage) bool {
	role, ok := room.ParseRole(m.Role)
	_, can := room.ToGrant(role)
	return m.ID != "" && len(m.ID) <= maxID && ok && can
}

func validInvite(m ClientMessage) bool {
	_, ok := room.ParseRole(m.Role)
	return ok && 0 <= m.Hours && m.Hours <= maxLinkHours && 0 <= m.Uses && m.Uses <= room.MaxLinkUses
}

func validGroups(m ClientMessage) bool {
	var all []string
	for _, g := range m.Groups {
		for _, id := range g {
			if id == "" || len(id) > maxID || slices.Contains(all, id) {
				return false
			}
			all = append(all, id)
		}
	}
	return len(m.Groups) >= 1 && len(m.Groups) <= maxGroups && len(all) <= room.MaxSeats
}

// order checks a message of the table above.
func order(s State, now time.Time, m ClientMessage) (State, []Effect, *room.Error) {
	if !orderChecks[m.T](m) {
		return s, nil, badMessage("a field is missing, too long, or not one of those that there are")
	}
	if !s.orders.take(orderLimit, now) {
		return s, nil, &room.Error{Code: room.CodeRateLimited, Message: "too much at once; wait a moment"}
	}
	return s, []Effect{Order{Kind: m.T, Message: m}}, nil
}

// enter is said by one who was admitted from the lobby.
func enter(s State, _ time.Time, _ ClientMessage) (State, []Effect, *room.Error) {
	if s.phase != waiting {
		return s, nil, &room.Error{Code: room.CodeAlreadyJoined, Message: "you are inside already"}
	}
	s.phase = joining
	return s, []Effect{Enter{}}, nil
}
