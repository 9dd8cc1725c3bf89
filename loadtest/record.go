package loadtest

import "tablee/loadtest/receive"

// record is what a participant notes about its own life, for the report.
type record struct {
	num            uint32
	present        spans          // when its media was connected
	camera, screen spans          // when it published them, or would have with media
	away           spans          // when its session was down
	wanted         map[key]*spans // when it demanded a picture
	paused         map[key]*spans // when the server said that it does not send one
	pausedFor      map[pausedFor]*spans
	reconnects     int
	protocolErrors uint64
}

// span is a time, from until to, in nanoseconds of the run's clock; to is 0 while it lasts.
type span struct{ from, to int64 }

// spans follow each other.
type spans []span

// covers says whether all of [from, to] is inside.
func (s span) covers(from, to int64) bool { return s.from <= from && (s.to == 0 || to <= s.to) }

// end is when a span ended, far away while it lasts.
func (s span) end() int64 {
	if s.to == 0 {
		return 1<<63 - 1
	}
	return s.to
}

// begin opens a span, unless one lasts.
func (s *spans) begin(now int64) {
	if n := len(*s); n == 0 || (*s)[n-1].to != 0 {
		*s = append(*s, span{from: now})
	}
}

// end closes the span that lasts, if one does.
func (s *spans) end(now int64) {
	if n := len(*s); n > 0 && (*s)[n-1].to == 0 {
		(*s)[n-1].to = now
	}
}

// covers says whether one span covers all of [from, to].
func (s spans) covers(from, to int64) bool {
	for _, x := range s {
		if x.covers(from, to) {
			return true
		}
	}
	return false
}

// total is how long all of them lasted; the last ends at now at the latest.
func (s spans) total(now int64) (d int64) {
	for _, x := range s {
		d += max(0, min(x.end(), now)-x.from)
	}
	return d
}

// common returns the times that are in all of the lists.
func common(lists ...spans) spans {
	out := lists[0]
	for _, other := range lists[1:] {
		var next spans
		for _, a := range out {
			for _, b := range other {
				if from, to := max(a.from, b.from), min(a.end(), b.end()); from < to {
					next = append(next, span{from, to})
				}
			}
		}
		out = next
	}
	return out
}

// end closes whatever lasts.
func (r *record) end(now int64) {
	for _, s := range []*spans{&r.present, &r.camera, &r.screen, &r.away} {
		s.end(now)
	}
	r.want(nil, now)
	r.pause(nil, now)
}

// endedAt moves the end of the last presence back to when it really was.
func (r *record) endedAt(at int64) {
	if n := len(r.present); n > 0 && at != 0 {
		r.present[n-1].to = max(r.present[n-1].from, min(r.present[n-1].to, at))
	}
}

// want notes what is demanded from now on.
func (r *record) want(wants map[key]uint8, now int64) {
	if r.wanted == nil {
		r.wanted = make(map[key]*spans)
	}
	for k, s := range r.wanted {
		if _, still := wants[k]; !still {
			s.end(now)
		}
	}
	for k := range wants {
		if r.wanted[k] == nil {
			r.wanted[k] = &spans{}
		}
		r.wanted[k].begin(now)
	}
}

// addCounters adds what was counted of two streams.
func addCounters(a, b receive.Counters) receive.Counters {
	a.Received += b.Received
	a.Expected += b.Expected
	a.Repaired += b.Repaired
	a.LostBefore += b.LostBefore
	a.Duplicates += b.Duplicates
	a.NACKs += b.NACKs
	a.Decodable += b.Decodable
	a.Broken += b.Broken
	a.Frozen += b.Frozen
	a.Shown += b.Shown
	a.SequenceJumps += b.SequenceJumps
	a.TimeBackwards += b.TimeBackwards
	a.TimeJumps += b.TimeJumps
	a.PictureIDGaps += b.PictureIDGaps
	a.SwitchNotOnKey += b.SwitchNotOnKey
	a.WrongRetransmit += b.WrongRetransmit
	return a
}
