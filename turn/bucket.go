package turn

// bucket bounds a rate in bytes; time is monotonic nanoseconds.
type bucket struct {
	rate  int64 // bytes a second
	burst int64
	have  int64
	last  int64
}

// newBucket begins full: a quarter of a second, and never less than a key frame's beginning.
func newBucket(rate int64) bucket {
	burst := max(rate/4, 32<<10)
	return bucket{rate: rate, burst: burst, have: burst}
}

// take says if n bytes may pass now.
func (b *bucket) take(n int, now int64) bool {
	if passed := now - b.last; passed > 0 {
		b.have = min(b.burst, b.have+int64(float64(b.rate)*float64(min(passed, 10e9))/1e9))
		b.last = now
	}
	if b.have < int64(n) {
		return false
	}
	b.have -= int64(n)
	return true
}
