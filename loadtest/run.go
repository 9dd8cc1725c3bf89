package loadtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"tablee/loadtest/impair"
	"tablee/loadtest/link"
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
	// ErrFull is a room, or a server, without seats for as many as were asked for.
	ErrFull = errors.New("not enough seats")
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
	m := &meeting{o: o, target: target, current: make([]*life, o.Participants), phase: result.Joining}
	if m.events, err = o.Scenario.events(o.Participants, o.Duration, o.Seed); err != nil {
		return nil, err
	}
	if m.set, err = samples.Load(); err != nil {
		return nil, fmt.Errorf("load the samples: %w", err)
	}
	if m.identity, err = link.NewIdentity(); err != nil {
		return nil, err
	}
	if err := target.open(ctx); err != nil {
		return nil, err
	}
	if err := target.seats(ctx, o.Participants); err != nil {
		return nil, err
	}
	m.clock = newClock()
	m.seconds.first = m.clock.now()
	m.seconds.at = m.seconds.first
	m.tick = time.NewTicker(time.Second)
	defer m.tick.Stop()
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	m.life = life
	stopWatching := m.watchServer()
	defer stopWatching()

	m.join(ctx)
	m.steady(ctx)
	m.phase = result.Leaving
	m.hush()
	m.second()
	end()
	m.wait()
	r := m.report(ctx.Err() != nil)
	err = m.verdict(ctx)
	if err != nil {
		r.Fail(err.Error())
	}
	return r, err
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
	for _, n := range o.Networks {
		if err := n.Check(); err != nil {
			return fmt.Errorf("%w: %w", ErrOptions, err)
		}
	}
	return nil
}

// network is what a participant has at home.
func (o *Options) network(i int) impair.Profile {
	switch {
	case i < len(o.Networks):
		return o.Networks[i]
	case len(o.Networks) > 0:
		return o.Networks[0]
	default:
		return impair.Profile{Name: "lan"}
	}
}

// join lets everybody in who is not late, one after the other or all at once, and waits until each is in or cannot be.
func (m *meeting) join(ctx context.Context) {
	first := true
	for i := range m.o.Participants {
		if late(m.events, i) {
			continue
		}
		if every := m.o.Scenario.JoinEvery; !first && every > 0 && !m.pause(ctx, every) {
			return
		}
		first = false
		m.enter(i)
	}
	for _, l := range m.current {
		if l != nil && !m.await(ctx, l) {
			return
		}
	}
}

// steady is the meeting proper.
func (m *meeting) steady(ctx context.Context) {
	if ctx.Err() != nil || m.joined() == 0 || m.full() != nil {
		return
	}
	m.second() // the last of joining
	m.tick.Reset(time.Second)
	m.phase = result.Meeting
	m.begin = m.clock.now()
	m.plan = m.o.Scenario.turns(m.o.Seed, m.o.Participants, m.o.Duration)
	for i, l := range m.current {
		m.tell(l, m.talkOrder(i))
	}
	var probe *echo
	if m.o.DialContext == nil && m.o.Net == nil { // else it would not be the network of the meeting
		var err error
		if probe, err = startEcho(m.o.Participants, m.clock); err != nil {
			m.note("%v", err)
		}
	}
	m.mark(0)
	m.act(ctx)
	m.ended = m.clock.now()
	if probe != nil {
		m.echoed = probe.stop()
	}
	m.mark(1)
}

// talkOrder says when a participant is to talk.
func (m *meeting) talkOrder(i int) order {
	return order{plan: true, talk: turns.Of(m.plan, i), origin: m.begin}
}

// act carries out the scenario's events until the duration is over, ctx ends, or nobody is left.
func (m *meeting) act(ctx context.Context) {
	over := m.begin + int64(m.o.Duration)
	for _, e := range m.events {
		if !m.pauseUntil(ctx, min(over, m.begin+int64(e.At))) {
			return
		}
		if m.clock.now() >= over {
			break
		}
		m.do(e)
	}
	m.pauseUntil(ctx, over)
}

// pauseUntil waits for a time; false when ctx ended before, or everybody is gone.
func (m *meeting) pauseUntil(ctx context.Context, at int64) bool {
	for {
		left := since(m.clock.now(), at)
		if left <= 0 {
			return ctx.Err() == nil
		}
		if !m.pause(ctx, min(left, time.Second)) || m.deserted() {
			return false
		}
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
		m.tell(m.current[e.Who], m.talkOrder(e.Who))
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
	m.pause(context.Background(), drain+m.o.slowest())
}

// slowest is how long the slowest line delays a packet there and back.
func (o *Options) slowest() (d time.Duration) {
	for _, n := range o.Networks {
		d = max(d, n.Up.Delay+n.Up.Jitter+n.Down.Delay+n.Down.Jitter)
	}
	return d
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
	case m.full() != nil:
		return fmt.Errorf("%w: %w", ErrFull, m.full())
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
