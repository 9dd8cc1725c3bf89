package sfu

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"tablee/sfu/allocate"
	"tablee/sfu/estimate"
)

// carries makes the participant's line one of that rate, in bit/s, of which nothing else is ever learnt.
func (s *seat) carries(rate int) {
	s.moved(false)
	s.line.mu.Lock()
	s.line.est = estimate.New(estimate.Config{Start: rate, Min: rate, Max: rate}, s.d.now)
	s.line.mu.Unlock()
}

// roll lets time pass in which all film, each picture on all layers that are asked for, and say that they are there.
func (d *desk) roll(length time.Duration, seats ...*seat) {
	const step = int64(40 * time.Millisecond)
	for until := d.now + int64(length); d.now < until; {
		for _, s := range seats {
			for _, rid := range s.asked() {
				s.large(rid, true, 0)
			}
		}
		for _, s := range seats {
			s.in.mu.Lock()
			s.in.heardAt = d.now
			s.in.mu.Unlock()
		}
		d.pass(step)
	}
}

// asked are the layers that the seat was last told to send; all before that.
func (s *seat) asked() []string {
	for _, n := range slices.Backward(s.news) {
		if n.Send != nil {
			return n.Send.Camera
		}
	}
	return []string{"q", "h", "f"}
}

// line is what the seat was last told of its line.
func (s *seat) told() (line LineNotice) {
	for _, n := range s.news {
		if n.Line != nil {
			line = *n.Line
		}
	}
	return line
}

// slotsSay is whom the seat's slots were last said to show.
func (s *seat) slotsSay() map[string]string {
	out := map[string]string{}
	for _, n := range s.news {
		for _, x := range n.Slots {
			out[x.Mid] = x.ID
		}
	}
	return out
}

// A picture that the receiver's line does not carry is paused, the slot and the reason are said, its sender need not send it;
// and all is undone when the line is good again.
func TestAPictureThatDoesNotFitIsPausedWithAReason(t *testing.T) {
	d := newDesk(t)
	a, b := d.join("a", 3, 1), d.join("b", 3, 1)
	b.carries(5_000_000)
	b.Demand([]Want{{ID: "a", Kind: Camera, Height: 180}})
	d.roll(4*time.Second, a, b)
	if b.slotsSay()["v0"] != "a" || len(b.told().Paused) != 0 || b.told().Bars != 4 {
		t.Fatalf("shown is %v, the line %+v", b.slotsSay(), b.told())
	}
	b.carries(b.room.profile.Load().VoiceRate() + 10_000)
	d.roll(4*time.Second, a, b)
	sent := len(b.sent)
	d.roll(time.Second, a, b)
	want := PausedNotice{ID: "a", Kind: Camera, Why: "your-line"}
	if line := b.told(); len(line.Paused) != 1 || line.Paused[0] != want || line.Limit != "your-line" || !line.Weak || line.Bars != 1 {
		t.Errorf("told is %+v", line)
	}
	if b.slotsSay()["v0"] != "" || len(b.sent) != sent || len(a.asked()) != 0 {
		t.Errorf("the slot shows %q, %d more packets came, a is to send %q", b.slotsSay()["v0"], len(b.sent)-sent, a.asked())
	}
	b.carries(5_000_000)
	d.roll(8*time.Second, a, b)
	if b.slotsSay()["v0"] != "a" || len(b.told().Paused) != 0 || b.told().Bars != 4 || len(b.sent) < sent+50 {
		t.Errorf("afterwards the slot shows %q, told is %+v, %d packets came", b.slotsSay()["v0"], b.told(), len(b.sent)-sent)
	}
}

// What the host's line does not carry is said to be so to those outside, and does not touch those in the house.
func TestTheHostsLineIsForThoseOutside(t *testing.T) {
	d := newDesk(t)
	d.engine.uplink.setLimit(150_000)
	a, b, c := d.join("a", 3, 1), d.join("b", 3, 1), d.join("c", 3, 1)
	b.carries(5_000_000)
	c.moved(true)
	for _, s := range []*seat{b, c} {
		s.Demand([]Want{{ID: "a", Kind: Camera, Height: 180}})
	}
	d.roll(5*time.Second, a, b, c)
	if line := b.told(); len(line.Paused) != 1 || line.Paused[0].Why != "host-line" {
		t.Errorf("outside is told %+v", line)
	}
	if line := c.told(); len(line.Paused) != 0 || c.slotsSay()["v0"] != "a" {
		t.Errorf("in the house is told %+v, and shown %v", line, c.slotsSay())
	}
	if n, _ := d.engine.uplink.bucket.Counts(allocate.Video); n > 150_000/8*5 {
		t.Errorf("%d bytes of pictures over the host's line", n)
	}
}

// Profiles and choices: what is not sent by choice is economy.
func TestWhatIsChosenIsNotSent(t *testing.T) {
	d := newDesk(t)
	a, b := d.join("a", 3, 1), d.join("b", 3, 1)
	b.Demand([]Want{{ID: "a", Kind: Camera, Height: 720, Big: true}})
	d.roll(3*time.Second, a, b)
	if got := a.asked(); len(got) != 1 || got[0] != "f" {
		t.Errorf("a is to send %q", got)
	}
	b.Prefer(Saver)
	d.roll(3*time.Second, a, b)
	if got := a.asked(); len(got) != 1 || got[0] != "h" {
		t.Errorf("with small pictures a is to send %q", got)
	}
	b.Prefer(Voices)
	d.roll(3*time.Second, a, b)
	if line := b.told(); len(a.asked()) != 0 || len(line.Paused) != 1 || line.Paused[0].Why != "economy" || line.Limit != "economy" || line.Bars != 4 {
		t.Errorf("without pictures a is to send %q, told is %+v", a.asked(), line)
	}
	b.Prefer(Auto)
	d.roll(3*time.Second, a, b)
	if got := a.asked(); len(got) != 1 || got[0] != "f" || len(b.told().Paused) != 0 {
		t.Errorf("afterwards a is to send %q, told is %+v", got, b.told())
	}
}

// A room's profile rules what it is sent from the moment it is set, and no other room; the voices of all are counted at the door.
func TestProfileOfARoom(t *testing.T) {
	d := newDesk(t)
	d.engine.SetProfile("elsewhere", allocate.Voice)
	a, b := d.join("a", 3, 1), d.join("b", 3, 1)
	b.Demand([]Want{{ID: "a", Kind: Camera, Height: 720, Big: true}})
	for _, x := range []struct {
		profile string
		sends   []string
		rate    int
	}{{"", []string{"f"}, 32_000}, {allocate.Frugal, []string{"h"}, 24_000}, {allocate.Voice, nil, 16_000}, {"", []string{"f"}, 32_000}} {
		d.engine.SetProfile("r", x.profile)
		d.roll(3*time.Second, a, b)
		if got := a.asked(); !slices.Equal(got, x.sends) && len(got)+len(x.sends) > 0 {
			t.Errorf("profile %q: a is to send %q, want %q", x.profile, got, x.sends)
		}
		if got := a.opus().Rate; got != x.rate {
			t.Errorf("profile %q: a voice of %d bit/s", x.profile, got)
		}
	}
	voice, normal := d.engine.profileOf("elsewhere").VoiceRate(), d.engine.profileOf("r").VoiceRate()
	a.moved(false)
	b.moved(false)
	d.engine.uplink.setLimit(2*normal + 10)
	if err := d.engine.Admit("elsewhere", netip.Addr{}); err != nil {
		t.Errorf("alone in another room: %v", err)
	}
	p, err := d.engine.Join("elsewhere", "c", 1, func(Notice) {})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	p.moved(false)
	full, ok := errors.AsType[*LineFullError](d.engine.Admit("elsewhere", netip.Addr{}))
	if !ok || full.Need != 2*normal+2*voice {
		t.Errorf("the other room's second: %+v, want a need of %d and %d", full, 2*normal, 2*voice)
	}
}

// A layer that nobody is shown any more is not asked for, at once, and is again when somebody is.
func TestLayersNobodyIsSent(t *testing.T) {
	d := newDesk(t)
	a, b, c := d.join("a", 3, 1), d.join("b", 3, 1), d.join("c", 3, 1)
	big, small := []Want{{ID: "a", Kind: Camera, Height: 720, Big: true}}, []Want{{ID: "a", Kind: Camera, Height: 180}}
	b.Demand(big)
	c.Demand(small)
	for _, x := range []struct {
		wants []Want
		sends []string
	}{{big, []string{"q", "f"}}, {small, []string{"q"}}, {big, []string{"q", "f"}}, {nil, []string{"q"}}} {
		b.Demand(x.wants)
		d.roll(2*time.Second, a, b, c)
		if got := a.asked(); !slices.Equal(got, x.sends) {
			t.Errorf("b wants %v: a is to send %q", x.wants, got)
		}
	}
}

// What is left over for some is for the same ones each time: the order in which receivers are gathered does not change.
func TestReceiversAreGatheredInOrder(t *testing.T) {
	d := newDesk(t)
	var want []*Peer
	for _, id := range []string{"q", "c", "x", "a", "m", "b", "k", "d"} {
		want = append(want, d.join(id, 1, 1).Peer)
	}
	for range 20 {
		x := &plan{}
		r := want[0].room
		r.mu.Lock()
		r.gatherLocked(d.w, x)
		r.mu.Unlock()
		if !slices.Equal(x.peers, want) {
			t.Fatal("another order")
		}
	}
}

// large is a frame of the camera with that many bytes more than it needs.
func (s *seat) large(rid string, key bool, bytes int) {
	i := strings.Index("qhf", rid)
	ssrc := uint32(200 + i)
	s.take(s.packet(ssrc, 96, "1", rid, append(frame(int(s.seqOf[ssrc]), key, 180<<i), make([]byte, bytes)...)))
}
