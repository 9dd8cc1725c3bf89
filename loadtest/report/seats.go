package report

import (
	"fmt"
	"math"

	"tablee/loadtest/result"
)

// mostSeats is for how many participants the table has room.
const mostSeats = 72

// seating is the table seen from above, with a chair for each participant: the answer as a picture.
type seating struct {
	Seats []seat
	Label string
	Met   bool
}

// seat is one chair, in a view box of 200 by 200.
type seat struct {
	X, Y, R float64
	Colour  int
	Bad     bool
}

// newSeating sets the table.
func newSeating(r *result.Report) seating {
	s := seating{Met: r.Quality.Met}
	n := min(len(r.People), mostSeats)
	bad := 0
	for i, p := range r.People {
		trouble := len(troubles(p, r.Quality.Bar)) > 0
		if trouble {
			bad++
		}
		if i >= n {
			continue
		}
		const ring = 84
		angle := 2*math.Pi*float64(i)/float64(n) - math.Pi/2
		s.Seats = append(s.Seats, seat{X: round2(100 + ring*math.Cos(angle)), Y: round2(100 + ring*math.Sin(angle)),
			R: round2(min(12, 0.36*2*math.Pi*ring/float64(n))), Colour: colour(p.Index), Bad: trouble})
	}
	s.Label = fmt.Sprintf("A round table with %s", plural(n, "seat", "seats"))
	switch {
	case n < len(r.People):
		s.Label += fmt.Sprintf(" for %d participants", len(r.People))
	case n == 0:
		s.Label = "An empty round table"
	}
	if bad > 0 {
		s.Label += fmt.Sprintf("; %s had trouble", plural(bad, "participant", "participants"))
	} else if n > 0 {
		s.Label += "; nobody had trouble"
	}
	return s
}
