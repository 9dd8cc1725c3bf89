package sfu

import (
	"runtime"
	"testing"
	"time"
)

// While the machine is busy a receiver is sent fewer pictures, and all again some time after.
func TestABusyMachineSendsFewerPictures(t *testing.T) {
	d := newDesk(t)
	share, taken, last := 0.2, time.Duration(0), d.now
	d.engine.cpuTime = func() time.Duration {
		taken += time.Duration(share * float64(d.now-last) * float64(runtime.GOMAXPROCS(0)))
		last = d.now
		return taken
	}
	seats := []*seat{d.join("z", 3, 6)}
	var wants []Want
	for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
		seats = append(seats, d.join(id, 0, 0))
		wants = append(wants, Want{ID: id, Kind: Camera, Height: 180})
	}
	z := seats[0]
	z.Demand(wants)
	busy := func() (n int) {
		for _, p := range z.told().Paused {
			if p.Why == "server-busy" {
				n++
			}
		}
		return n
	}
	d.roll(5*time.Second, seats...)
	if busy() != 0 || d.engine.Stats().VideosMost >= 0 && d.engine.Stats().VideosMost < 6 && d.engine.load.Videos() >= 0 {
		t.Fatalf("idle: %d paused, at most %d", busy(), d.engine.Stats().VideosMost)
	}
	share = 0.95
	d.roll(8*time.Second, seats...)
	fewer := busy()
	if fewer < 3 || z.told().Limit != "server-busy" || d.engine.Stats().VideosMost > 3 {
		t.Errorf("busy: %d of 6 paused, told is %+v, at most %d", fewer, z.told(), d.engine.Stats().VideosMost)
	}
	share = 0.3
	d.roll(6*time.Second, seats...)
	if n := busy(); n < fewer {
		t.Errorf("%d come back before it has been calm for long", fewer-n)
	}
	d.roll(50*time.Second, seats...)
	if n := busy(); n != 0 || d.engine.load.Videos() >= 0 {
		t.Errorf("calm: %d still paused, limit %d", n, d.engine.load.Videos())
	}
}
