package turns

import (
	"math/rand/v2"
	"time"
)

// Bounds of a spurt and of what lies between two: a negative gap is an overlap.
const (
	ShortestSpurt = 2 * time.Second
	LongestSpurt  = 4 * time.Second
	LongestGap    = 800 * time.Millisecond
	LongestLap    = 500 * time.Millisecond
)

// Spurt is one person speaking without a pause.
type Spurt struct {
	Who        int // participant, from 0
	Start, End time.Duration
}

// Plan gives the spurts of n participants, 1 or more, that begin before the meeting's end, by start. People speak in
// rounds, each in a new order, so that everybody is heard in a meeting long enough.
func Plan(seed uint64, n int, length time.Duration) []Spurt {
	rng := rand.New(rand.NewPCG(seed, 0x7461626c65))
	var plan []Spurt
	round, at := rng.Perm(n), time.Duration(0)
	for at < length {
		who := round[0]
		s := Spurt{Who: who, Start: at, End: at + between(rng, ShortestSpurt, LongestSpurt)}
		plan = append(plan, s)
		gap := between(rng, -LongestLap, LongestGap)
		if n == 1 { // nobody interrupts themselves
			gap = max(gap, LongestGap/2)
		}
		at = s.End + gap
		if round = round[1:]; len(round) == 0 {
			round = nextRound(rng, n, who)
		}
	}
	return plan
}

// nextRound gives a new order in which the last speaker does not begin.
func nextRound(rng *rand.Rand, n, last int) []int {
	round := rng.Perm(n)
	if n > 1 && round[0] == last {
		i := 1 + rng.IntN(n-1)
		round[0], round[i] = round[i], round[0]
	}
	return round
}

// Of gives the spurts of one participant.
func Of(plan []Spurt, who int) []Spurt {
	var own []Spurt
	for _, s := range plan {
		if s.Who == who {
			own = append(own, s)
		}
	}
	return own
}

func between(rng *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(rng.Int64N(int64(most-least)+1))
}
