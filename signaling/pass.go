package signaling

import (
	"strings"
	"time"

	"tablee/room"
)

// Pass tells whose resume token this is, if its holder sits in that room's meeting now, away for a moment or not. What
// it says of the person is the meeting's own knowledge, never the token's. Pads and files ask it for each request.
func (h *Hub) Pass(roomName, token string) (room.Pass, bool) {
	c, m := h.meetingOf(roomName, token)
	if m == nil {
		return room.Pass{}, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	who, ok := m.state.Get(c.id)
	if !ok {
		return room.Pass{}, false
	}
	denied := room.Settings{}.Rights(who.Role) &^ m.rightsLocked(who.Role)
	return room.Pass{Room: roomName, ID: who.ID, Num: who.Num, Seat: who.Seat, Name: who.Name, Role: who.Role, Denied: denied}, true
}

// Expelled tells whether the holder of this resume token was taken out of that room's meeting, by a moderator or with their
// account. Whoever else has left may come back in a moment.
func (h *Hub) Expelled(roomName, token string) bool {
	c, m := h.meetingOf(roomName, token)
	if m == nil {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.removed[c.id]
}

// meetingOf is what a resume token says, and the meeting that it is of; nil when it is not of that room, or there is none.
func (h *Hub) meetingOf(roomName, token string) (claim, *meeting) {
	c, ok := h.tokens.verify(token, time.Now())
	main, _, _ := strings.Cut(c.room, breakoutMark) // what a room has is its breakout rooms', too
	if !ok || main != roomName {
		return claim{}, nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return c, h.meetings[c.room]
}
