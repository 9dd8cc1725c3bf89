package measure

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestEmptyHistogram(t *testing.T) {
	var h, o Histogram
	h.Merge(&o)
	if h.Percentile(50) != 0 || h.Max() != 0 || h.Count() != 0 {
		t.Fatal("an empty histogram has values")
	}
}

func TestSmallValuesAreExact(t *testing.T) {
	var h Histogram
	for v := range int64(10) {
		h.Add(v + 1)
	}
	for _, c := range []struct {
		p    float64
		want int64
	}{{0, 1}, {10, 1}, {50, 5}, {51, 6}, {95, 10}, {100, 10}} {
		if got := h.Percentile(c.p); got != c.want {
			t.Errorf("p%v of 1..10 is %d, want %d", c.p, got, c.want)
		}
	}
	h.Add(-5)
	if got := h.Percentile(0); got != 0 {
		t.Errorf("a negative value counts as %d", got)
	}
}

func TestPercentilesAreWithinThePromise(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var all []int64
	parts := make([]Histogram, 3)
	for range 30000 {
		v := int64(math.Exp(rng.Float64() * 40))
		all = append(all, v)
		parts[rng.IntN(3)].Add(v)
	}
	var h Histogram
	for i := range parts {
		h.Merge(&parts[i])
	}
	slices.Sort(all)
	if h.Count() != uint64(len(all)) || h.Max() != all[len(all)-1] {
		t.Fatalf("count %d, max %d", h.Count(), h.Max())
	}
	for _, p := range []float64{1, 25, 50, 90, 95, 99, 99.9} {
		want := all[int(math.Ceil(p/100*float64(len(all))))-1]
		got := h.Percentile(p)
		if got < want || float64(got-want) > float64(want)/32 {
			t.Errorf("p%v is %d, truly %d", p, got, want)
		}
	}
}

func TestBucketsCoverAllValues(t *testing.T) {
	for _, v := range []uint64{0, 1, 31, 32, 33, 63, 64, 65, 1000, 1 << 20, 1<<40 + 12345, math.MaxInt64} {
		i := bucket(v)
		if i < 0 || i >= buckets || uint64(upper(i)) < v || i > 0 && uint64(upper(i-1)) >= v {
			t.Errorf("%d is in bucket %d, up to %d", v, i, upper(i))
		}
	}
}
