package impair

import (
	"sync"

	"tablee/loadtest/link"
)

// Line is a participant's line, which can become another one while packets are on it.
type Line struct {
	seed uint64

	mu      sync.Mutex // guards the rest
	profile Profile
	conns   map[*conn]bool // that are open
}

// NewLine makes a line. The profile must have passed Check.
func NewLine(p Profile, seed uint64) *Line {
	return &Line{seed: seed, profile: p, conns: make(map[*conn]bool)}
}

// Wrap puts the line before a socket.
func (l *Line) Wrap(socket link.Conn) link.Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := newConn(socket, l.profile, l.seed)
	c.ended = func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.conns, c)
	}
	l.conns[c] = true
	return c
}

// Change makes the line another one, from the next packet on. Those that wait keep their times. The profile must have
// passed Check.
func (l *Line) Change(p Profile) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.profile = p
	for c := range l.conns {
		c.up.change(p.Up, p)
		c.down.change(p.Down, p)
	}
}

func (s *side) change(w Way, p Profile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pipe.change(w, p.Queue, p.Reorder)
}
