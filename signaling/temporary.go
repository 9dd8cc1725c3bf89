package signaling

import (
	"context"
	"time"

	"tablee/room"
)

// temporaryGrace is how long a temporary room outlives its meeting: somebody may have lost the line.
const temporaryGrace = 10 * time.Minute

// findLeftovers begins the grace time of temporary rooms that an earlier run of the server left behind.
func (h *Hub) findLeftovers(ctx context.Context, now time.Time) {
	for after := ""; ; {
		rooms, err := h.rooms.List(ctx, room.Filter{After: after})
		if err != nil {
			h.log.Warn("temporary rooms cannot be listed; they stay until a later start", "err", err)
			return
		}
		if len(rooms) == 0 {
			return
		}
		h.mu.Lock()
		for _, r := range rooms {
			if _, live := h.meetings[r.Name]; r.Settings.Temporary && !live {
				h.empty[r.Name] = now
			}
		}
		h.mu.Unlock()
		after = rooms[len(rooms)-1].Name
	}
}

// deleteTemporary deletes the temporary rooms that have been empty for long enough.
func (h *Hub) deleteTemporary(ctx context.Context, now time.Time) {
	for _, name := range h.overdue(now) {
		r, err := h.rooms.Get(ctx, name)
		if err == nil && r.Settings.Temporary {
			err = h.rooms.Delete(ctx, name)
		}
		if err != nil && room.CodeOf(err) != room.CodeRoomUnknown {
			h.log.Warn("a temporary room could not be deleted; it stays until it is used again", "err", err)
		}
	}
}

// overdue takes the rooms off the list whose grace time is over, and those that are in use again.
func (h *Hub) overdue(now time.Time) (names []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name, since := range h.empty {
		if _, live := h.meetings[name]; live {
			delete(h.empty, name)
		} else if now.Sub(since) >= temporaryGrace {
			delete(h.empty, name)
			names = append(names, name)
		}
	}
	return names
}
