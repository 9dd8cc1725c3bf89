package report

// maxExtrapolate is for how long after the last frame a sender report still makes sense.
const maxExtrapolate = 30 * second

// Sender keeps what a sender report says of one outgoing stream (RFC 3550, section 6.4.1). The zero value is ready.
type Sender struct {
	packets, octets uint32

	timestamp uint32 // of the newest frame
	at        int64  // when its first packet was sent
	started   bool
}

// Packet takes note of a packet sent. octets counts the payload without header and padding.
func (s *Sender) Packet(ts uint32, octets int, now int64) {
	s.packets++
	s.octets += uint32(octets)
	// The first packet of a frame is the one whose moment the timestamp means; a late packet of an older frame tells
	// nothing.
	if !s.started || int32(ts-s.timestamp) > 0 {
		s.timestamp, s.at, s.started = ts, now, true
	}
}

// Restart forgets the relation of timestamps to time, for a stream whose timestamps jump. The counters go on.
func (s *Sender) Restart() { s.started = false }

// Report returns the RTP timestamp of this moment and the counters, modulo 2^32. ok is false while nothing has been sent,
// or not for half a
// minute: then there is nothing to report.
func (s *Sender) Report(clockRate uint32, now int64) (rtpTime, packets, octets uint32, ok bool) {
	if !s.started || now-s.at > maxExtrapolate {
		return 0, 0, 0, false
	}
	return s.timestamp + units(now-s.at, clockRate), s.packets, s.octets, true
}
