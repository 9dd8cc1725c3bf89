package udp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// A packet's way in:
//
//  1. Receive waits in Go's network poller and lets the kernel fill the reader's buffers (receive_linux.go), or one of
//     them (portable.go).
//  2. What is longer than a buffer is counted and left out.
//  3. Packet gives the bytes and the source of each. They belong to the reader, and stay until the next Receive; the
//     caller may decrypt in place.

// errorsInARow is how many failures to receive, with nothing received between, are survived, and restAfter how many of
// them without a rest: that is half a second for a lack of memory to pass. A socket that is broken would keep a processor
// busy for ever.
const (
	errorsInARow = 100
	restAfter    = 10
)

// Sizes of a receive buffer. Its distance from the next is an odd number of cache lines, because the headers of all
// datagrams would share a few lines of a processor's cache otherwise.
const (
	bufferSize   = MaxDatagram + 1 // so that the portable path notices longer datagrams
	bufferStride = 27 * 64
)

// Reader receives datagrams. It belongs to one goroutine; a second Reader on the same Conn would only wait for the first.
type Reader struct {
	conn    *Conn
	fast    *receiver // nil on the portable path
	bufs    [][]byte
	packets []packet
	failed  int // errors in a row
}

// packet is one received datagram.
type packet struct {
	bytes []byte
	from  netip.AddrPort
}

// NewReader makes a reader that takes up to batch datagrams at once.
func (c *Conn) NewReader(batch int) *Reader {
	batch = max(batch, 1)
	if !c.fastReceive.Load() {
		batch = 1
	}
	r := &Reader{conn: c, packets: make([]packet, 0, batch)}
	for memory := make([]byte, batch*bufferStride); len(memory) > 0; memory = memory[bufferStride:] {
		r.bufs = append(r.bufs, memory[:bufferSize:bufferSize])
	}
	r.fast = newReceiver(r)
	return r
}

// Receive waits for datagrams and returns how many there are, at least one. net.ErrClosed says that the connection was
// closed; any other error that it returns is final too.
func (r *Reader) Receive() (int, error) {
	for {
		r.packets = r.packets[:0]
		var err error
		if r.fast != nil && r.conn.fastReceive.Load() {
			err = r.fast.receive(r)
		} else {
			err = r.receivePortable()
		}
		switch {
		case len(r.packets) > 0:
			r.failed = 0
			r.conn.counters.received.Add(uint64(len(r.packets)))
			return len(r.packets), nil
		case err == nil: // nothing that can be handed out
		case r.conn.isClosed() || errors.Is(err, net.ErrClosed):
			return 0, net.ErrClosed
		default:
			r.conn.counters.receiveErrors.Add(1)
			if r.failed++; r.failed >= errorsInARow {
				return 0, fmt.Errorf("receive on the media port, %d times in a row: %w", r.failed, err)
			}
			if r.failed > restAfter {
				r.conn.rest(context.Background())
			}
		}
	}
}

// Packet returns datagram i of the last Receive: its bytes, and where it came from, IPv4 addresses as such and without
// a zone.
func (r *Reader) Packet(i int) ([]byte, netip.AddrPort) {
	p := &r.packets[i]
	return p.bytes, p.from
}

// add notes a datagram of n bytes in buffer i, or counts it if it was longer than that.
func (r *Reader) add(i, n int, from netip.AddrPort) {
	if n > MaxDatagram {
		r.conn.counters.truncated.Add(1)
		return
	}
	r.packets = append(r.packets, packet{r.bufs[i][:n:n], from})
}
