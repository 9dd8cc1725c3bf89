package signaling

import "cmp"

// SetProfile gives a room's meeting another profile while it runs: one of room.Profile…, or "" for the server's own. The
// media engine follows within moments, and everybody is told. Who stores the room calls it after the commit; without a
// meeting it does nothing, and the next one begins with what is stored.
func (h *Hub) SetProfile(roomName, profile string) {
	h.mu.Lock()
	defer h.mu.Unlock() // so that the engine and the people hear of two changes in the same order
	m := h.meetings[roomName]
	if m == nil {
		return
	}
	h.media.SetProfile(roomName, profile)
	m.setProfile(cmp.Or(profile, h.profile))
}

func (m *meeting) setProfile(profile string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.profile == profile {
		return
	}
	m.profile = profile
	m.sendLocked(encode(ProfileEvent{T: "profile", Profile: profile}), "")
}
