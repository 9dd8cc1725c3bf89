package sfu

import (
	"context"
	"math/rand"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tablee/sfu/allocate"
	"tablee/sfu/wheel"
)

// clerk is an engine that does nothing but work its agenda off, in virtual time.
type clerk struct {
	*Engine
	t *testing.T
}

func withClerk(t *testing.T, f func(c *clerk)) {
	synctest.Test(t, func(t *testing.T) {
		e := &Engine{start: time.Now(), rooms: map[string]*room{}, profile: &allocate.Profile{}}
		e.clock = func() int64 { return int64(time.Since(e.start)) }
		e.agenda.wake = make(chan struct{}, 1)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { e.work(ctx); close(done) }()
		synctest.Wait()
		f(&clerk{e, t})
		stop()
		<-done
	})
}

// bell is a timer that notes when it rang.
type bell struct {
	timer
	mu   sync.Mutex // guards rang
	rang []int64
}

func (c *clerk) bell() *bell {
	b := &bell{}
	b.init(func(w *worker) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.rang = append(b.rang, w.now)
	})
	return b
}

// rings fails the test unless the bell rang that often, each time within two ticks of when it should.
func (c *clerk) rings(name string, b *bell, want ...time.Duration) {
	c.t.Helper()
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.rang) != len(want) {
		c.t.Errorf("%s rang at %v, want %v", name, b.rang, want)
		return
	}
	for i, at := range b.rang {
		if late := at - int64(want[i]); late < 0 || late > 2*wheel.Tick {
			c.t.Errorf("%s rang at %v, want %v", name, time.Duration(at), want[i])
		}
	}
}

func TestTimersRing(t *testing.T) {
	withClerk(t, func(c *clerk) {
		a, b, never := c.bell(), c.bell(), c.bell()
		c.agenda.arm(&a.timer, int64(10*time.Second))
		c.agenda.arm(&never.timer, int64(2*time.Second))
		synctest.Wait()
		c.agenda.arm(&b.timer, int64(time.Second)) // sooner than what the clerk sleeps for
		c.agenda.arm(&a.timer, int64(3*time.Second))
		c.agenda.cancel(&never.timer)
		time.Sleep(11 * time.Second)
		c.rings("the later one", a, 10*time.Second) // an earlier time does not replace a later one
		c.rings("the sooner one", b, time.Second)
		c.rings("the cancelled one", never)
		c.agenda.arm(&b.timer, 0) // long past: at once
		time.Sleep(time.Second)
		c.rings("the sooner one", b, time.Second, 11*time.Second)
		c.agenda.cancel(&a.timer, &b.timer) // not armed: nothing happens
		c.agenda.arm(&a.timer, int64(24*time.Hour))
		time.Sleep(25 * time.Hour)
		c.rings("the later one", a, 10*time.Second, 24*time.Hour)
	})
}

// A timer that arms itself goes on for ever, and at its period.
func TestPeriodicTimersKeepTheirPeriod(t *testing.T) {
	withClerk(t, func(c *clerk) {
		n := 0
		var every timer
		every.init(func(w *worker) {
			n++
			c.agenda.arm(&every, align(w.now+feedbackPeriod, feedbackPeriod))
		})
		c.agenda.arm(&every, feedbackPeriod)
		time.Sleep(time.Minute)
		synctest.Wait()
		if n < 550 || n > 600 {
			t.Errorf("it ran %d times in a minute, want about 600", n)
		}
	})
}

// While nothing is due the clerk sleeps: a thousand timers of tomorrow wake it once, when they are armed.
func TestNothingDueNothingDone(t *testing.T) {
	a := &agenda{wake: make(chan struct{}, 1)}
	var ts [1000]timer
	if a.due(0) != nil || a.next() <= 1<<62 {
		t.Fatal("an empty agenda has something to do")
	}
	woken := func() bool {
		select {
		case <-a.wake:
			return true
		default:
			return false
		}
	}
	ts[0].init(func(*worker) {})
	a.arm(&ts[0], int64(time.Hour))
	if !woken() {
		t.Error("the first timer does not wake")
	}
	if a.due(0) != nil || a.next() > int64(time.Hour) {
		t.Errorf("the next is due at %d", a.next())
	}
	for i := range ts[1:] {
		ts[1+i].init(func(*worker) {})
		a.arm(&ts[1+i], int64(2*time.Hour))
	}
	if woken() {
		t.Error("later timers wake")
	}
	for now := int64(0); now < int64(3*time.Hour); now += int64(time.Minute) {
		for x := a.due(now); x != nil; x = a.due(now) {
			if x.armed.Load() {
				t.Fatal("a timer that is due counts as armed")
			}
			if x == &ts[0] == (now > int64(time.Hour)+int64(time.Minute)) {
				t.Fatalf("timer due at %v", time.Duration(now))
			}
		}
	}
	if n := testing.AllocsPerRun(1000, func() { a.arm(&ts[5], int64(time.Hour)); a.due(int64(4 * time.Hour)) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Many goroutines arm, cancel, stir and tell at once, as packets do: nothing that was armed last is forgotten, and every
// piece of news is delivered.
func TestAgendaInAStorm(t *testing.T) {
	withClerk(t, func(c *clerk) {
		const writers, rounds = 8, 400
		r := newRoom(c.Engine, "r")
		var told atomic.Int64
		var latest atomic.Int64
		p := newPeer(r, "p", 1, func(n Notice) {
			told.Add(1)
			for _, s := range n.Slots {
				latest.Store(int64(s.TS))
			}
		})
		var bells [40]*bell
		for i := range bells {
			bells[i] = c.bell()
		}
		cancelled := c.bell()
		var all sync.WaitGroup
		for i := range writers {
			all.Go(func() {
				rnd := rand.New(rand.NewSource(int64(i)))
				for range rounds {
					c.agenda.arm(&bells[rnd.Intn(len(bells))].timer, c.now()+rnd.Int63n(int64(50*time.Millisecond)))
					c.agenda.cancel(&cancelled.timer)
					p.note(SlotNotice{Mid: "1", TS: 1})
					r.stir()
					if rnd.Intn(4) == 0 {
						time.Sleep(time.Duration(rnd.Intn(10)) * time.Millisecond)
					}
				}
			})
		}
		all.Wait()
		p.note(SlotNotice{Mid: "1", TS: 2})
		end := c.now()
		for _, b := range bells {
			c.agenda.arm(&b.timer, end+int64(100*time.Millisecond))
		}
		time.Sleep(time.Second)
		synctest.Wait()
		for i, b := range bells {
			b.mu.Lock()
			if n := len(b.rang); n == 0 || b.rang[n-1] < end || b.armed.Load() {
				t.Errorf("bell %d rang %d times and not after the storm", i, n)
			}
			b.mu.Unlock()
		}
		if latest.Load() != 2 || told.Load() > writers*rounds+1 {
			t.Errorf("the last news is %d, told %d times", latest.Load(), told.Load())
		}
		if r.stale.Load() {
			t.Error("the room waits to be routed")
		}
	})
}
