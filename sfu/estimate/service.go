package estimate

// service measures at which rate the line lets packets out while it is busy: as long as each packet reaches it before the one
// in front is through. As they leave back to back then, a few show the line's rate, long before a trend can be seen; and when
// it is far below what is sent, the queue grows, whatever else may delay packets. A radio that stalls is not mistaken for it:
// what it held back comes all at once.
type service struct {
	some       bool
	from, last int64 // arrival, of the packet since which it is busy, and of the last one
	sent       int64 // when that left
	bytes      int
	rate       float64 // bit/s, the last that was measured since it is busy; 0 for none
}

const (
	serviceLeast  = 30 * millisecond  // for which it must be busy, and twice the jitter,
	serviceBytes  = 1500              // and what must come in that time
	serviceWindow = 120 * millisecond // after which it is measured anew
	serviceGap    = 40 * millisecond  // without a packet: feedback is missing, or there was nothing to send
)

// add takes a packet that arrived; base is the least delay.
func (s *service) add(p Packet, base, jitter int64) {
	if !s.some || p.SentAt+base+jitter >= s.last || p.SentAt-s.sent > serviceGap {
		*s = service{some: true, from: p.ArrivedAt, last: p.ArrivedAt, sent: p.SentAt}
		return
	}
	s.bytes += p.Size
	s.last, s.sent = max(s.last, p.ArrivedAt), p.SentAt
	if long := s.last - s.from; long >= serviceLeast+2*jitter && s.bytes >= serviceBytes {
		s.rate = float64(s.bytes) * 8 * float64(second) / float64(long)
		if long > serviceWindow {
			s.from, s.bytes = s.last, 0
		}
	}
}
