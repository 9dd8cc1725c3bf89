package udp

import "sync/atomic"

// counters are added to once for each batch.
type counters struct {
	receiveCalls, received, truncated, receiveErrors atomic.Uint64

	sendCalls, sent, gsoMessages, gsoSegments, sendErrors, queued atomic.Uint64

	dropped [classes]atomic.Uint64
}

// Stats are totals since the connection was opened.
type Stats struct {
	ReceiveCalls  uint64 // system calls that brought something, or reads of the portable path
	Received      uint64 // datagrams handed out
	Truncated     uint64 // datagrams longer than MaxDatagram; they are not handed out
	ReceiveErrors uint64 // errors that were survived

	SendCalls   uint64 // system calls, or writes of the portable path
	Sent        uint64 // datagrams the kernel has taken
	GSOMessages uint64 // messages that carried several of them
	GSOSegments uint64 // the datagrams in those
	SendErrors  uint64 // datagrams the kernel has refused, or that had no usable address
	Queued      uint64 // datagrams that had to wait in the backlog

	Dropped [3]uint64 // datagrams for which the backlog had no room, by Class
	Backlog int       // datagrams waiting now
}

// Add returns the sum with another connection's totals.
func (s Stats) Add(o Stats) Stats {
	s.ReceiveCalls += o.ReceiveCalls
	s.Received += o.Received
	s.Truncated += o.Truncated
	s.ReceiveErrors += o.ReceiveErrors
	s.SendCalls += o.SendCalls
	s.Sent += o.Sent
	s.GSOMessages += o.GSOMessages
	s.GSOSegments += o.GSOSegments
	s.SendErrors += o.SendErrors
	s.Queued += o.Queued
	for i := range s.Dropped {
		s.Dropped[i] += o.Dropped[i]
	}
	s.Backlog += o.Backlog
	return s
}

// Stats returns the totals.
func (c *Conn) Stats() Stats {
	n := &c.counters
	s := Stats{
		ReceiveCalls: n.receiveCalls.Load(), Received: n.received.Load(), Truncated: n.truncated.Load(),
		ReceiveErrors: n.receiveErrors.Load(),
		SendCalls:     n.sendCalls.Load(), Sent: n.sent.Load(), GSOMessages: n.gsoMessages.Load(),
		GSOSegments: n.gsoSegments.Load(), SendErrors: n.sendErrors.Load(), Queued: n.queued.Load(),
	}
	for i := range s.Dropped {
		s.Dropped[i] = n.dropped[i].Load()
	}
	c.mu.Lock()
	s.Backlog = c.backlog.packets
	c.mu.Unlock()
	return s
}
