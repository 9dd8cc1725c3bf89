package web

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// How fast one client may open new rooms: a class that arrives together behind one router is fine, a program that
// fills the disk is not.
const (
	creationBurst    = 30
	creationInterval = 4 * time.Second
)

// rateCells is how many buckets there are, whoever comes: 32 KiB. Clients who share one share its rate.
const rateCells = 4096

// rateLimit is a set of token buckets, in the form of the generic cell rate algorithm: a bucket is one point in time.
//
// No address is kept: a client's address only picks the bucket, through a hash with a key that is made at the start and
// dies with the process, so that nobody can aim at somebody else's bucket, or tell from a bucket who used it.
type rateLimit struct {
	burst    int
	interval time.Duration
	seed     maphash.Seed
	origin   time.Time // of the times in due; the clock's monotonic reading makes jumps of the wall clock harmless

	mu  sync.Mutex
	due [rateCells]time.Duration // guarded by mu: when the bucket will be full again, since origin
}

func newRateLimit(burst int, interval time.Duration) *rateLimit {
	return &rateLimit{burst: burst, interval: interval, seed: maphash.MakeSeed()}
}

// allow takes one token from the client's bucket, or says how long it takes until there is one.
func (l *rateLimit) allow(client netip.Addr, now time.Time) (ok bool, wait time.Duration) {
	cell := maphash.Comparable(l.seed, household(client)) % rateCells
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.origin.IsZero() {
		l.origin = now
	}
	since := now.Sub(l.origin)
	due := max(l.due[cell], since) + l.interval
	if excess := due - since - time.Duration(l.burst)*l.interval; excess > 0 {
		return false, excess
	}
	l.due[cell] = due
	return true, 0
}
