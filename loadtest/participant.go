package loadtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"tablee/loadtest/impair"
	"tablee/loadtest/link"
	"tablee/loadtest/samples"
	"tablee/loadtest/turns"
	"tablee/signaling"
)

// clock is the run's monotonic clock, in nanoseconds from 1 on.
type clock struct{ epoch time.Time }

func newClock() clock                    { return clock{time.Now()} }
func (c clock) now() int64               { return int64(time.Since(c.epoch)) + 1 }
func (c clock) at(ns int64) time.Time    { return c.epoch.Add(time.Duration(ns - 1)) }
func since(from, to int64) time.Duration { return time.Duration(to - from) }

// reportEvery is the time between two rounds of RTCP reports, in nanoseconds.
const reportEvery = int64(time.Second)

// patience is how long a participant that lost the server tries to come back.
const patience = 20 * time.Second

// errLost is a server that went away and did not come back.
var errLost = errors.New("lost the server and could not come back")

// errKicked is a server that ended the connection for good.
var errKicked = errors.New("sent away by the server")

// participant is one simulated person. All fields belong to the loop in run, except those of downstream, which has its
// own lock, and the ones that the meeting reads after run has returned.
type participant struct {
	index    int
	target   *target
	clock    clock
	set      *samples.Set
	rng      *rand.Rand
	link     link.Config  // of its network; without functions
	line     *impair.Line // what it has at home; nil for nothing
	cast     cast
	videos   int // slots for pictures
	joinTime time.Duration
	note     func(format string, args ...any) // for the report's errors
	observe  Observe
	downRate int // bit/s of its line downwards, 0 for no limit

	orders   chan order
	ready    chan error // nil once media is connected, or why it never was
	wake     chan struct{}
	requests chan request
	dialled  chan dialled

	session *session
	peer    *peer
	up      upstream
	down    *downstream

	welcomed  bool
	self      signaling.Welcome
	members   map[string]signaling.Member
	known     map[string]int64 // since when a member is there with the camera as it is
	view      view
	quality   string // that it chose
	gen       int
	connected bool // media, as last seen
	answered  bool // an answer was applied to the current peer
	// restarting: ICE was restarted, and the answer to that offer has not come yet.
	restarting bool
	renewing   bool // an offer was made for the sake of its answer, which has not come yet
	moved      bool // a restart was asked for before the answer came

	inSince    int64 // when media connected last
	startedAt  int64 // of the first dial
	joinedAt   int64
	awaySince  int64 // 0 while the session stands
	redialAt   int64 // 0 while none is planned
	attempts   int
	lastError  error
	cancelDial context.CancelFunc

	demanded   []signaling.Video
	demandWant bool
	demandAt   int64 // earliest time of the next
	pingAt     int64
	pings      int64
	reportAt   int64

	record record
	in     atomic.Bool // media is connected; for everybody to read
}

// cast is a participant's part in the scenario.
type cast struct {
	camera  bool // has one
	screens bool // can share a screen, and has a slot for another's
}

// order is what the meeting asks of a participant: a plan of when to talk, an act, or to hush.
type order struct {
	plan   bool
	talk   []turns.Spurt
	origin int64
	act    Act
	line   impair.Profile // of ChangeLine
	hush   chan struct{}  // stop publishing, then close it
}

type dialled struct {
	session *session
	err     error
}

// errDone ends the loop without complaint.
var errDone = errors.New("done")

// run lives the participant's life: it ends with ctx (politely), with an act that leaves, or with an error.
func (p *participant) run(ctx context.Context) error {
	p.startedAt = p.clock.now()
	p.awaySince = p.startedAt
	p.dial(ctx)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		var in <-chan any
		if p.session != nil {
			in = p.session.in
		}
		var err error
		select {
		case <-ctx.Done():
			err = errDone
		case o := <-p.orders:
			err = p.obey(o)
		case d := <-p.dialled:
			err = p.arrive(d)
		case m, open := <-in:
			err = p.hear(m, open)
		case r := <-p.requests:
			p.up.answer(r, p.clock.now())
		case <-p.wake:
		case <-timer.C:
		}
		next := int64(0)
		if err == nil {
			next, err = p.tick(ctx, p.clock.now())
		}
		if err != nil {
			return p.end(err)
		}
		timer.Reset(max(0, since(p.clock.now(), next)))
	}
}

// end closes everything, politely unless the participant has vanished.
func (p *participant) end(err error) error {
	if p.cancelDial != nil {
		p.cancelDial()
		if d := <-p.dialled; d.session != nil {
			d.session.drop()
		}
	}
	if p.session != nil {
		if errors.Is(err, errVanished) {
			p.session.drop()
		} else {
			p.session.leave()
		}
	}
	now := p.clock.now()
	p.unpeer(now)
	p.record.end(now)
	if errors.Is(err, errLost) {
		p.record.endedAt(p.awaySince)
	}
	p.session = nil
	if p.joinedAt == 0 && !errors.Is(err, errDone) {
		p.ready <- err
	}
	if errors.Is(err, errDone) || errors.Is(err, errVanished) {
		return nil
	}
	return err
}

// tick does what is due and says when it is to be called again.
func (p *participant) tick(ctx context.Context, now int64) (next int64, err error) {
	if err := p.checkLife(ctx, now); err != nil {
		return 0, err
	}
	if err := p.followMedia(now); err != nil {
		return 0, err
	}
	next = p.up.tick(now)
	if p.connected {
		next = min(next, p.feedback(now))
	}
	if p.session == nil {
		if p.redialAt != 0 {
			next = min(next, p.redialAt)
		}
		return next, nil
	}
	if now >= p.pingAt {
		p.pings++
		p.pingAt = now + int64(pingEvery)
		p.say(&signaling.ClientMessage{T: "ping", N: p.pings})
	}
	if p.demandWant && p.answered {
		if now < p.demandAt {
			return min(next, p.pingAt, p.demandAt), nil
		}
		p.demand(now)
	}
	return min(next, p.pingAt), nil
}

// feedback sends the RTCP that is due.
func (p *participant) feedback(now int64) (next int64) {
	sender := p.peer.mic.ssrc
	out, next := p.down.tick(now, sender, nil)
	if now >= p.reportAt {
		p.reportAt = now + reportEvery
		out = p.up.reports(out, now, p.clock.at(now))
		out = p.down.receiverReports(out, now, sender)
	}
	if len(out) > 0 {
		p.peer.writeRTCP(out)
	}
	return min(next, p.reportAt)
}

// checkLife gives up what takes too long, and dials again when it is time.
func (p *participant) checkLife(ctx context.Context, now int64) error {
	if p.joinedAt == 0 && since(p.startedAt, now) > p.joinTime {
		return p.tooLate()
	}
	if p.awaySince != 0 && p.joinedAt != 0 && since(p.awaySince, now) > patience {
		return fmt.Errorf("%w within %v: %w", errLost, patience, p.lastError)
	}
	if p.session == nil && p.redialAt != 0 && now >= p.redialAt {
		p.dial(ctx)
	}
	return nil
}

// tooLate says how far a participant came that could not join.
func (p *participant) tooLate() error {
	reached := "its media did not connect"
	switch {
	case !p.welcomed:
		reached = "the server did not let it in"
	case !p.answered:
		reached = "its offer was not answered"
	}
	err := fmt.Errorf("not in after %v: %s", p.joinTime, reached)
	if p.lastError != nil {
		err = fmt.Errorf("%w: %w", err, p.lastError)
	}
	return err
}

// followMedia notices that media connected or failed.
func (p *participant) followMedia(now int64) error {
	if p.peer == nil {
		return nil
	}
	switch p.peer.link.State() {
	case link.Connected:
		if p.connected || !p.answered {
			return nil
		}
		return p.mediaConnected(now)
	case link.Failed, link.Closed:
		p.lastError = p.peer.failed()
		p.unpeer(now)
		if p.session != nil { // come back with a new PeerConnection
			p.session.drop()
			p.lose(now)
		}
	}
	return nil
}

// mediaConnected begins to publish.
func (p *participant) mediaConnected(now int64) error {
	b, ok := p.peer.publication()
	if !ok {
		return errors.New("media connected, but not all that is to be published was negotiated")
	}
	p.connected, p.inSince = true, now
	p.in.Store(true)
	p.reportAt = now + p.rng.Int64N(reportEvery)
	p.record.num = p.self.Num
	p.record.present.begin(now)
	p.publishing(now)
	if p.joinedAt == 0 {
		p.joinedAt = now
		p.ready <- nil
	}
	return p.up.start(b, p.self.Num, p.rng, now)
}

// unpeer closes the PeerConnection, if there is one.
func (p *participant) unpeer(now int64) {
	if p.peer == nil {
		return
	}
	p.in.Store(false)
	p.up.stop()
	p.peer.close()
	p.peer, p.connected, p.answered, p.restarting, p.renewing, p.moved = nil, false, false, false, false, false
	p.record.present.end(now)
	p.publishing(now)
}
