package sfu

import (
	"sync"

	"tablee/sfu/rtcp"
	"tablee/sfu/twcc"
	"tablee/sfu/udp"
)

// line is what is known of the way to one participant: each packet that is sent to it is numbered (transport-wide), and its
// feedback says which came, and when.
type line struct {
	mu   sync.Mutex // guards the rest; a leaf
	ring *twcc.Ring // made with the first packet
	rtx  bucket     // retransmissions
}

// stamp numbers a packet of that many bytes which is being sent to the participant.
func (p *Peer) stamp(now int64, size int, class udp.Class) uint16 {
	l := &p.line
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ring == nil {
		l.ring = &twcc.Ring{}
	}
	return l.ring.Sent(now, size, uint8(class))
}

// acknowledge takes in the participant's feedback.
func (l *line) acknowledge(w *worker, f rtcp.TransportFeedback) {
	l.mu.Lock()
	w.acks = w.acks[:0]
	if l.ring != nil {
		w.acks = l.ring.Feedback(f, w.now, w.acks)
	}
	l.mu.Unlock()
	var came, lost uint64
	for i := range w.acks {
		if w.acks[i].Received {
			came++
		} else {
			lost++
		}
	}
	w.engine.counters.acknowledged.Add(came)
	w.engine.counters.reportedLost.Add(lost)
}
