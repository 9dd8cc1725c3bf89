package loadtest

import "tablee/loadtest/receive"

// record is what a participant notes about its own life, for the report.
type record struct {
	num            uint32
	present        []span           // when its media was connected
	wanted         map[uint32]int64 // since when it demanded a camera, by number
	reconnects     int
	protocolErrors uint64
}

// span is a time, from until to, in nanoseconds of the run's clock; to is 0 while it lasts.
type span struct{ from, to int64 }

// covers says whether all of [from, to] is inside.
func (s span) covers(from, to int64) bool { return s.from <= from && (s.to == 0 || to <= s.to) }

// together is how long two spans overlap, counted from since on; both have ended.
func (s span) together(o span, since int64) int64 {
	return max(0, min(s.to, o.to)-max(s.from, o.from, since))
}

func (r *record) begin(now int64, num uint32) {
	r.num = num
	r.present = append(r.present, span{from: now})
}

// end ends the span that lasts, if one does.
func (r *record) end(now int64) {
	if n := len(r.present); n > 0 && r.present[n-1].to == 0 {
		r.present[n-1].to = now
	}
}

// endedAt moves the end of the last span back to when it really was.
func (r *record) endedAt(at int64) {
	if n := len(r.present); n > 0 && at != 0 {
		r.present[n-1].to = max(r.present[n-1].from, min(r.present[n-1].to, at))
	}
}

// want notes that a camera is demanded from now on.
func (r *record) want(num uint32, now int64) {
	if r.wanted == nil {
		r.wanted = make(map[uint32]int64)
	}
	if _, ok := r.wanted[num]; !ok {
		r.wanted[num] = now
	}
}

// covered says whether media was connected all of [from, to].
func (r *record) covered(from, to int64) bool {
	for _, s := range r.present {
		if s.covers(from, to) {
			return true
		}
	}
	return false
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
	a.SequenceJumps += b.SequenceJumps
	a.TimeBackwards += b.TimeBackwards
	a.TimeJumps += b.TimeJumps
	a.PictureIDGaps += b.PictureIDGaps
	a.SwitchNotOnKey += b.SwitchNotOnKey
	a.WrongRetransmit += b.WrongRetransmit
	return a
}
