package impair

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrProfile is a network that there is not, or one with impossible figures.
var ErrProfile = errors.New("impossible network")

// Way is what happens in one direction. The zero value does nothing.
type Way struct {
	Rate   int           // bits per second of IP packets; 0 for no limit
	Delay  time.Duration // of every packet
	Jitter time.Duration // on top, evenly distributed from 0 to this
	Loss   float64       // probability, 0 to 1
}

// Profile is a participant's network.
type Profile struct {
	Name     string
	Up, Down Way
	// Queue is how long a packet may wait for its turn where the rate is limited; who would wait longer is dropped. 0 means
	// DefaultQueue.
	Queue time.Duration
	// Reorder lets jitter change the order of packets.
	Reorder bool
}

// DefaultQueue is what a home router holds.
const DefaultQueue = 250 * time.Millisecond

// Bounds of a profile.
const (
	MostDelay = 10 * time.Second // of delay, jitter and queue
	LeastRate = 8_000            // bits per second, unless there is no limit
)

// The known networks: what a participant has at home, in the order from good to bad.
func known() []Profile {
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	return []Profile{
		{Name: "lan"},
		{Name: "fibre", Up: Way{200e6, ms(4), ms(1), 0.0001}, Down: Way{500e6, ms(4), ms(1), 0.0001}},
		{Name: "vdsl", Up: Way{10e6, ms(10), ms(3), 0.001}, Down: Way{50e6, ms(10), ms(3), 0.001}},
		{Name: "adsl", Up: Way{800e3, ms(20), ms(8), 0.002}, Down: Way{8e6, ms(20), ms(8), 0.002}},
		{Name: "4g", Up: Way{6e6, ms(30), ms(15), 0.005}, Down: Way{20e6, ms(30), ms(15), 0.005}},
		{Name: "bad", Up: Way{500e3, ms(80), ms(40), 0.04}, Down: Way{2e6, ms(80), ms(40), 0.04}, Queue: ms(500)},
	}
}

// Names lists the known networks.
func Names() (names []string) {
	for _, p := range known() {
		names = append(names, p.Name)
	}
	return names
}

// Named finds a network by its name.
func Named(name string) (Profile, error) {
	for _, p := range known() {
		if p.Name == name {
			return p, nil
		}
	}
	return Profile{}, fmt.Errorf("%w: %.40q; there are %s", ErrProfile, name, strings.Join(Names(), ", "))
}

// Clear says that the profile does nothing.
func (p Profile) Clear() bool { return p.Up == Way{} && p.Down == Way{} }

// Check refuses figures that cannot be.
func (p Profile) Check() error {
	for _, w := range []Way{p.Up, p.Down} {
		switch {
		case !(w.Loss >= 0 && w.Loss <= 1):
			return fmt.Errorf("%w: a loss of %v, which is not from 0 to 1", ErrProfile, w.Loss)
		case w.Delay < 0 || w.Delay > MostDelay || w.Jitter < 0 || w.Jitter > MostDelay || p.Queue < 0 || p.Queue > MostDelay:
			return fmt.Errorf("%w: delay, jitter and queue are from 0 to %v", ErrProfile, MostDelay)
		case w.Rate != 0 && w.Rate < LeastRate:
			return fmt.Errorf("%w: a rate of %d bit/s, the least is %d", ErrProfile, w.Rate, LeastRate)
		}
	}
	return nil
}
