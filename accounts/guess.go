package accounts

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// How often somebody may be wrong. A client may mistype a dozen times, and then once in half a minute. An account may be
// tried more often, by all clients together, so that nobody is locked out by somebody else's few guesses; even ten
// thousand clients get no more than 1440 guesses a day at one account, which a password of ten characters outlives.
const (
	clientBurst     = 12
	clientInterval  = 30 * time.Second
	accountBurst    = 30
	accountInterval = time.Minute
)

// guessCells is how many buckets there are of each sort, whoever comes. Those who share one share its rate.
const guessCells = 4096

// guesses are token buckets in the form of the generic cell rate algorithm: a bucket is one point in time. It is picked by
// a hash with a key that dies with the process, so neither address nor name is kept.
type guesses struct {
	seed maphash.Seed

	mu      sync.Mutex
	origin  time.Time                 // guarded by mu: of the times below
	client  [guessCells]time.Duration // guarded by mu: when the bucket is full again
	account [guessCells]time.Duration // guarded by mu
}

func newGuesses() *guesses { return &guesses{seed: maphash.MakeSeed()} }

// charge takes a guess from both buckets, or says how long it takes until there is one. back gives it back: a right guess
// costs nothing. Login "" is no account's.
func (g *guesses) charge(client netip.Addr, login string, now time.Time) (back func(), wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	c, a := g.bucketsLocked(client, login)
	since := g.sinceLocked(now)
	if wait := waitFor(*c, *a, since); wait > 0 {
		return nil, wait
	}
	*c, *a = max(*c, since)+clientInterval, max(*a, since)+accountInterval
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		*c, *a = *c-clientInterval, *a-accountInterval
	}, 0
}

// wait says how long the client has to wait for its next guess, and takes none.
func (g *guesses) wait(client netip.Addr, login string, now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	c, a := g.bucketsLocked(client, login)
	return max(waitFor(*c, *a, g.sinceLocked(now)), 0)
}

func (g *guesses) bucketsLocked(client netip.Addr, login string) (c, a *time.Duration) {
	c, a = &g.client[maphash.Comparable(g.seed, household(client))%guessCells], new(time.Duration)
	if login != "" {
		a = &g.account[maphash.String(g.seed, login)%guessCells]
	}
	return c, a
}

func (g *guesses) sinceLocked(now time.Time) time.Duration {
	if g.origin.IsZero() {
		g.origin = now
	}
	return now.Sub(g.origin)
}

// waitFor says how long it takes until both buckets have a guess; 0 or less for now.
func waitFor(c, a, since time.Duration) time.Duration {
	return max(max(c, since)+clientInterval-since-clientBurst*clientInterval, max(a, since)+accountInterval-since-accountBurst*accountInterval)
}

// household is what one client can easily have all of: an IPv4 address, or an IPv6 /64.
func household(a netip.Addr) netip.Prefix {
	bits := 32
	if a = a.Unmap().WithZone(""); a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // the zero Addr
	}
	return p
}
