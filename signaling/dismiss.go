package signaling

import (
	"github.com/gorilla/websocket"

	"tablee/room"
)

// Dismiss takes whoever came with the account out of all meetings, lobbies and doors: it is deleted, or let in no more. They
// may come back as strangers: what the account gave them was never in their resume tokens.
func (h *Hub) Dismiss(account string) {
	if account == "" {
		return
	}
	h.mu.Lock()
	for c := range h.conns {
		if c.identity.Account == account {
			c.gone.Store(true)
			c.out.finish(ending{code: websocket.CloseNormalClosure, bye: &Bye{T: "bye", Reason: ByeRemoved}})
		}
	}
	h.mu.Unlock()
	for _, m := range h.live() {
		h.vacate(m, m.dismiss(account))
	}
}

// dismiss empties the seats of an account, and returns them.
func (m *meeting) dismiss(account string) (gone []*seat) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, s := range m.seats {
		if s.account == account {
			m.removed[id] = true
			m.unseatLocked(id, s, room.ReasonRemoved, Bye{T: "bye", Reason: ByeRemoved})
			gone = append(gone, s)
		}
	}
	if len(gone) > 0 {
		m.leftLocked()
	}
	return gone
}
