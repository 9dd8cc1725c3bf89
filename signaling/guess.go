package signaling

import (
	"time"

	"tablee/ratelimit"
	"tablee/room"
)

// How often passwords may be guessed wrong: a few at once, as people do, then so slowly that ten thousand guesses take
// days from one place, and hours from everywhere together. About links and join tokens it is ratelimit.Links, by client.
const (
	guessBurstClient = 8
	guessEveryClient = 15 * time.Second
	guessBurstRoom   = 50
	guessEveryRoom   = 2 * time.Second
)

// guesses are limited, by client and by room: of passwords first, then of links.
type guesses struct{ *ratelimit.Limiter }

func newGuesses() guesses {
	return guesses{ratelimit.New(ratelimit.Rate{Burst: guessBurstClient, Every: guessEveryClient}, ratelimit.Rate{Burst: guessBurstRoom, Every: guessEveryRoom}, ratelimit.Links())}
}

// password takes a guess at a room's password, or tells how long the next one has to wait; right gives it back.
func (g guesses) password(client ratelimit.Key, room string, now time.Time) (wait time.Duration) {
	return g.Take(now, client, g.Name(room))
}

func (g guesses) right(client ratelimit.Key, room string) { g.Back(client, g.Name(room)) }

// links tells how long the client has to wait before it may come with another link; wrong counts one that led nowhere.
func (g guesses) links(client ratelimit.Key, now time.Time) (wait time.Duration) {
	return g.Wait(now, ratelimit.Key{}, ratelimit.Key{}, client)
}

func (g guesses) wrong(client ratelimit.Key, now time.Time) {
	g.Take(now, ratelimit.Key{}, ratelimit.Key{}, client)
}

// slow refuses a guess that has to wait.
func slow(wait time.Duration, message string) error {
	return &room.Error{Code: room.CodeRateLimited, Message: message, Args: map[string]int{"seconds": ratelimit.Seconds(wait)}}
}
