package twcc

import "tablee/sfu/rtcp"

// A packet's way through the recorder:
//
//  1. Record places its sequence number in an order that never wraps, nearest to the newest so far, and notes the
//     arrival time, in the units of the wire, in a ring of the last Window numbers.
//  2. Append reports all numbers from the first that has not been reported to the newest, those that did not come as
//     lost.
//  3. A packet that comes after it was reported as lost makes the next report begin with it. What follows it is said
//     twice; the sender knows that already.

// Window is over how many sequence numbers arrivals are remembered: a second at 1000 packets/s, where feedback is due
// ten times. What is not reported by then never is.
const Window = 1024

// unit is the grain of arrival times on the wire, in nanoseconds. A reference time is 256 of them. The times that 24 bits
// of reference time can tell apart are then just those that 32 bits of units can, so that all sums may wrap.
const unit = 250_000

// Recorder notes the arrivals of one participant's packets. The zero value waits for the first.
type Recorder struct {
	arrivals [Window]uint32      // in units
	came     [Window / 64]uint64 // a bit for each place of arrivals

	newest, next int64 // positions: the highest that came, the first that has not been reported
	restart      uint16
	started      bool
	suspect      bool  // restart is what follows a packet that did not fit in
	count        uint8 // of feedback packets
}

// Record notes that the packet with this transport-wide sequence number has come. Only its first arrival counts.
func (r *Recorder) Record(seq uint16, now int64) {
	at := r.newest + int64(int16(seq-uint16(r.newest)))
	switch {
	case !r.started:
		r.start(seq)
		at = r.newest
	case at > r.newest:
		r.advance(at)
	case r.newest-at >= Window:
		// As in RFC 3550, appendix A.1: two successive packets far behind are a sender that has begun anew.
		if !r.suspect || seq != r.restart {
			r.suspect, r.restart = true, seq+1
			return
		}
		r.start(seq)
		at = r.newest
	case r.has(at):
		return
	}
	r.next = min(r.next, at)
	p := place(at)
	r.arrivals[p] = uint32((now + unit/2) / unit)
	r.came[p/64] |= 1 << (p % 64)
}

// start begins the order with seq. Numbers before it have positive positions too.
func (r *Recorder) start(seq uint16) {
	r.started, r.suspect = true, false
	r.came = [Window / 64]uint64{}
	r.newest = 1<<16 + int64(seq)
	r.next = r.newest
}

// advance forgets what leaves the window when the newest position moves.
func (r *Recorder) advance(at int64) {
	if at-r.newest >= Window {
		r.came = [Window / 64]uint64{}
	} else {
		for i := r.newest + 1; i <= at; i++ {
			p := place(i)
			r.came[p/64] &^= 1 << (p % 64)
		}
	}
	r.newest, r.suspect = at, false
	r.next = max(r.next, at-Window+1)
}

func place(at int64) uint { return uint(at) % Window }

func (r *Recorder) has(at int64) bool {
	p := place(at)
	return r.came[p/64]&(1<<(p%64)) != 0
}

// Pending says whether there is anything to report.
func (r *Recorder) Pending() bool { return r.started && r.next <= r.newest }

// Append appends feedback about what has come since the last call, and what has not: one packet, or several when it is
// much or the arrivals are more than 8 s apart. None has more than maxBytes; 32 are enough for one arrival.
func (r *Recorder) Append(dst []byte, senderSSRC, mediaSSRC uint32, maxBytes int) []byte {
	if !r.Pending() {
		return dst
	}
	var buf [Window]rtcp.Delta
	for r.Pending() {
		info := rtcp.FeedbackInfo{SenderSSRC: senderSSRC, MediaSSRC: mediaSSRC, Count: r.count}
		deltas := r.collect(&info, buf[:0], maxBytes)
		dst = rtcp.AppendTransportFeedback(dst, info, deltas)
		r.count++
	}
	return dst
}

// collect takes out what goes into one feedback packet. It ends with a packet that came: losses behind the last may yet
// come, and begin the next feedback.
func (r *Recorder) collect(info *rtcp.FeedbackInfo, deltas []rtcp.Delta, maxBytes int) []rtcp.Delta {
	base := r.next
	first := base
	for !r.has(first) { // the newest has come
		deltas = append(deltas, rtcp.Lost)
		first++
	}
	// However many losses it begins with, they cost one chunk.
	maxBytes -= rtcp.ChunkSize
	info.Base = uint16(base)
	info.Reference = r.arrivals[place(first)] >> 8
	last, size := info.Reference<<8, 0
	for at := first; at <= r.newest; at++ {
		if !r.has(at) {
			deltas = append(deltas, rtcp.Lost)
			continue
		}
		arrival := r.arrivals[place(at)]
		d := rtcp.Delta(int32(arrival - last))
		fits := d >= rtcp.MinDelta && d <= rtcp.MaxDelta && rtcp.FeedbackBound(int(at-first)+1, size+d.Size()) <= maxBytes
		if !fits && at != first {
			break
		}
		deltas = append(deltas, d)
		size += d.Size()
		last = arrival
		r.next = at + 1
	}
	return deltas[:r.next-base]
}
