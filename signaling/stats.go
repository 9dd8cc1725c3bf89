package signaling

import (
	"sync/atomic"

	"tablee/room"
)

// Seated is somebody who is seated in a room, for those who look in from outside.
type Seated struct {
	Name string `json:"name"`
	Seat int    `json:"seat"`
}

// Stats are counters since the start, and gauges. They name nobody.
type Stats struct {
	Rooms   int                 // live meetings
	Members int                 // seats taken, by those away too
	Conns   int                 // open WebSockets
	Refused map[room.Code]int64 // refused input by code; every code is there
	Slow    int64               // connections closed because they read too slowly
}

// counters count what was refused. The map is made once and never written to.
type counters struct {
	refused map[room.Code]*atomic.Int64
	slow    *atomic.Int64
}

func newCounters() counters {
	c := counters{refused: map[room.Code]*atomic.Int64{}, slow: new(atomic.Int64)}
	for _, code := range room.Codes() {
		c.refused[code] = new(atomic.Int64)
	}
	return c
}

// refuse counts a refusal.
func (c counters) refuse(code room.Code) {
	if n := c.refused[code]; n != nil {
		n.Add(1)
	}
}

// Seated lists who is seated in the room (normal form), by seat.
func (h *Hub) Seated(name string) []Seated {
	h.mu.Lock()
	m := h.meetings[name]
	h.mu.Unlock()
	if m == nil {
		return []Seated{}
	}
	return m.seated()
}

// Heads tells how many are seated in each live meeting, by the room's normal name.
func (h *Hub) Heads() map[string]int {
	heads := map[string]int{}
	for _, m := range h.live() {
		if n := len(m.seated()); n > 0 {
			heads[m.info.Name] = n
		}
	}
	return heads
}

// Members is how many seats are taken. It is cheap: transfers of files ask it all the time.
func (h *Hub) Members() int { return int(h.seats.Load()) }

// Stats are the counters of this moment.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	s := Stats{Rooms: len(h.meetings), Conns: len(h.conns)}
	h.mu.Unlock()
	s.Members = h.Members()
	s.Slow = h.counters.slow.Load()
	s.Refused = map[room.Code]int64{}
	for code, n := range h.counters.refused {
		s.Refused[code] = n.Load()
	}
	return s
}
