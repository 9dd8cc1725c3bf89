package accounts

import (
	"net/netip"
	"time"

	"tablee/ratelimit"
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

// guesses are limited by client and by account; right ones cost nothing.
type guesses struct{ *ratelimit.Limiter }

func newGuesses() guesses {
	return guesses{ratelimit.New(ratelimit.Rate{Burst: clientBurst, Every: clientInterval}, ratelimit.Rate{Burst: accountBurst, Every: accountInterval})}
}

// charge takes a guess from both, or says how long it takes until there is one. back gives it back. Login "" is no account's.
func (g guesses) charge(client netip.Addr, login string, now time.Time) (back func(), wait time.Duration) {
	who, whose := g.Client(client), g.Name(login)
	if wait := g.Take(now, who, whose); wait > 0 {
		return nil, wait
	}
	return func() { g.Back(who, whose) }, 0
}

// wait says how long the client has to wait for its next guess, and takes none.
func (g guesses) wait(client netip.Addr, login string, now time.Time) time.Duration {
	return g.Wait(now, g.Client(client), g.Name(login))
}
