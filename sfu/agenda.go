package sfu

import (
	"math"
	"sync"
	"sync/atomic"

	"tablee/sfu/wheel"
)

// What is to be done later, or by Run: no timer and no goroutine per stream or participant, and nothing at all for those
// with whom nothing is going on.

// agenda is what Engine.Run has to do.
type agenda struct {
	wake chan struct{}

	mu    sync.Mutex // guards the rest; a leaf
	wheel wheel.Wheel[*timer]
	until int64   // when Run wakes by itself; what is due sooner must wake it
	rooms []*room // to be routed anew
	peers []*Peer // who have news
}

// timer is one thing that is done at a time. It is armed by whoever finds that there is something to do.
type timer struct {
	do    func(*worker)
	node  wheel.Node[*timer]
	armed atomic.Bool
}

// init says what the timer is for.
func (t *timer) init(do func(*worker)) { t.do, t.node.Value = do, t }

// arm sets the timer, if it is not set: an earlier time does not replace a later one.
func (a *agenda) arm(t *timer, at int64) {
	if !t.armed.Load() && !t.armed.Swap(true) {
		a.set(t, at)
	}
}

// hasten sets the timer to that time, whether it is set or not.
func (a *agenda) hasten(t *timer, at int64) {
	t.armed.Store(true)
	a.set(t, at)
}

func (a *agenda) set(t *timer, at int64) {
	a.mu.Lock()
	a.wheel.Arm(&t.node, at)
	sooner := at < a.until
	a.mu.Unlock()
	if sooner {
		a.poke()
	}
}

// cancel takes timers off. One whose time has come may still run.
func (a *agenda) cancel(all ...*timer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, t := range all {
		a.wheel.Cancel(&t.node)
	}
}

// poke wakes Run.
func (a *agenda) poke() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// stir notes a room that is to be routed anew.
func (a *agenda) stir(r *room) {
	a.mu.Lock()
	a.rooms = append(a.rooms, r)
	a.mu.Unlock()
	a.poke()
}

// tell notes a participant who has news.
func (a *agenda) tell(p *Peer) {
	a.mu.Lock()
	a.peers = append(a.peers, p)
	a.mu.Unlock()
	a.poke()
}

// due returns a timer whose time has come, nil when there is none, and notes when there will be.
func (a *agenda) due(now int64) *timer {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n := a.wheel.Pop(now); n != nil {
		n.Value.armed.Store(false)
		return n.Value
	}
	a.until = math.MaxInt64
	if at, ok := a.wheel.Next(); ok {
		a.until = at
	}
	return nil
}

// next is when there will be something to do, math.MaxInt64 for never.
func (a *agenda) next() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.until
}

// take returns the rooms and participants that were noted, in the slices that it is given.
func (a *agenda) take(rooms []*room, peers []*Peer) ([]*room, []*Peer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	rooms, peers = append(rooms, a.rooms...), append(peers, a.peers...)
	clear(a.rooms)
	clear(a.peers)
	a.rooms, a.peers = a.rooms[:0], a.peers[:0]
	return rooms, peers
}

// align puts a time on a grid, so that what is periodic for many is done in one go.
func align(at, period int64) int64 { return (at + period - 1) / period * period }
