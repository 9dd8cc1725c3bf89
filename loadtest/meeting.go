package loadtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/pion/transport/v5"
	"github.com/pion/transport/v5/stdnet"

	"tablee/loadtest/samples"
	"tablee/loadtest/turns"
	"tablee/signaling"
)

// maxErrors bounds the report's list of errors.
const maxErrors = 50

// meeting is one run. Its fields belong to the goroutine of Run, except what mu guards.
type meeting struct {
	o      Options
	target *target
	set    *samples.Set
	clock  clock
	life   context.Context // of the participants

	current []*life // the last life of each participant
	lives   []*life // all of them
	plan    []turns.Spurt
	begin   int64 // of the steady phase, 0 if it never came
	ended   int64
	server  *Server

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
	network, err := m.network(i)
	if err != nil {
		l.err = fmt.Errorf("make a network: %w", err)
		m.note("participant %d: %v", i+1, l.err)
		close(l.done)
		return
	}
	l.hole = network
	l.net = network
	if !m.o.Scenario.vanishes() && m.o.Net == nil {
		l.net = nil // Pion's own network, without a detour
	}
	go func() {
		defer close(l.done)
		if l.err = l.run(m.life); l.err != nil {
			m.note("participant %d: %v", i+1, l.err)
		}
	}()
}

// network gives a participant's media network, which can be switched off.
func (m *meeting) network(i int) (*hole, error) {
	var inner transport.Net
	var err error
	if m.o.Net != nil {
		inner, err = m.o.Net(i)
	} else if m.o.Scenario.vanishes() {
		inner, err = stdnet.NewNet()
	}
	return &hole{Net: inner}, err
}

// newParticipant makes a participant who has not joined yet.
func (m *meeting) newParticipant(i int) *participant {
	wake := make(chan struct{}, 1)
	return &participant{
		index: i, target: m.target, clock: m.clock, set: m.set, note: m.note,
		rng:      rand.New(rand.NewPCG(m.o.Seed, uint64(len(m.lives))<<16|uint64(i))),
		videos:   min(max(m.o.Participants-1, 1), maxVideos),
		joinTime: m.o.JoinTimeout,
		orders:   make(chan order), ready: make(chan error, 1), wake: wake,
		requests: make(chan request, 64), dialled: make(chan dialled, 1),
		members: make(map[string]signaling.Member),
		up:      upstream{set: m.set}, down: newDownstream(m.clock, wake),
	}
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

// pause waits; false when ctx ended before.
func (m *meeting) pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// wait returns when every participant has.
func (m *meeting) wait() {
	for _, l := range m.lives {
		<-l.done
	}
}

// alive is how many participants have not ended.
func (m *meeting) alive() (n int) {
	for _, l := range m.current {
		if l != nil && !l.over() {
			n++
		}
	}
	return n
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

// received is how many packets all participants received so far.
func (m *meeting) received() (n uint64) {
	for _, l := range m.lives {
		n += l.down.total().Received
	}
	return n
}
