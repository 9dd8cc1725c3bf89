package signaling

import (
	"strings"
	"time"

	"tablee/room"
)

// Pass tells whose resume token this is, if its holder sits in that room's meeting now, away for a moment or not. What
// it says of the person is the meeting's own knowledge, never the token's. Pads and files ask it for each request.
func (h *Hub) Pass(roomName, token string) (room.Pass, bool) {
	c, ok := h.tokens.verify(token, time.Now())
	main, _, _ := strings.Cut(c.room, breakoutMark) // what a room has is its breakout rooms', too
	if !ok || main != roomName {
		return room.Pass{}, false
	}
	h.mu.Lock()
	m := h.meetings[c.room]
	h.mu.Unlock()
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
