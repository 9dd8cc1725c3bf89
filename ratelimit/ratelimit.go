package ratelimit

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// Rate is how often something may be done: Burst times at once, and then once in Every.
type Rate struct {
	Burst int
	Every time.Duration
}

// Links is how often a client may come with a link that leads nowhere, of whatever sort: an invitation, a drop, a public
// folder, a published pad, a join token. Nothing can be guessed in their 128 bits or more; this keeps a program from trying
// all day. A whole class with a link of last year is let through to be told so.
func Links() Rate { return Rate{Burst: 20, Every: 3 * time.Second} }

// cells is how many buckets of a rate there are, whoever comes: 32 KiB. Those who share one share its rate.
const cells = 4096

// Key picks a bucket. The zero Key picks none, and has no bound.
type Key struct {
	some bool
	hash uint64
}

// Limiter has buckets of one rate or more: each key of a call is for the rate at its place. A bucket is a token bucket in
// the form of the generic cell rate algorithm, one point in time. It may be used from many goroutines.
type Limiter struct {
	seed maphash.Seed

	mu     sync.Mutex
	origin time.Time // guarded by mu: of the times in buckets
	sorts  []buckets // due is guarded by mu
}

// buckets are those of one rate.
type buckets struct {
	rate Rate
	due  [cells]time.Duration // when each is full again
}

// New makes a limiter whose buckets are full.
func New(rates ...Rate) *Limiter {
	l := &Limiter{seed: maphash.MakeSeed(), sorts: make([]buckets, len(rates))}
	for i, r := range rates {
		l.sorts[i].rate = r
	}
	return l
}

// Client is the key of an address, and of all that one client can easily have besides. Connections in memory, which have
// the zero Addr, share one.
func (l *Limiter) Client(a netip.Addr) Key {
	return Key{some: true, hash: maphash.Comparable(l.seed, Household(a))}
}

// Name is the key of a name, such as a login or a room's; the zero Key for "".
func (l *Limiter) Name(name string) Key {
	return Key{some: name != "", hash: maphash.String(l.seed, name)}
}

// Take takes one from the bucket of each key, or none and says how long it takes until all have one.
func (l *Limiter) Take(now time.Time, keys ...Key) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	since := l.sinceLocked(now)
	if wait = l.waitLocked(since, keys); wait > 0 {
		return wait
	}
	l.eachLocked(keys, func(b *buckets, due *time.Duration) { *due = max(*due, since) + b.rate.Every })
	return 0
}

// Wait says how long it takes until all keys have one, and takes none; 0 for now.
func (l *Limiter) Wait(now time.Time, keys ...Key) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waitLocked(l.sinceLocked(now), keys)
}

// Back gives back what Take took: a right guess costs nothing.
func (l *Limiter) Back(keys ...Key) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.eachLocked(keys, func(b *buckets, due *time.Duration) { *due -= b.rate.Every })
}

func (l *Limiter) eachLocked(keys []Key, f func(b *buckets, due *time.Duration)) {
	for i, k := range keys {
		if k.some {
			f(&l.sorts[i], &l.sorts[i].due[k.hash%cells])
		}
	}
}

func (l *Limiter) waitLocked(since time.Duration, keys []Key) (wait time.Duration) {
	l.eachLocked(keys, func(b *buckets, due *time.Duration) {
		wait = max(wait, max(*due, since)-since-time.Duration(b.rate.Burst-1)*b.rate.Every)
	})
	return wait
}

func (l *Limiter) sinceLocked(now time.Time) time.Duration {
	if l.origin.IsZero() {
		l.origin = now
	}
	return now.Sub(l.origin)
}

// Seconds is a wait as it is told, rounded up.
func Seconds(wait time.Duration) int { return int((wait + time.Second - 1) / time.Second) }

// Household is what one client can easily have all of: an IPv4 address, or an IPv6 /64.
func Household(a netip.Addr) netip.Prefix {
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
