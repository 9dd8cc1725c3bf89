package estimate

import "testing"

// through sends packets of 1000 bytes over a line of that rate and delay, which is free at the time in free, and gives them to s.
func through(s *service, sent []int64, rate float64, delay int64, free *int64) {
	for _, at := range sent {
		*free = max(*free, at) + int64(1000*8*float64(second)/rate)
		s.add(Packet{SentAt: at, ArrivedAt: *free + delay, Size: 1000, Received: true}, delay, 2*millisecond)
	}
}

// every is n times, that far apart, from a time on.
func every(n int, from, period int64) (at []int64) {
	for i := range n {
		at = append(at, from+int64(i)*period)
	}
	return at
}

func TestABusyLineShowsItsRate(t *testing.T) {
	var s service
	var free int64
	through(&s, every(50, 0, 5*millisecond), 10_000_000, 20*millisecond, &free) // 1.6 Mbit/s: nobody waits
	if s.rate != 0 {
		t.Errorf("an idle line is said to carry %.0f bit/s", s.rate)
	}
	through(&s, every(10, 250*millisecond, 5*millisecond), 500_000, 20*millisecond, &free)
	if s.rate < 450_000 || s.rate > 550_000 {
		t.Errorf("a line of 500 kbit/s is said to carry %.0f bit/s after 50 ms of too much", s.rate)
	}
	through(&s, every(3, 3*second, 100*millisecond), 500_000, 20*millisecond, &free) // 16 ms for each, and none waits
	if s.rate != 0 {
		t.Errorf("a slow line on which nobody waits is said to carry %.0f bit/s", s.rate)
	}
}

// What a radio held back comes at once: that is no slow line.
func TestAStallIsNotASlowLine(t *testing.T) {
	var s service
	for _, at := range every(40, 0, 5*millisecond) {
		arrived := at + 20*millisecond
		if at >= 50*millisecond && at < 110*millisecond {
			arrived = 130*millisecond + (at-50*millisecond)/50
		}
		if s.add(Packet{SentAt: at, ArrivedAt: arrived, Size: 1000, Received: true}, 20*millisecond, 2*millisecond); s.rate != 0 {
			t.Fatalf("after %d ms the line is said to carry %.0f bit/s", at/millisecond, s.rate)
		}
	}
}

// Packets of which no feedback tells are not taken for a slow line's.
func TestMissingFeedbackIsNotASlowLine(t *testing.T) {
	var s service
	var free int64
	through(&s, every(20, 0, 4*millisecond), 1_000_000, 20*millisecond, &free) // 2 Mbit/s
	free += 160 * millisecond                                                  // 20 packets of which nothing is heard
	through(&s, every(1, 160*millisecond, 0), 1_000_000, 20*millisecond, &free)
	if s.rate != 0 {
		t.Errorf("the line is said to carry %.0f bit/s", s.rate)
	}
}
