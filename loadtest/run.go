package loadtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"tablee/loadtest/result"
	"tablee/loadtest/samples"
	"tablee/loadtest/turns"
)

// Errors of Run: the test could not be carried out, whatever the server's quality.
var (
	// ErrURL is a URL that is not a room's link.
	ErrURL = errors.New("not a room's link (http://host/r/name)")
	// ErrOptions is an option out of its bounds.
	ErrOptions = errors.New("impossible options")
	// ErrServer is a server that does not answer, or not as a Tablée server does.
	ErrServer = errors.New("server unusable")
	// ErrRefused is a server that let nobody in.
	ErrRefused = errors.New("refused by the server")
	// ErrDied is a server that went away in mid-run and did not come back.
	ErrDied = errors.New("the server died in the middle of the test")
)

// drain is how long the last packets, and their repair, are waited for when publishing has ended.
const drain = 300 * time.Millisecond

// Run simulates the meeting and reports. It returns when the steady phase is over and everything it started has
// stopped. The end of ctx ends the meeting early: the report of what was measured is returned without an error.
// With an error, the report is what was measured until then, or nil if that is nothing.
//
// The course of a run: open the room → everybody joins (join) → the steady phase, in which people talk in turns and the
// scenario's events happen (steady) → publishing ends, the last packets arrive → everybody leaves → the report.
func Run(ctx context.Context, o Options) (*Report, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	target, err := parseTarget(o.URL)
	if err != nil {
		return nil, err
	}
	target.dial = o.DialContext
	set, err := samples.Load()
	if err != nil {
		return nil, fmt.Errorf("load the samples: %w", err)
	}
	if err := target.open(ctx); err != nil {
		return nil, err
	}
	m := &meeting{o: o, target: target, set: set, clock: newClock(), current: make([]*life, o.Participants)}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	m.life = life

	m.join(ctx)
	m.steady(ctx)
	m.hush()
	end()
	m.wait()
	return m.report(), m.verdict(ctx)
}

// complete fills in defaults and refuses what cannot be.
func (o *Options) complete() error {
	if o.Participants == 0 {
		o.Participants = DefaultParticipants
	}
	if o.Participants < 1 || o.Participants > MaxParticipants {
		return fmt.Errorf("%w: %d participants, 1 to %d are possible", ErrOptions, o.Participants, MaxParticipants)
	}
	if o.Duration == 0 {
		o.Duration = DefaultDuration
	}
	if o.JoinTimeout == 0 {
		o.JoinTimeout = DefaultJoinTimeout
	}
	if o.Duration < 0 || o.JoinTimeout < 0 {
		return fmt.Errorf("%w: a negative duration", ErrOptions)
	}
	if o.Scenario.Name == "" {
		o.Scenario = Meeting()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Bar == (result.Bar{}) {
		o.Bar = result.DefaultBar()
	}
	return o.Scenario.check(o.Participants)
}

// join lets everybody in, one after the other or all at once, and waits until each is in or cannot be.
func (m *meeting) join(ctx context.Context) {
	for i := range m.o.Participants {
		if i > 0 && m.o.Scenario.JoinEvery > 0 && !m.pause(ctx, m.o.Scenario.JoinEvery) {
			break
		}
		m.enter(i)
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for _, l := range m.current {
		for waiting := l != nil; waiting; {
			select {
			case <-l.ready:
				waiting = false
			case <-l.done:
				waiting = false
			case <-ctx.Done():
				return
			case <-tick.C:
				m.progress(result.Joining)
			}
		}
	}
}

// steady is the meeting proper.
func (m *meeting) steady(ctx context.Context) {
	if ctx.Err() != nil || m.joined() == 0 {
		return
	}
	m.begin = m.clock.now()
	m.plan = turns.Plan(m.o.Seed, m.o.Participants, m.o.Duration)
	for i, l := range m.current {
		m.tell(l, order{talk: turns.Of(m.plan, i), origin: m.begin})
	}
	before, packets := m.serverUsage(), m.received()
	m.act(ctx)
	m.ended = m.clock.now()
	m.server = usage(before, m.serverUsage(), m.received()-packets)
}

// act carries out the scenario's events until the duration is over, ctx ends, or nobody is left.
func (m *meeting) act(ctx context.Context) {
	over := time.NewTimer(m.o.Duration)
	defer over.Stop()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	events := m.o.Scenario.sorted()
	for {
		due := time.Duration(1<<62 - 1)
		if len(events) > 0 {
			due = events[0].At - since(m.begin, m.clock.now())
		}
		next := time.NewTimer(max(0, due))
		select {
		case <-next.C:
			m.do(events[0])
			events = events[1:]
		case <-tick.C:
			m.progress(result.Meeting)
			if m.alive() == 0 && len(events) == 0 {
				next.Stop()
				return
			}
		case <-over.C:
			next.Stop()
			return
		case <-ctx.Done():
			next.Stop()
			return
		}
		next.Stop()
	}
}

// do carries out one event.
func (m *meeting) do(e Event) {
	if e.Do == Return {
		if l := m.current[e.Who]; l != nil {
			m.tell(l, order{act: Leave}) // in case it is still there
			<-l.done
		}
		m.enter(e.Who)
		m.tell(m.current[e.Who], order{talk: turns.Of(m.plan, e.Who), origin: m.begin})
		return
	}
	m.tell(m.current[e.Who], order{act: e.Do})
}

// hush ends publishing, so that what was sent can arrive before it is counted.
func (m *meeting) hush() {
	for _, l := range m.current {
		quiet := make(chan struct{})
		if l != nil && m.tell(l, order{hush: quiet}) {
			<-quiet
		}
	}
	m.pause(context.Background(), drain)
}

// verdict is the error of the whole run, if it could not be carried out.
func (m *meeting) verdict(ctx context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	first := m.firstFailure()
	switch {
	case first == nil:
		return nil
	case m.joinedEver() == 0 && !passing(first):
		return fmt.Errorf("%w: %w", ErrRefused, first)
	case m.joinedEver() == 0:
		return fmt.Errorf("%w: nobody could join: %w", ErrServer, first)
	case m.lostAll():
		return fmt.Errorf("%w: %w", ErrDied, first)
	default:
		return nil
	}
}
