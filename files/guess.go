package files

import (
	"net/http"
	"strconv"
	"time"

	"tablee/ratelimit"
	"tablee/room"
)

// How often somebody may be wrong about a link's password, per link whoever asks; per client it is ratelimit.Links, as about
// links themselves. A right answer costs nothing. So often a client may make drops, too.
const (
	guessBurst    = 20
	guessInterval = 3 * time.Second
)

// guesses are limited by client, and by link; "" is no link's.
type guesses struct{ *ratelimit.Limiter }

func newGuesses() guesses {
	return guesses{ratelimit.New(ratelimit.Links(), ratelimit.Rate{Burst: guessBurst, Every: guessInterval})}
}

// tooManyGuesses answers when the client was wrong too often. About links in general only the client counts (link "").
func (f *Files) tooManyGuesses(w http.ResponseWriter, r *http.Request, link string) bool {
	return f.slow(w, r, f.guesses.Wait(f.cfg.Now(), f.guesses.Client(f.cfg.Client(r)), f.guesses.Name(link)), "that was wrong too often; wait a little, then try again")
}

// wrong counts a wrong guess.
func (f *Files) wrong(r *http.Request, link string) {
	f.guesses.Take(f.cfg.Now(), f.guesses.Client(f.cfg.Client(r)), f.guesses.Name(link)) // one that finds nothing left is refused the next time
}

// slow answers when there is something to wait for.
func (f *Files) slow(w http.ResponseWriter, r *http.Request, wait time.Duration, why string) bool {
	if wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(ratelimit.Seconds(wait)))
		f.refuse(w, r, refuse(room.CodeRateLimited, why))
	}
	return wait > 0
}

// MaxPassword bounds a password, in bytes.
const MaxPassword = 256

// rightPassword asks the hasher only for what can be one.
func (f *Files) rightPassword(stored []byte, password string) bool {
	return len(password) <= MaxPassword && f.cfg.Passwords.Verify(password, string(stored))
}
