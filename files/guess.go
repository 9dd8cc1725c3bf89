package files

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// How often somebody may be wrong about links and passwords: per client, and per link whoever asks. A right answer
// costs nothing.
const (
	guessBurst    = 20
	guessInterval = 3 * time.Second
	guessCells    = 4096
)

// guesses are buckets as in web's rate limit: a bucket is one point in time, picked by a hash with a key that dies with
// the process, so that no address is kept.
type guesses struct {
	seed maphash.Seed

	mu  sync.Mutex
	due []time.Time // guarded by mu: when the bucket is empty again
}

func newGuesses() guesses {
	return guesses{seed: maphash.MakeSeed(), due: make([]time.Time, 2*guessCells)}
}

func (g *guesses) cells(client netip.Addr, link string) [2]uint64 {
	if client.Is6() {
		if p, err := client.Prefix(64); err == nil {
			client = p.Addr()
		}
	}
	return [2]uint64{maphash.Comparable(g.seed, client) % guessCells, guessCells + maphash.String(g.seed, link)%guessCells}
}

// wait says how long the client has to wait before it may guess about the link.
func (g *guesses) wait(client netip.Addr, link string, now time.Time) (pause time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.cells(client, link) {
		if due := g.due[c]; due.After(now) { // the zero time is too far away to reckon with
			pause = max(pause, due.Sub(now)-guessBurst*guessInterval+guessInterval)
		}
	}
	return max(pause, 0)
}

// wrong counts a wrong guess.
func (g *guesses) wrong(client netip.Addr, link string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.cells(client, link) {
		if g.due[c].Before(now) {
			g.due[c] = now
		}
		g.due[c] = g.due[c].Add(guessInterval)
	}
}

// MaxPassword bounds a password, in bytes.
const MaxPassword = 256

// rightPassword asks the hasher only for what can be one.
func (f *Files) rightPassword(stored []byte, password string) bool {
	return len(password) <= MaxPassword && f.cfg.Passwords.Verify(password, string(stored))
}
