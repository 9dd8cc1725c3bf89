package sfu

import (
	"net"
	"testing"
	"time"

	"tablee/sfu/direct/directtest"
)

// A participant's address changes in mid-meeting, by an ICE restart or, as browsers do when they can, by nominating another
// pair: what was sent meanwhile is lost, and nothing else.
func TestRoaming(t *testing.T) {
	restart := func(a *visitor) { a.Renew(); a.offer() }
	for name, c := range map[string]struct {
		move   func(w *world, a *visitor) net.PacketConn // returns the socket that is left
		change func(a *visitor)
	}{
		"a pair that is preferred less": {func(w *world, a *visitor) net.PacketConn { a.Demote(); return a.Move(w.socket()) }, func(*visitor) {}},
		"another pair":                  {func(w *world, a *visitor) net.PacketConn { return a.Move(w.socket()) }, func(*visitor) {}},
		"a restart":                     {func(w *world, a *visitor) net.PacketConn { return a.Move(w.socket()) }, restart},
		"a restart, same address":       {func(*world, *visitor) net.PacketConn { return nil }, restart},
	} {
		t.Run(name, func(t *testing.T) {
			inWorldOver(t, false, func(w *world) {
				w.t = t
				a, b := w.visit("a", 1, 1), w.visit("b", 1, 1)
				a.peer.Demand([]Want{{ID: "b", Kind: Camera, Height: 180}})
				b.peer.Demand([]Want{{ID: "a", Kind: Camera, Height: 180}})
				k := 0
				roll := func(frames int, each func()) {
					for range frames {
						a.film(k, 0, k%8 == 0)
						b.film(k, 0, k%8 == 0)
						a.talk(k, 20)
						b.talk(k, 20)
						each()
						k++
						time.Sleep(40 * time.Millisecond)
					}
				}
				roll(50, func() {})
				fromA, fromB, sent := b.came(a.num), a.came(b.num), k
				left := c.move(w, a)
				c.change(a)
				roll(25, func() { a.Check(true) }) // one second
				gapA, gapB := 3*(k-sent)-(b.came(a.num)-fromA), 3*(k-sent)-(a.came(b.num)-fromB)
				if gapA > 24 || gapB > 24 { // 300 ms
					t.Errorf("in the second of the change %d packets of a were lost, and %d to it, of %d each", gapA, gapB, 3*(k-sent))
				}
				if left != nil {
					_ = left.Close()
				}
				fromA, fromB, sent = b.came(a.num), a.came(b.num), k
				roll(250, func() {}) // ten seconds
				time.Sleep(time.Second)
				gapA, gapB = 3*(k-sent)-(b.came(a.num)-fromA), 3*(k-sent)-(a.came(b.num)-fromB)
				if gapA > 0 || gapB > 0 {
					t.Errorf("afterwards %d packets of a were lost, and %d to it, of %d each", gapA, gapB, 3*(k-sent))
				}
				if a.bad+b.bad > 0 {
					t.Errorf("%d and %d packets could not be opened", a.bad, b.bad)
				}
				a.leave()
				b.leave()
			})
		})
	}
}

// came is how many packets of a participant came.
func (v *visitor) came(num uint32) (n int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, packets := range v.got {
		for _, p := range packets {
			if len(p.CSRC) == 1 && p.CSRC[0] == num {
				n++
			}
		}
	}
	return n
}

// What comes from addresses that nobody knows is counted, and the meeting does not notice.
func TestStrangersCostNothing(t *testing.T) {
	inWorldOver(t, false, func(w *world) {
		w.t = t
		a, b := w.visit("a", 1, 1), w.visit("b", 1, 1)
		stranger, err := directtest.New(directtest.Config{Conn: w.socket(), Server: visitServer})
		must(t, err)
		stranger.Accept("a=ice-ufrag:nobody\r\na=ice-pwd:0123456789012345678901\r\n")
		packets := [][]byte{
			append([]byte{0x80, 111}, make([]byte, 100)...), append([]byte{0x81, 201}, make([]byte, 100)...),
			append([]byte{22, 0xfe, 0xfd}, make([]byte, 100)...), append([]byte{0, 1}, make([]byte, 18)...), {0}, {0x80}, {99, 1, 2},
		}
		before := w.engine.port.Counters().Strangers.Load()
		for k := range 100 {
			a.talk(k, 20)
			for _, p := range packets {
				stranger.Send(p)
			}
			stranger.Check(true)
			time.Sleep(20 * time.Millisecond)
		}
		time.Sleep(time.Second)
		c := w.engine.port.Counters()
		if n := c.Strangers.Load() - before; n < 600 || c.Junk.Load() < 100 {
			t.Errorf("%d datagrams are counted as strangers', %d as junk", n, c.Junk.Load())
		}
		if n := b.came(a.num); n < 99 { // the first packet of a voice only announces it
			t.Errorf("%d of 100 packets came", n)
		}
		must(t, stranger.Close())
		a.leave()
		b.leave()
	})
}
