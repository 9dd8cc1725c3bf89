package estimate

const (
	slotLength = 10 * millisecond
	slots      = 64
)

// rates remembers how many bytes passed lately, by whatever clock it is fed with.
type rates struct {
	ring   [slots]slot
	newest int64 // number of the newest slot
	some   bool
}

type slot struct {
	number      int64
	first, last int64 // times
	firstSize   int
	bytes       int
	packets     int
}

func (r *rates) reset() { r.some = false }

// add counts a packet. One that is older than the ring is too late to matter.
func (r *rates) add(at int64, size int) {
	number := floorDiv(at, slotLength)
	if !r.some {
		*r = rates{newest: number, some: true}
		for i := range r.ring {
			r.ring[i].number = number - slots
		}
	}
	if number <= r.newest-slots {
		return
	}
	r.newest = max(r.newest, number)
	s := &r.ring[uint64(number)%slots]
	if s.number != number {
		*s = slot{number: number, first: at, last: at, firstSize: size}
	}
	if at < s.first {
		s.first, s.firstSize = at, size
	}
	s.last = max(s.last, at)
	s.bytes += size
	s.packets++
}

// over returns the rate in bit/s over the newest packets: over a span of about window, or more until it holds least
// packets. 0 means that there are too few.
func (r *rates) over(window int64, least int) float64 {
	if !r.some {
		return 0
	}
	var bytes, packets, opener int // opener is the first packet's size: it only marks the start of the span
	var first, last int64
	for n := r.newest; n > r.newest-slots; n-- {
		s := &r.ring[uint64(n)%slots]
		if s.number != n {
			continue
		}
		if packets == 0 {
			last = s.last
		}
		if packets >= least && last-s.first > window {
			break
		}
		bytes += opener + s.bytes - s.firstSize
		packets += s.packets
		first, opener = s.first, s.firstSize
	}
	if packets < 2 || last <= first {
		return 0
	}
	return float64(bytes) * 8 * float64(second) / float64(last-first)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
