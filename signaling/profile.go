package signaling

import "cmp"

// serverProfile is that of rooms that have none of their own.
func (h *Hub) serverProfile() string { return *h.profile.Load() }

// SetServerProfile gives another profile to the rooms that have none of their own. The media engine is told by who calls.
func (h *Hub) SetServerProfile(profile string) {
	h.profile.Store(&profile)
	for _, m := range h.live() {
		m.mu.Lock()
		own := m.room.Settings.Profile
		m.mu.Unlock()
		m.setProfile(cmp.Or(own, profile))
	}
}

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
	m.setProfile(cmp.Or(profile, h.serverProfile()))
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
