package loadtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"tablee/loadtest/impair"
	"tablee/loadtest/link"
	"tablee/loadtest/measure"
	"tablee/loadtest/samples"
	"tablee/loadtest/turns"
	"tablee/signaling"
)

// maxErrors bounds the report's list of errors.
const maxErrors = 50

// meeting is one run. Its fields belong to the goroutine of Run, except what mu guards.
type meeting struct {
	o        Options
	target   *target
	set      *samples.Set
	identity link.Identity
	clock    clock
	life     context.Context // of the participants
	events   []Event
	tick     *time.Ticker // of seconds

	current []*life // the last life of each participant
	lives   []*life // all of them
	plan    []turns.Spurt
	begin   int64 // of the steady phase, 0 if it never came
	ended   int64
	phase   string
	server  *watcher // nil when the server is not on this machine
	seconds seconds
	echoed  measure.Histogram // microseconds

	mu     sync.Mutex // guards errors and more
	errors []string
	more   int // errors beyond maxErrors
}

// life is one stay of a participant in the meeting, from joining to leaving.
type life struct {
	*participant
	done chan struct{} // closed when run has returned
	err  error         // of run, to be read then
}

// enter lets a participant join.
func (m *meeting) enter(i int) {
	l := &life{participant: m.newParticipant(i), done: make(chan struct{})}
	m.current[i] = l
	m.lives = append(m.lives, l)
	if m.o.Net != nil {
		network, err := m.o.Net(i)
		if err != nil {
			l.err = fmt.Errorf("make a network: %w", err)
			m.note("participant %d: %v", i+1, l.err)
			close(l.done)
			return
		}
		l.link.Net = network
	}
	go func() {
		defer close(l.done)
		if l.err = l.run(m.life); l.err != nil {
			m.note("participant %d: %v", i+1, l.err)
		}
	}()
}

// newParticipant makes a participant who has not joined yet.
func (m *meeting) newParticipant(i int) *participant {
	wake := make(chan struct{}, 1)
	seed := uint64(len(m.lives))<<16 | uint64(i)
	p := &participant{
		index: i, target: m.target, clock: m.clock, set: m.set, note: m.note,
		rng:      rand.New(rand.NewPCG(m.o.Seed, seed)),
		cast:     cast{camera: m.o.Scenario.Cameras.includes(i), screens: m.o.Scenario.Screens},
		link:     link.Config{Identity: m.identity},
		joinTime: m.o.JoinTimeout,
		orders:   make(chan order), ready: make(chan error, 1), wake: wake,
		requests: make(chan request, 64), dialled: make(chan dialled, 1),
		members: make(map[string]signaling.Member), known: make(map[string]int64),
		down: newDownstream(m.clock, wake),
	}
	network := m.o.network(i)
	if !network.Clear() {
		p.link.Wrap = func(c link.Conn) link.Conn { return impair.Wrap(c, network, m.o.Seed<<32^seed) }
	}
	p.up = newUpstream(m.set, m.set.Fit(network.Up.Rate), m.o.Scenario.Camera)
	p.up.mute = m.o.Scenario.Speakers == Nobody
	p.up.camera.on = p.cast.camera
	p.videos = m.videos(i)
	return p
}

// videos is how many slots for pictures a participant offers: one for each other's camera, and one for a screen.
func (m *meeting) videos(i int) (n int) {
	switch m.o.Scenario.Cameras {
	case Everybody:
		n = m.o.Participants - 1
	case First:
		if i != 0 {
			n = 1
		}
	}
	if m.o.Scenario.Screens {
		n++
	}
	return min(max(n, 1), maxVideos)
}

// tell gives an order; false when the participant is gone.
func (m *meeting) tell(l *life, o order) bool {
	if l == nil {
		return false
	}
	select {
	case l.orders <- o:
		return true
	case <-l.done:
		return false
	}
}

// note adds a sentence to the report's errors, and to the log.
func (m *meeting) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	m.o.Log.Warn("load test", "event", text)
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.errors) < maxErrors {
		m.errors = append(m.errors, text)
	} else {
		m.more++
	}
}

// pause waits, and lets seconds pass; false when ctx ended before.
func (m *meeting) pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			return true
		case <-ctx.Done():
			return false
		case <-m.tick.C:
			m.second()
		}
	}
}

// await waits until a participant is in or cannot be; false when ctx ended before.
func (m *meeting) await(ctx context.Context, l *life) bool {
	for {
		select {
		case <-l.ready:
			return true
		case <-l.done:
			return true
		case <-ctx.Done():
			return false
		case <-m.tick.C:
			m.second()
		}
	}
}

// wait returns when every participant has.
func (m *meeting) wait() {
	for _, l := range m.lives {
		<-l.done
	}
}

// deserted says whether everybody is gone who came, and not because they were told to go.
func (m *meeting) deserted() bool {
	failed := false
	for _, l := range m.current {
		if l == nil {
			continue
		}
		if !l.over() || l.err == nil {
			return false
		}
		failed = true
	}
	return failed
}

// over says whether the life has ended.
func (l *life) over() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// joined is how many are in now.
func (m *meeting) joined() (n int) {
	for _, l := range m.current {
		if l != nil && l.in.Load() {
			n++
		}
	}
	return n
}

// joinedEver is how many participants were in at least once. All lives must have ended.
func (m *meeting) joinedEver() (n int) {
	in := make(map[int]bool)
	for _, l := range m.lives {
		if l.joinedAt != 0 && !in[l.index] {
			in[l.index] = true
			n++
		}
	}
	return n
}

// firstFailure is the first life's that ended with an error.
func (m *meeting) firstFailure() error {
	for _, l := range m.lives {
		if l.err != nil {
			return fmt.Errorf("participant %d: %w", l.index+1, l.err)
		}
	}
	return nil
}

// lostAll says whether nobody was left because the server went away.
func (m *meeting) lostAll() bool {
	lost := 0
	for _, l := range m.current {
		if l != nil && (errors.Is(l.err, errLost) || errors.Is(l.err, errKicked)) {
			lost++
		} else if l != nil && l.err == nil {
			return false
		}
	}
	return lost > 0
}

// full is the refusal of somebody for whom there was no seat, nil when there is none.
func (m *meeting) full() error {
	for _, l := range m.lives {
		if r := (*refusal)(nil); l.over() && errors.As(l.err, &r) && (r.Code == "room_full" || r.Code == "server_full") {
			return fmt.Errorf("participant %d: %w", l.index+1, l.err)
		}
	}
	return nil
}
