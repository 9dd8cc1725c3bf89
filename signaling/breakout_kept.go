package signaling

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Breakout rooms over a restart. Who is in which is in everybody's own resume token, which says where they sit; what the
// server remembers is how many breakout rooms a meeting has. So everybody comes back to where they were, and who runs the
// meeting moves them and calls them back as before.

// BreakoutStore remembers how many breakout rooms meetings have.
type BreakoutStore interface {
	// Breakouts tells how many a room's meeting has, and since when; 0 for none.
	Breakouts(ctx context.Context, roomName string) (n int, since time.Time, err error)
	// SetBreakouts stores it; 0 forgets. After nil it is on the disk.
	SetBreakouts(ctx context.Context, roomName string, n int, since time.Time) error
}

// keepBreakouts stores how many breakout rooms there are. A disk that fails does not keep people from parting.
func (m *meeting) keepBreakouts(n int) {
	h := m.hub
	if h.parted == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), roomWait)
	defer cancel()
	if err := h.parted.SetBreakouts(ctx, m.info.Name, n, time.Now()); err != nil {
		h.log.Warn("the breakout rooms of a meeting will not outlive a restart", "err", err)
	}
}

// restoreBreakouts makes the breakout rooms anew that a meeting had before a restart. After as long as resume tokens are good
// nobody can come back to them, and they are forgotten.
func (m *meeting) restoreBreakouts(ctx context.Context) {
	h := m.hub
	if h.parted == nil {
		return
	}
	n, since, err := h.parted.Breakouts(ctx, m.info.Name)
	if err != nil {
		h.log.Warn("the breakout rooms of a meeting cannot be read; people come back to the meeting itself", "err", err)
		return
	}
	if n <= 0 || n > maxGroups || time.Since(since) > ResumeLife {
		return
	}
	m.mu.Lock()
	for i := range n {
		m.small = append(m.small, m.newBreakout(i+1))
	}
	small := slices.Clone(m.small)
	m.stirred = true
	m.mu.Unlock()
	h.openBreakouts(m, small)
}

// wakeBreakout begins the meeting that a breakout room belongs to, if it has not begun since a restart.
func (h *Hub) wakeBreakout(ctx context.Context, name string) {
	main, _, ok := strings.Cut(name, breakoutMark)
	h.mu.Lock()
	live := h.meetings[name] != nil
	h.mu.Unlock()
	if !ok || live {
		return
	}
	r, err := h.rooms.Get(ctx, main)
	if err != nil {
		return // acquireBreakout says that there is none
	}
	if m, err := h.acquire(ctx, r); err == nil {
		h.release(m, 1) // its breakout rooms hold it
	}
}
