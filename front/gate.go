package front

import (
	"net/netip"
	"sync"
)

// Bound is how many connections there may be at once.
type Bound struct {
	Total   int // from everybody
	Each    int // from one household (an IPv4 address, an IPv6 /64), unless it is this machine
	Waiting int // that have not yet shown what they are, from everybody; a household may have a quarter of them
}

// BoundFor is the bound of a server for so many participants: each may have a WebSocket, a page that loads over six
// connections, and a TURN connection or two.
func BoundFor(participants int) Bound {
	total := 10*participants + 256
	return Bound{Total: total, Each: max(64, total/4), Waiting: 256}
}

// gate counts connections in and out. A connection is in it once, under the household it is known to come from.
type gate struct {
	bound Bound

	mu      sync.Mutex
	open    int                  // guarded by mu
	waiting int                  // guarded by mu
	each    map[netip.Prefix]int // guarded by mu; never larger than bound.Total
	eachNew map[netip.Prefix]int // guarded by mu; of those that wait
}

func newGate(b Bound) *gate {
	return &gate{bound: b, each: map[netip.Prefix]int{}, eachNew: map[netip.Prefix]int{}}
}

// ticket is a connection's place.
type ticket struct {
	home    netip.Prefix
	exempt  bool
	waiting bool
	gone    bool
}

// enter lets a connection in, or says no.
func (g *gate) enter(a netip.Addr) (*ticket, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open >= g.bound.Total || g.waiting >= g.bound.Waiting {
		return nil, false
	}
	t := &ticket{waiting: true}
	if !g.placeLocked(t, a) {
		return nil, false
	}
	g.open++
	g.waiting++
	return t, true
}

// move puts a connection under another household: a PROXY header told where it comes from.
func (g *gate) move(t *ticket, a netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.unplaceLocked(t)
	ok := g.placeLocked(t, a)
	if !ok { // it is about to be closed, and is in nobody's count meanwhile
		t.exempt = true
	}
	return ok
}

func (g *gate) placeLocked(t *ticket, a netip.Addr) bool {
	t.home, t.exempt = household(a), !a.IsValid() || a.IsLoopback()
	if t.exempt {
		return true
	}
	if g.each[t.home] >= g.bound.Each || t.waiting && g.eachNew[t.home] >= max(1, g.bound.Waiting/4) {
		return false
	}
	g.each[t.home]++
	if t.waiting {
		g.eachNew[t.home]++
	}
	return true
}

func (g *gate) unplaceLocked(t *ticket) {
	if t.exempt {
		return
	}
	less(g.each, t.home)
	if t.waiting {
		less(g.eachNew, t.home)
	}
}

// known ends a connection's waiting: what it is has shown.
func (g *gate) known(t *ticket) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t.waiting {
		if !t.exempt {
			less(g.eachNew, t.home)
		}
		t.waiting = false
		g.waiting--
	}
}

// leave may be called more than once.
func (g *gate) leave(t *ticket) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t.gone {
		return
	}
	t.gone = true
	g.unplaceLocked(t)
	if t.waiting {
		g.waiting--
	}
	g.open--
}

func (g *gate) counts() (open, waiting int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open, g.waiting
}

func less(m map[netip.Prefix]int, key netip.Prefix) {
	if m[key]--; m[key] <= 0 {
		delete(m, key)
	}
}

// household is what one client can easily have all of: an IPv4 address, or an IPv6 /64.
func household(a netip.Addr) netip.Prefix {
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // the zero Addr
	}
	return p
}
