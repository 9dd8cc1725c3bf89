package signaling

import "time"

// How often passwords may be guessed wrong: a few at once, as people do, then so slowly that ten thousand guesses take
// days from one place, and hours from everywhere together.
const (
	guessBurstClient = 8
	guessEveryClient = 15 * time.Second
	guessBurstRoom   = 50
	guessEveryRoom   = 2 * time.Second
)

// guessCells is how many buckets there are of each kind: 64 KiB. Who shares one shares its rate.
const guessCells = 4096

// guesses limits wrong passwords, by client and by room, in the form of the generic cell rate algorithm: a bucket is one
// point in time. It keeps neither addresses nor names: a hash that dies with the process picks the bucket.
type guesses struct {
	origin         time.Time
	clients, rooms [guessCells]time.Duration // when the bucket is full again, since origin
}

func newGuesses(now time.Time) *guesses { return &guesses{origin: now} }

// try takes a guess at now, or tells how long the next one has to wait.
func (g *guesses) try(client, room uint64, now time.Time) (ok bool, wait time.Duration) {
	since := now.Sub(g.origin)
	c := max(g.clients[client%guessCells], since) + guessEveryClient
	r := max(g.rooms[room%guessCells], since) + guessEveryRoom
	wait = max(c-since-guessBurstClient*guessEveryClient, r-since-guessBurstRoom*guessEveryRoom)
	if wait > 0 {
		return false, wait
	}
	g.clients[client%guessCells], g.rooms[room%guessCells] = c, r
	return true, 0
}

// right gives a guess back: it was the password.
func (g *guesses) right(client, room uint64) {
	g.clients[client%guessCells] -= guessEveryClient
	g.rooms[room%guessCells] -= guessEveryRoom
}
