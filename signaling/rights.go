package signaling

import (
	"cmp"

	"tablee/room"
)

// What members may do: their role, less what the room's settings take away. Three places are kept in step with it: what
// the next message of a member's connection is checked against (seat.rights), what the engine forwards of them
// (seat.allow), and what the member is told (you).

// rightsLocked are the rights of a role in this room now.
func (m *meeting) rightsLocked(r room.Role) room.Rights { return m.room.Settings.Rights(r) }

// setRightsLocked puts a member's rights into force.
func (m *meeting) setRightsLocked(s *seat, r room.Role) {
	s.rights.Store(uint64(m.rightsLocked(r)))
	m.gateLocked(s, r)
}

// gateLocked puts into force what is forwarded of a member.
func (m *meeting) gateLocked(s *seat, r room.Role) {
	may := m.rightsLocked(r)
	s.allow(Gate{
		Mic:    may.May(room.PublishMic) && !s.muted.Mic,
		Camera: may.May(room.PublishCamera) && !s.muted.Camera,
		Screen: may.May(room.PublishScreen) && !s.muted.Screen,
	})
}

// allowedLocked is a change of a member's state without what they may not switch on, or what is switched off for them.
func (m *meeting) allowedLocked(r room.Role, muted Gate, c room.Change) room.Change {
	may := m.rightsLocked(r)
	limit := func(on *bool, allowed bool) *bool {
		if on != nil && *on && !allowed {
			return new(bool)
		}
		return on
	}
	c.Mic = limit(c.Mic, may.May(room.PublishMic) && !muted.Mic)
	c.Cam = limit(c.Cam, may.May(room.PublishCamera) && !muted.Camera)
	c.Screen = limit(c.Screen, may.May(room.PublishScreen) && !muted.Screen)
	c.Sound = limit(c.Sound, may.May(room.PublishScreen) && !muted.Screen)
	return c
}

// recheckLocked puts new settings or a new role of one member into force: what they may not send any more is off.
func (m *meeting) recheckLocked(id string) {
	who, ok := m.state.Get(id)
	s := m.seats[id]
	if !ok || s == nil {
		return
	}
	m.setRightsLocked(s, who.Role)
	off := m.allowedLocked(who.Role, s.muted, room.Change{Mic: &who.Mic, Cam: &who.Cam, Screen: &who.Screen, Sound: &who.Sound})
	m.tellLocked(m.state.SetState(id, off), "")
	s.push(m.youLocked(who.Role))
	if m.rightsLocked(who.Role).May(room.Admit) {
		s.push(m.lobbyLocked())
	}
}

func (m *meeting) youLocked(r room.Role) frame {
	return encode(You{T: "you", Role: r.String(), Rights: m.rightsLocked(r).Words()})
}

func (m *meeting) roomEventLocked() frame {
	return encode(RoomEvent{T: "room", Room: m.info, Max: m.maxLocked(), Settings: roomSettings(m.room.Settings), Breakout: m.n})
}

// maxLocked is how many people there may be.
func (m *meeting) maxLocked() int { return m.hub.seatsOf(m.room) }

// seatsOf is how many seats a meeting in r has.
func (h *Hub) seatsOf(r room.Room) int {
	most := int(h.most.Load())
	return min(cmp.Or(r.Settings.Max, most), most)
}

// SetMaxParticipants changes how many people fit in one room. Who sits already stays.
func (h *Hub) SetMaxParticipants(n int) {
	h.most.Store(int64(n))
	for _, m := range h.live() {
		m.mu.Lock()
		m.state.SetMax(m.maxLocked())
		m.sendLocked(m.roomEventLocked(), "")
		m.mu.Unlock()
	}
}

// news takes a change of a room, made through the registry by whomever, to its meeting.
func (h *Hub) news(n room.News) {
	h.mu.Lock()
	m := h.meetings[n.Room.Name]
	h.mu.Unlock()
	if m == nil {
		return
	}
	if n.Closed {
		m.end()
		return
	}
	for _, each := range append(m.breakouts(), m) {
		each.settle(n.Room)
	}
	h.SetProfile(n.Room.Name, n.Room.Settings.Profile)
}

// settle puts a room's new settings into force.
func (m *meeting) settle(r room.Room) {
	m.mu.Lock()
	defer m.mu.Unlock()
	opened := m.room.Settings.Lobby && !r.Settings.Lobby
	m.room = r
	if m.main == nil {
		m.info.Title = r.Title
	}
	m.state.SetMax(m.maxLocked())
	m.sendLocked(m.roomEventLocked(), "")
	for _, who := range m.state.Members() {
		m.recheckLocked(who.ID)
	}
	if opened {
		m.admitLocked("")
	}
}
