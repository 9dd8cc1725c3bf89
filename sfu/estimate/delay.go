package estimate

import "math"

const (
	baseSlot  = 10 * second // the least delay is that of the last minute, so that the clocks may drift
	baseSlots = 6
	lowSlot   = 50 * millisecond // the queue is the least delay of the last 200 ms: jitter only adds
	lowSlots  = 4
	// spread is measured over so long, and averaged over as many times that.
	spreadSlot = 200 * millisecond
	spreads    = 16
	// jump is by how much the delay changes between two packets when a clock was set, not when a queue grew.
	jump = 500 * millisecond
)

// delays follows the one-way delay. Its origin is unknown, as the clocks are two; only differences mean something.
type delays struct {
	base minimum
	low  minimum
	some bool
	last int64 // of the packet before
	sent int64

	jitter       float64 // mean delay beyond the least, in a slot
	slot         int64
	slots        int
	sum, n       int64 // of the delays of the slot, beyond the first
	first, least int64
}

// add takes a packet's delay and says whether a clock jumped, so that everything older is worthless.
func (d *delays) add(p Packet) (jumped bool) {
	delay := p.ArrivedAt - p.SentAt
	if d.some {
		change := delay - d.last
		if change < 0 {
			change = -change
		}
		if jumped = change > jump+max(p.SentAt-d.sent, 0); jumped {
			*d = delays{}
		}
	}
	d.some, d.last, d.sent = true, delay, p.SentAt
	d.base.add(p.ArrivedAt, delay, baseSlot, baseSlots)
	d.low.add(p.ArrivedAt, delay, lowSlot, lowSlots)
	d.spread(p.ArrivedAt, delay)
	return jumped
}

// spread averages by how much packets are later than the earliest around them: a queue delays all of them, jitter some.
func (d *delays) spread(at, delay int64) {
	if slot := floorDiv(at, spreadSlot); slot != d.slot {
		if d.n >= 4 {
			d.slots = min(d.slots+1, spreads)
			d.jitter += (float64(d.sum/d.n-d.least) - d.jitter) / float64(d.slots)
		}
		d.slot, d.first, d.sum, d.n, d.least = slot, delay, 0, 0, 0
	}
	d.sum += delay - d.first
	d.n++
	d.least = min(d.least, delay-d.first)
}

// queue returns how long packets wait.
func (d *delays) queue() int64 {
	if !d.some {
		return 0
	}
	return max(d.low.value-d.base.value, 0)
}

// minimum is the least value of a sliding window.
type minimum struct {
	slots  [baseSlots]int64
	newest int64
	some   bool
	value  int64
}

func (m *minimum) add(at, v, length int64, count int) {
	n := floorDiv(at, length)
	switch {
	case !m.some || n-m.newest >= int64(count):
		*m = minimum{newest: n, some: true}
		for i := range m.slots {
			m.slots[i] = math.MaxInt64
		}
	case n > m.newest:
		for m.newest < n {
			m.newest++
			m.slots[uint64(m.newest)%uint64(count)] = math.MaxInt64
		}
	}
	s := &m.slots[uint64(max(n, m.newest))%uint64(count)]
	*s = min(*s, v)
	m.value = math.MaxInt64
	for _, s := range m.slots[:count] {
		m.value = min(m.value, s)
	}
}
