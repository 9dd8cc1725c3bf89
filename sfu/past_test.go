package sfu

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"tablee/sfu/twcc"
)

// narrow is a line of a rate with a queue of 300 ms to a seat, which reports by transport-wide feedback what came.
type narrow struct {
	seat   *seat
	rate   int   // bit/s
	free   int64 // when the line has passed all that waits
	waits  []arrival
	came   twcc.Recorder
	looked int  // packets of seat.sent
	lost   int  // of them
	mute   bool // a does not talk
	deaf   bool // no feedback gets through
}

type arrival struct {
	at  int64
	seq uint16
}

// carry puts what was sent just now on the line.
func (n *narrow) carry() {
	now := n.seat.d.now
	for _, p := range n.seat.sent[n.looked:] {
		at := max(n.free, now)
		if x := p.GetExtension(3); x != nil && at-now < int64(300*time.Millisecond) {
			n.free = at + int64(p.MarshalSize()+wireExtra)*8*int64(time.Second)/int64(n.rate)
			n.waits = append(n.waits, arrival{n.free, binary.BigEndian.Uint16(x)})
		} else {
			n.lost++
		}
	}
	n.looked = len(n.seat.sent)
}

// report sends feedback of what has come.
func (n *narrow) report() {
	for now := n.seat.d.now; len(n.waits) > 0 && n.waits[0].at <= now; n.waits = n.waits[1:] {
		n.came.Record(n.waits[0].seq, n.waits[0].at)
	}
	if b := n.came.Append(nil, 1, 0xb0, 1200); len(b) > 0 && !n.deaf {
		n.seat.takeRTCP(b)
	}
}

// comeIn joins with slots for a voice and a picture, whose packets are numbered, and shows a's camera.
func (d *desk) comeIn(id string, near bool) *seat {
	s := d.join(id, 0, 0)
	s.open("a0", false, noLink{s}, negotiated{ssrc: 0xa0, pt: 111, twcc: 3})
	s.open("v0", true, noLink{s}, negotiated{ssrc: 0xb0, pt: 96, ssrcRTX: 0xc0, ptRTX: 97, twcc: 3})
	s.moved(near)
	s.Demand([]Want{{ID: "a", Kind: Camera, Height: 720, Big: true}})
	return s
}

// film lets a talk and film for a while, in three layers of about 0.1, 0.4 and 1.4 Mbit/s, over the line.
func (n *narrow) film(a *seat, length time.Duration) {
	d := n.seat.d
	frames := 0
	for until := d.now + int64(length); d.now < until; frames++ {
		if !n.mute {
			a.talk()
		}
		for i, rid := range []string{"q", "h", "f"} {
			for range []int{1, 2, 6}[i] {
				a.large(rid, frames%25 == 0, []int{500, 850, 1000}[i])
			}
		}
		n.carry()
		for range 8 { // probes leave every 5 ms
			d.pass(probePeriod)
			n.carry()
		}
		n.report()
	}
}

// begins is what the seat's line is thought to carry now.
func (s *seat) begins() int {
	rate, _ := s.capacity(s.d.now)
	return rate
}

// Who comes back begins with what the line carried, not with what is assumed of strangers; less so the longer they were away.
func TestWhoComesBackBeginsWithWhatTheLineCarried(t *testing.T) {
	for _, c := range []struct {
		name        string
		rate        int
		near        bool
		silent      time.Duration // without feedback before the end
		away        time.Duration
		stays       bool // the old connection is still there
		as          string
		least, most int // bit/s
	}{
		{"a weak line", 400_000, false, 0, time.Second, false, "b", 150_000, 500_000},
		{"a weak line, at once", 400_000, false, 0, 0, true, "b", 150_000, 500_000},
		{"a weak line that broke", 400_000, false, 5 * time.Second, 5 * time.Second, false, "b", 150_000, 500_000},
		{"a good line", 20_000_000, false, 0, time.Second, false, "b", 2_500_000, pastMost},
		{"a good line that broke", 20_000_000, false, 5 * time.Second, 5 * time.Second, false, "b", 2_500_000, pastMost},
		{"a weak line, half of its time later", 400_000, false, 0, pastLife / 2, false, "b", 800_000, 1_200_000},
		{"a weak line, long ago", 400_000, false, 0, pastLife + time.Minute, false, "b", startOutside, startOutside},
		{"somebody else's", 400_000, false, 0, time.Second, false, "c", startOutside, startOutside},
		{"in the house", 20_000_000, true, 0, time.Second, false, "b", startNear, startNear},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			a, b := d.join("a", 0, 0), d.comeIn("b", c.near)
			if b.begins() != map[bool]int{true: startNear, false: startOutside}[c.near] {
				t.Fatalf("a stranger begins with %d bit/s", b.begins())
			}
			n := &narrow{seat: b, rate: c.rate}
			n.film(a, time.Second)
			flooded := n.lost
			n.film(a, 30*time.Second)
			n.deaf = true
			n.film(a, c.silent)
			if c.silent > 0 && b.begins() > 100_000 {
				t.Errorf("nothing was heard for %v, and %d bit/s are thought to pass", c.silent, b.begins())
			}
			if !c.stays {
				b.Close()
			}
			d.pass(int64(c.away))
			back := d.comeIn(c.as, c.near)
			if got := back.begins(); got < c.least || got > c.most {
				t.Errorf("it begins with %d bit/s, not %d to %d", got, c.least, c.most)
			}
			m := &narrow{seat: back, rate: c.rate}
			m.film(a, time.Second)
			back.line.mu.Lock()
			est := back.line.est
			back.line.mu.Unlock()
			if est == nil || c.rate < startOutside && c.most < startOutside/2 && (flooded < 20 || m.lost > 0) {
				t.Errorf("the estimator did not begin with it: the line dropped %d packets in its first second, and %d in the first after the return", flooded, m.lost)
			}
			if c.stays {
				b.Close() // after the new one has come: it is not to take its place
				back.Close()
				if x := d.engine.pasts[pastKey{"r", "b"}]; x.newest() < d.now-int64(100*time.Millisecond) {
					t.Errorf("the connection that was replaced is what is remembered")
				}
			}
		})
	}
}

// Who goes from the Wi-Fi of the house out and in again finds on each line what it carried before.
func TestEachOfTwoLinesIsRemembered(t *testing.T) {
	d := newDesk(t)
	a, b := d.join("a", 0, 0), d.comeIn("b", false)
	n := &narrow{seat: b, rate: 400_000}
	n.film(a, 30*time.Second)
	b.moved(true)
	if b.begins() != startNear {
		t.Errorf("in the house it begins with %d bit/s", b.begins())
	}
	n.rate = 50_000_000
	n.film(a, 5*time.Second)
	b.moved(false)
	if got := b.begins(); got < pastLeast || got > 500_000 {
		t.Errorf("outside again it begins with %d bit/s", got)
	}
}

// A line in the house that has turned out to be weak is so for who comes back, too.
func TestAWeakLineInTheHouseIsRemembered(t *testing.T) {
	d := newDesk(t)
	d.join("a", 0, 0)
	b := d.comeIn("b", true)
	b.line.mu.Lock()
	b.line.weak = true
	b.line.past.near.note(d.now, 1_500_000, true)
	b.line.mu.Unlock()
	b.Close()
	d.pass(int64(time.Second))
	back := d.comeIn("b", true)
	if got := back.begins(); got < leastWeak || got > 1_600_000 || !back.line.weak {
		t.Errorf("it begins with %d bit/s, weak: %v", got, back.line.weak)
	}
}

// What is remembered is bounded: the oldest is forgotten first, and all that is past its time.
func TestThePastIsBounded(t *testing.T) {
	d := newDesk(t)
	d.join("a", 0, 0)
	for i := range maxPasts + 5 {
		s := d.comeIn(fmt.Sprint("x", i), false)
		s.line.past.outside.note(d.now, 1_000_000, false)
		s.Close()
		d.now += int64(time.Millisecond)
	}
	if n := len(d.engine.pasts); n != maxPasts {
		t.Errorf("%d are remembered, at most %d should be", n, maxPasts)
	}
	for i, want := range map[int]bool{4: false, 5: true, maxPasts + 4: true} {
		if _, ok := d.engine.pasts[pastKey{"r", fmt.Sprint("x", i)}]; ok != want {
			t.Errorf("the %dth is remembered: %v", i, ok)
		}
	}
	d.now += int64(pastLife) + int64(time.Minute)
	d.comeIn("new", false)
	if n := len(d.engine.pasts); n != 0 {
		t.Errorf("%d are remembered after their time", n)
	}
}

// The mean follows what a line carries within some seconds, and hardly what it carried in its last moment.
func TestCarriedIsAMean(t *testing.T) {
	var c carried
	now := int64(time.Second)
	for range 100 {
		c.note(now, 5_000_000, false)
		now += int64(100 * time.Millisecond)
	}
	c.note(now, 30_000, false)
	if got := c.start(now, startOutside); got < 4_000_000 {
		t.Errorf("one bad moment makes it %d", got)
	}
	for range 200 {
		now += int64(100 * time.Millisecond)
		c.note(now, 200_000, false)
	}
	if got := c.start(now, startOutside); got > 300_000 {
		t.Errorf("after 20 s at 200 kbit/s it is %d", got)
	}
}
