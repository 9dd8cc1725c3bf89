package udp

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// verdict is how an attempt to send a vector ended.
type verdict int

const (
	allSent verdict = iota
	full            // the kernel takes nothing now (EAGAIN), or has no memory (ENOBUFS)
	noRuns          // the message at the cursor is a run that this kernel, card or path does not take
	missing         // there is no such system call
)

// shipment is a vector on its way, and what has become of it.
type shipment struct {
	*vector
	counts []int // datagrams in each message
	at, n  int   // the next message, and how many there are
	errno  syscall.Errno

	calls, sent, failed, runs, runSegments uint64
}

func newShipment(n int) *shipment { return &shipment{vector: newVector(n), counts: make([]int, n)} }

// transmit sends the messages from the cursor on. One that is refused is counted and stops no other.
func (s *shipment) transmit(fd uintptr, k *kernel) verdict {
	for s.at < s.n {
		sent, errno := k.calls.send(fd, &s.headers[s.at], s.n-s.at)
		s.calls++
		switch s.errno = errno; {
		case errno == 0 && sent > 0:
			for ; sent > 0 && s.at < s.n; sent-- {
				s.sent += uint64(s.counts[s.at])
				if s.counts[s.at] > 1 {
					s.runs++
					s.runSegments += uint64(s.counts[s.at])
				}
				s.at++
			}
		case errno == unix.EINTR:
		case errno == unix.EAGAIN || errno == unix.ENOBUFS:
			return full
		case errno == unix.ENOSYS:
			return missing
		case s.counts[s.at] > 1 && (errno == unix.EINVAL || errno == unix.EIO || errno == unix.EOPNOTSUPP || errno == unix.EMSGSIZE):
			return noRuns
		default:
			s.failed += uint64(s.counts[s.at])
			s.at++
		}
	}
	return allSent
}

// account adds what has happened to the connection's totals.
func (s *shipment) account(n *counters) {
	n.sendCalls.Add(s.calls)
	n.sent.Add(s.sent)
	if s.runs > 0 {
		n.gsoMessages.Add(s.runs)
		n.gsoSegments.Add(s.runSegments)
	}
	if s.failed > 0 {
		n.sendErrors.Add(s.failed)
	}
	s.calls, s.sent, s.failed, s.runs, s.runSegments = 0, 0, 0, 0, 0
}

// sender sends a Batch with sendmmsg.
type sender struct {
	conn    *Conn
	batch   *Batch // while send runs
	whole   *shipment
	single  *shipment // the segments of a run that could not go as one; made when first needed
	part    int       // how many segments of the message at the cursor are done
	result  verdict
	attempt func(fd uintptr) // made once: a closure for each call would be an allocation
}

func newSender(c *Conn, messages int) *sender {
	if c.kernel == nil {
		return nil
	}
	s := &sender{conn: c, whole: newShipment(messages)}
	s.attempt = s.try
	return s
}

// send hands the batch to the kernel without waiting, whatever becomes of it. RawConn.Control is used because
// RawConn.Write would wait for the drain, which may be waiting for the kernel.
func (s *sender) send(b *Batch) {
	scope := s.conn.zone.scope.Load()
	w := s.whole
	for i := range b.messages {
		m := &b.messages[i]
		segment := 0
		if m.segments > 1 {
			segment = m.segment
		}
		w.set(i, b.buf[m.start:m.start+m.size], segment, m.to, scope)
		w.counts[i] = m.segments
	}
	w.at, w.n, s.part = 0, len(b.messages), 0
	s.batch = b
	err := s.conn.kernel.raw.Control(s.attempt)
	s.batch = nil
	if err != nil { // closed
		for i := range b.messages {
			w.failed += uint64(b.messages[i].segments)
		}
		s.result = allSent
	}
	w.account(&s.conn.counters)
	switch s.result {
	case full:
		b.queue(w.at, s.part)
	case missing:
		s.conn.fastSend.Store(false)
		s.conn.gso.Store(false)
		b.sendPortable(w.at, s.part)
	}
}

func (s *sender) try(fd uintptr) {
	for {
		s.result = s.whole.transmit(fd, s.conn.kernel)
		if s.result != noRuns {
			return
		}
		if !s.onlyThisPath() {
			s.conn.gso.Store(false)
		}
		if s.result = s.split(fd); s.result != allSent {
			return
		}
		s.whole.at++
		s.part = 0
	}
}

// onlyThisPath says if a run was refused because its segments are longer than the path to its address takes: then others
// need not suffer. New kernels say EMSGSIZE for that, and older ones EINVAL; where runs have gone out already, EINVAL
// can mean nothing else. Anybody could end GSO for all otherwise, by claiming a path with a small MTU.
func (s *sender) onlyThisPath() bool {
	switch s.whole.errno {
	case unix.EMSGSIZE:
		return true
	case unix.EINVAL:
		return s.whole.runs > 0 || s.conn.counters.gsoMessages.Load() > 0
	}
	return false
}

// split sends the run at the cursor once more, datagram by datagram.
func (s *sender) split(fd uintptr) verdict {
	if s.single == nil {
		s.single = newShipment(MaxSegments)
		for i := range s.single.counts {
			s.single.counts[i] = 1
		}
	}
	m := &s.batch.messages[s.whole.at]
	scope := s.conn.zone.scope.Load()
	for i := range m.segments {
		start, end := m.bounds(i)
		s.single.set(i, s.batch.buf[start:end], 0, m.to, scope)
	}
	s.single.at, s.single.n = 0, m.segments
	result := s.single.transmit(fd, s.conn.kernel)
	s.part = s.single.at
	s.single.account(&s.conn.counters)
	return result
}
