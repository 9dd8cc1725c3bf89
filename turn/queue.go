package turn

import (
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/pion/transport/v5/deadline"
)

// packet is one datagram in memory, and the address that its reader sees it come from.
type packet struct {
	from netip.AddrPort
	addr *net.UDPAddr // the same, made once, since net.PacketConn wants a net.Addr
	n    int
	data [maxPacket]byte
}

// maxPacket bounds a relayed datagram, in bytes: what fits an Ethernet frame.
const maxPacket = 1500

// pool keeps packets for reuse; how many there are at once is bounded by the queues.
type pool struct{ p sync.Pool }

func (p *pool) get() *packet {
	if k, ok := p.p.Get().(*packet); ok {
		return k
	}
	return new(packet)
}

func (p *pool) put(k *packet) {
	k.addr = nil
	p.p.Put(k)
}

// queue is a bounded queue of packets with a deadline for readers. It never blocks a writer.
type queue struct {
	packets chan *packet
	done    chan struct{}
	close   func()
	late    *deadline.Deadline
}

func newQueue(size int) *queue {
	q := &queue{packets: make(chan *packet, size), done: make(chan struct{}), late: deadline.New()}
	q.close = sync.OnceFunc(func() { close(q.done) })
	return q
}

// push queues a packet, or says that there is no room.
func (q *queue) push(k *packet) bool {
	select {
	case <-q.done:
		return false
	default:
	}
	select {
	case q.packets <- k:
		return true
	default:
		return false
	}
}

// pop waits for a packet.
func (q *queue) pop() (*packet, error) {
	select {
	case k := <-q.packets:
		return k, nil
	default:
	}
	select {
	case k := <-q.packets:
		return k, nil
	case <-q.done:
		return nil, net.ErrClosed
	case <-q.late.Done():
		return nil, os.ErrDeadlineExceeded
	}
}

func (q *queue) setDeadline(t time.Time) { q.late.Set(t) }
