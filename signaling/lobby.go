package signaling

import (
	"github.com/gorilla/websocket"

	"tablee/room"
)

// waiter is somebody in the lobby.
type waiter struct {
	conn     *conn
	admitted bool // may enter
}

// wait puts a connection into the lobby, and tells it and the moderators so.
func (m *meeting) wait(c *conn, e entry) (id string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	id = newID()
	if err := m.lobby.Add(room.Waiting{ID: id, Name: e.Name, Role: e.role}); err != nil {
		return "", err
	}
	m.waiters[id] = &waiter{conn: c}
	m.lobbyChangedLocked()
	return id, nil
}

// stopWaiting takes one out of the lobby who is gone.
func (m *meeting) stopWaiting(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.waiters, id)
	if _, was := m.lobby.Remove(id); was {
		m.lobbyChangedLocked()
	}
}

// takeAdmitted takes one out of the lobby who was let in; false for one who was not.
func (m *meeting) takeAdmitted(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := m.waiters[id]
	if w == nil || !w.admitted {
		return false
	}
	delete(m.waiters, id)
	return true
}

// admitLocked lets one in, or all ("").
func (m *meeting) admitLocked(id string) {
	for _, who := range m.lobby.All() {
		if id != "" && who.ID != id {
			continue
		}
		m.lobby.Remove(who.ID)
		w := m.waiters[who.ID]
		w.admitted = true
		w.conn.send(Admitted{T: "admitted"})
	}
	m.lobbyChangedLocked()
}

// denyLocked sends one away.
func (m *meeting) denyLocked(id string) {
	if _, there := m.lobby.Remove(id); !there {
		return
	}
	m.dismissLocked(id, &room.Error{Code: room.CodeNotAdmitted, Message: "you were not let in"})
	m.lobbyChangedLocked()
}

// dismissLocked ends the connection of one who waits.
func (m *meeting) dismissLocked(id string, why *room.Error) {
	w := m.waiters[id]
	delete(m.waiters, id)
	if w != nil {
		w.conn.refuse(why, "hello", "")
		w.conn.out.finish(ending{code: websocket.ClosePolicyViolation})
	}
}

// lobbyChangedLocked tells those who wait where they stand, and those who may let them in who waits.
func (m *meeting) lobbyChangedLocked() {
	hosted := m.hostedLocked()
	for i, who := range m.lobby.All() {
		m.waiters[who.ID].conn.send(Waiting{T: "waiting", Place: i + 1, Hosted: hosted})
	}
	f := m.lobbyLocked()
	for id, s := range m.seats {
		if who, ok := m.state.Get(id); ok && m.rightsLocked(who.Role).May(room.Admit) {
			s.push(f)
		}
	}
}

func (m *meeting) lobbyLocked() frame {
	l := Lobby{T: "lobby", Waiting: []LobbySeat{}}
	for _, who := range m.lobby.All() {
		l.Waiting = append(l.Waiting, LobbySeat{ID: who.ID, Name: who.Name, Role: who.Role.String()})
	}
	return encode(l)
}

// hostedLocked tells whether somebody is there who can let people in.
func (m *meeting) hostedLocked() bool {
	for _, who := range m.state.Members() {
		if !who.Away && m.rightsLocked(who.Role).May(room.Admit) {
			return true
		}
	}
	return false
}
