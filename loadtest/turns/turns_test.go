package turns

import (
	"slices"
	"testing"
	"time"
)

func TestSameSeedSameMeeting(t *testing.T) {
	a, b := Plan(7, 15, time.Minute), Plan(7, 15, time.Minute)
	if !slices.Equal(a, b) {
		t.Fatal("two plans of one seed differ")
	}
	if slices.Equal(a, Plan(8, 15, time.Minute)) {
		t.Fatal("two seeds give one plan")
	}
	long := Plan(7, 15, time.Hour)
	if !slices.Equal(a, long[:len(a)]) {
		t.Fatal("a longer meeting begins otherwise")
	}
}

func TestPeopleSpeakInTurns(t *testing.T) {
	for _, n := range []int{1, 2, 3, 15, 500} {
		plan := Plan(uint64(n), n, time.Hour)
		spoke := map[int]bool{}
		for i, s := range plan {
			spoke[s.Who] = true
			if d := s.End - s.Start; d < ShortestSpurt || d > LongestSpurt {
				t.Fatalf("%d people: spurt of %v", n, d)
			}
			if i == 0 {
				continue
			}
			before := plan[i-1]
			if gap := s.Start - before.End; gap < -LongestLap || gap > LongestGap {
				t.Fatalf("%d people: gap of %v", n, gap)
			}
			if s.Who == before.Who && s.Start <= before.End {
				t.Fatalf("%d people: %d interrupts themselves", n, s.Who)
			}
			if n > 1 && s.Who == before.Who {
				t.Fatalf("%d people: %d speaks twice in a row", n, s.Who)
			}
			if i > 1 && s.Start < plan[i-2].End {
				t.Fatalf("%d people: three speak at %v", n, s.Start)
			}
		}
		if len(spoke) != n {
			t.Errorf("%d of %d ever speak in an hour", len(spoke), n)
		}
	}
}

func TestOfIsEverybodysShare(t *testing.T) {
	plan := Plan(3, 4, 10*time.Minute)
	total := 0
	for who := range 4 {
		own := Of(plan, who)
		total += len(own)
		for _, s := range own {
			if s.Who != who {
				t.Fatalf("%d got a spurt of %d", who, s.Who)
			}
		}
	}
	if total != len(plan) {
		t.Fatalf("%d of %d spurts given out", total, len(plan))
	}
}
