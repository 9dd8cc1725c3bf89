package measure

import (
	"math"
	"math/bits"
)

// Each power of two is divided into this many buckets.
const (
	subBits = 5
	sub     = 1 << subBits
	buckets = (64 - subBits + 1) * sub
)

// Histogram of values of 0 or more; negative ones count as 0. The zero value is ready, and empty.
type Histogram struct {
	counts []uint32 // made with the first value
	n      uint64
	max    int64
}

// Add counts a value.
func (h *Histogram) Add(v int64) {
	if h.counts == nil {
		h.counts = make([]uint32, buckets)
	}
	v = max(v, 0)
	h.counts[bucket(uint64(v))]++
	h.n++
	h.max = max(h.max, v)
}

// Merge adds all values of another histogram.
func (h *Histogram) Merge(o *Histogram) {
	if o.n == 0 {
		return
	}
	if h.counts == nil {
		h.counts = make([]uint32, buckets)
	}
	for i, c := range o.counts {
		h.counts[i] += c
	}
	h.n += o.n
	h.max = max(h.max, o.max)
}

// Reset empties the histogram and keeps its memory.
func (h *Histogram) Reset() {
	clear(h.counts)
	h.n, h.max = 0, 0
}

// Each calls f for each bucket that has values, ascending, with its greatest value.
func (h *Histogram) Each(f func(upper int64, n uint32)) {
	for i, c := range h.counts {
		if c > 0 {
			f(min(upper(i), h.max), c)
		}
	}
}

// Count is how many values there are.
func (h *Histogram) Count() uint64 { return h.n }

// Max is the greatest value, exactly.
func (h *Histogram) Max() int64 { return h.max }

// Percentile gives the value that p percent of all values do not exceed (nearest rank), 0 when there are none.
func (h *Histogram) Percentile(p float64) int64 {
	if h.n == 0 {
		return 0
	}
	rank := max(1, uint64(math.Ceil(p/100*float64(h.n))))
	var seen uint64
	for i, c := range h.counts {
		if seen += uint64(c); seen >= rank {
			return min(upper(i), h.max)
		}
	}
	return h.max
}

// bucket numbers the bucket of a value: exact below sub, then sub buckets for each power of two.
func bucket(v uint64) int {
	if v < sub {
		return int(v)
	}
	shift := bits.Len64(v) - subBits - 1
	return (shift+1)*sub + int(v>>shift) - sub
}

// upper is the greatest value of a bucket.
func upper(i int) int64 {
	if i < sub {
		return int64(i)
	}
	shift := i/sub - 1
	return int64(((uint64(i%sub)+sub+1)<<shift)-1) & math.MaxInt64
}
