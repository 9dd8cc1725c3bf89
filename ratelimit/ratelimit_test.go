package ratelimit_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"tablee/ratelimit"
)

var start = time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)

func address(n int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)})
}

// Ten thousand tries, one a second: so many are let through as the rates say, by whichever bound is met first.
func TestTenThousandTries(t *testing.T) {
	const tries = 10_000
	for name, c := range map[string]struct {
		client func(n int) netip.Addr
		name   string
		most   int
	}{
		"one client":            {func(int) netip.Addr { return address(1) }, "", 12 + tries/30},
		"one IPv6 household":    {func(n int) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", n+1)) }, "", 12 + tries/30},
		"one, IPv4 in IPv6":     {func(int) netip.Addr { return netip.MustParseAddr("::ffff:192.0.2.1") }, "", 12 + tries/30},
		"connections in memory": {func(int) netip.Addr { return netip.Addr{} }, "", 12 + tries/30},
		"a client for each":     {address, "anne", 30 + tries/60},
		"one client at anne":    {func(int) netip.Addr { return address(1) }, "anne", 30 + tries/60},
	} {
		l := ratelimit.New(ratelimit.Rate{Burst: 12, Every: 30 * time.Second}, ratelimit.Rate{Burst: 30, Every: time.Minute})
		passed := 0
		for n := range tries {
			now := start.Add(time.Duration(n) * time.Second)
			before := l.Wait(now, l.Client(c.client(n)), l.Name(c.name))
			wait := l.Take(now, l.Client(c.client(n)), l.Name(c.name))
			if wait == 0 {
				passed++
			}
			if wait != before || wait < 0 || wait > time.Minute {
				t.Fatalf("%s: try %d is told to wait %v, and %v a moment before", name, n, wait, before)
			}
		}
		if passed > c.most+1 || passed < c.most-1 {
			t.Errorf("%s: %d of %d get through, %d may", name, passed, tries, c.most)
		}
	}
}

// Who waits as long as they are told gets through, and not a moment sooner; the burst comes back, and no more than it.
func TestWaitIsExact(t *testing.T) {
	l := ratelimit.New(ratelimit.Rate{Burst: 3, Every: 10 * time.Second})
	key := l.Client(address(1))
	for range 3 {
		if wait := l.Take(start, key); wait != 0 {
			t.Fatal(wait)
		}
	}
	wait := l.Take(start, key)
	if wait != 10*time.Second {
		t.Errorf("the fourth waits %v", wait)
	}
	if l.Take(start.Add(wait-1), key) != 1 || l.Take(start.Add(wait), key) != 0 {
		t.Error("the wait is not what it was said to be")
	}
	later := start.Add(time.Hour)
	for n := range 4 {
		if wait := l.Take(later, key); (wait > 0) != (n == 3) {
			t.Errorf("after an hour the %d. waits %v", n+1, wait)
		}
	}
	if wait := l.Take(later.Add(-10*time.Minute), key); wait > 11*time.Minute {
		t.Errorf("a clock that goes back is paid for with %v", wait)
	}
}

// What is right costs nothing, however often; others are not hindered, nor is anybody by a bucket that is empty when the
// other one refuses.
func TestOnlyTheGuilty(t *testing.T) {
	l := ratelimit.New(ratelimit.Rate{Burst: 2, Every: time.Minute}, ratelimit.Rate{Burst: 5, Every: time.Minute})
	one, other, anne := l.Client(address(1)), l.Client(address(2)), l.Name("anne")
	for range 1000 {
		if wait := l.Take(start, one, anne); wait != 0 {
			t.Fatal(wait)
		}
		l.Back(one, anne)
	}
	for range 100 { // two get through, and take two of anne's five; those that are refused take nothing
		l.Take(start, one, anne)
	}
	for n := range 3 {
		if wait := l.Take(start, ratelimit.Key{}, anne); wait != 0 {
			t.Errorf("anne's %d. waits %v", n+3, wait)
		}
	}
	if l.Take(start, ratelimit.Key{}, anne) != time.Minute || l.Take(start, other, anne) == 0 || l.Take(start, other, l.Name("bo")) != 0 {
		t.Error("anne's bound is not hers alone")
	}
	if l.Take(start, other) != 0 || l.Take(start, other) == 0 || l.Take(start, ratelimit.Key{}, l.Name("")) != 0 {
		t.Error("what was refused was paid for, or what has no key is bounded")
	}
}

func TestSeconds(t *testing.T) {
	for wait, want := range map[time.Duration]int{0: 0, 1: 1, time.Second: 1, time.Second + 1: 2, time.Hour: 3600} {
		if got := ratelimit.Seconds(wait); got != want {
			t.Errorf("%v is told as %d", wait, got)
		}
	}
}

func TestTakeDoesNotAllocate(t *testing.T) {
	l := ratelimit.New(ratelimit.Links())
	if n := testing.AllocsPerRun(100, func() { l.Take(start, l.Client(address(1))) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
