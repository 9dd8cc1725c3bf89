package simulate

const (
	renoSize    = 1500
	renoTimeout = second
)

// reno is a download by TCP (RFC 5681): slow start, congestion avoidance, half after loss.
type reno struct {
	m                 *meeting
	from, to          int64
	window, threshold float64 // packets
	next, acked       int
	recover           int
	flying            map[int]bool
	lastAck           int64
	delivered         int64
}

func (r *reno) start(now int64) {
	r.window, r.threshold, r.flying, r.lastAck = 10, 1e9, map[int]bool{}, now
	r.fill(now)
	r.watch(now)
}

// fill sends what the window allows.
func (r *reno) fill(now int64) {
	for now < r.to && float64(len(r.flying)) < r.window {
		seq := r.next
		r.next++
		r.flying[seq] = true
		leaves, ok := r.m.link.send(now, renoSize)
		if !ok {
			continue
		}
		r.m.agenda.plan(leaves+2*r.m.c.Delay, func(now int64) { r.ack(now, seq) })
		if leaves < r.to {
			r.delivered += renoSize
		}
	}
}

// ack takes the acknowledgement of one packet: those three before it are lost.
func (r *reno) ack(now int64, seq int) {
	r.lastAck = now
	delete(r.flying, seq)
	for ; r.acked < seq-2; r.acked++ {
		if !r.flying[r.acked] {
			continue
		}
		delete(r.flying, r.acked)
		if r.acked >= r.recover {
			r.threshold = max(r.window/2, 2)
			r.window, r.recover = r.threshold, r.next
		}
	}
	if r.window < r.threshold {
		r.window++
	} else {
		r.window += 1 / r.window
	}
	r.fill(now)
}

// watch starts anew when nothing comes back.
func (r *reno) watch(now int64) {
	if now-r.lastAck > renoTimeout && len(r.flying) > 0 {
		r.threshold, r.window, r.recover, r.lastAck = max(r.window/2, 2), 1, r.next, now
		clear(r.flying)
		r.acked = r.next
		r.fill(now)
	}
	if now < r.to {
		r.m.agenda.plan(now+renoTimeout/4, r.watch)
	}
}
