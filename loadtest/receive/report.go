package receive

// Reception is what a receiver report says of a stream (RFC 3550, section 6.4.1).
type Reception struct {
	Fraction uint8  // lost since the last report, of 256
	Lost     uint32 // in all, 24 bits
	Highest  uint32 // extended sequence number
	Jitter   uint32 // timestamp units
}

// reception is the state at the last report.
type reception struct{ expected, received uint64 }

// Reception returns what to report now; ok is false before the first packet.
func (s *Stream) Reception() (r Reception, ok bool) {
	w := &s.window
	if !w.begun {
		return Reception{}, false
	}
	now := reception{w.expected(), w.received}
	expected, received := now.expected-s.prior.expected, now.received-s.prior.received
	s.prior = now
	if lost := int64(expected) - int64(received); lost > 0 {
		r.Fraction = uint8(min(255, lost<<8/int64(expected)))
	}
	if now.expected > now.received {
		r.Lost = uint32(min(now.expected-now.received, 1<<23-1))
	}
	r.Highest = uint32(w.highest)
	r.Jitter = uint32(s.jitter.value >> 4)
	return r, true
}

// Jitter is the interarrival jitter now, in nanoseconds; ok is false before the second packet.
func (s *Stream) Jitter() (ns int64, ok bool) {
	return s.jitter.value >> 4 * 1_000_000_000 / s.kind.Clock, s.jitter.begun
}

// jitter is the interarrival jitter of RFC 3550, section 6.4.1 and appendix A.8, times 16.
type jitter struct {
	begun   bool
	transit int64
	value   int64
}

func (j *jitter) add(ts uint32, now, clock int64) {
	transit := int64(int32(uint32(now/1000*clock/1_000_000) - ts))
	if j.begun {
		d := transit - j.transit
		if d < 0 {
			d = -d
		}
		if d < 1<<24 { // a switch of source is no jitter
			j.value += d - (j.value+8)>>4
		}
	}
	j.begun, j.transit = true, transit
}
