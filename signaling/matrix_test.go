package signaling

import (
	"testing"

	"tablee/room"
)

// asks says, for an action of a meeting, how somebody asks for it over the wire: by a message, or, with a nil one, by the pass
// that pads and files ask for.
func asks(a room.Action, victim string) (m *ClientMessage, ok bool) {
	on := yes()
	switch a {
	case room.PublishMic:
		return &ClientMessage{T: "state", Mic: on}, true
	case room.PublishCamera:
		return &ClientMessage{T: "state", Cam: on}, true
	case room.PublishScreen:
		return &ClientMessage{T: "state", Screen: on}, true
	case room.RaiseHand:
		return &ClientMessage{T: "state", Hand: on}, true
	case room.Appoint:
		return &ClientMessage{T: "grant", Orders: Orders{ID: victim, Role: "moderator"}}, true
	case room.EndMeeting:
		return nil, true // once, at the end of TestMatrix
	case room.WritePad, room.UploadFile:
		return nil, true
	}
	for kind, m := range everything() {
		if r := rules[kind]; r.guarded && r.action == a && kind != "vote" && kind != "close" && kind != "breakouts" && kind != "offer" {
			return &m, true
		}
	}
	if a == room.Vote {
		return &ClientMessage{T: "vote", Orders: Orders{Poll: 1, Choices: []int{0}}}, true
	}
	return nil, false
}

// Each action of room/role.go that concerns a meeting, asked for by each role: an action that is new and that nobody can ask
// for here fails. Those of the whole server are in cmd/tablee's TestServerMatrix.
func TestEveryActionIsAsked(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		h.change(func(s *room.Settings) { s.Arrive = room.Listener })
		cast := h.cast()
		victim := h.knock(ClientMessage{Name: "Victim"})
		victim.expect("welcome", &victim.welcome)
		cast["host"].say(ClientMessage{T: "poll", Orders: Orders{Question: "?", Options: []string{"a", "b"}}})
		asked := 0
		for _, a := range room.Actions() {
			if a >= room.OpenRoom {
				continue
			}
			m, ok := asks(a, victim.welcome.ID)
			if !ok {
				t.Errorf("nobody can ask for %q in this test", a)
				continue
			}
			for name, c := range cast {
				role, _ := room.ParseRole(name)
				asked++
				switch {
				case m != nil:
					if got, want := c.outcome(*m), !role.May(a); got != want {
						t.Errorf("a %s asks for %q by %s, forbidden: %v", name, a, m.T, got)
					}
				case a != room.EndMeeting:
					if p, ok := h.hub.Pass("salon", c.welcome.Resume); !ok || p.May(a) != role.May(a) {
						t.Errorf("a %s has a pass for %q: %v", name, a, p.May(a))
					}
				}
			}
		}
		if want := int(room.OpenRoom) * len(cast); asked != want || len(cast) != len(room.Roles())-1 { // an admin sits as a member
			t.Errorf("%d were asked, not %d, by %d roles", asked, want, len(cast))
		}
	})
}
