package impair

import (
	"container/heap"
	"math/rand/v2"
	"net/netip"
	"time"
)

// overhead is what a datagram is longer on the line, in bytes: IPv4 and UDP.
const overhead = 28

// maxQueued bounds a pipe, in packets, whatever the delay: 10 s of 32 thumbnails with their bursts.
const maxQueued = 1 << 14

// packet is one on its way.
type packet struct {
	due  int64 // when it arrives, in nanoseconds
	seq  uint64
	data []byte
	addr netip.AddrPort
}

// pipe is one direction of a line: push → wait for the turn on the line → delay → pop. It knows no clock and no lock.
type pipe struct {
	way     Way
	queue   int64
	reorder bool
	rng     *rand.Rand

	free    int64 // when the line has sent what it was given
	lastDue int64
	seq     uint64
	waiting packets
	spare   [][]byte // buffers for reuse

	pushed, lost, dropped uint64 // dropped: the queue was full
}

func newPipe(w Way, queue time.Duration, reorder bool, seed uint64) *pipe {
	p := &pipe{rng: rand.New(rand.NewPCG(seed, 0x6c696e65))}
	p.change(w, queue, reorder)
	return p
}

// change makes the line another one, for packets to come.
func (p *pipe) change(w Way, queue time.Duration, reorder bool) {
	if queue == 0 {
		queue = DefaultQueue
	}
	p.way, p.queue, p.reorder = w, int64(queue), reorder
}

// push takes a copy of a packet. The random numbers of a packet are drawn whatever becomes of it, so that the fate of
// each depends on nothing but its place and the seed.
func (p *pipe) push(now int64, data []byte, addr netip.AddrPort) {
	p.pushed++
	lost := p.rng.Float64() < p.way.Loss
	jitter := int64(p.rng.Float64() * float64(p.way.Jitter))
	if lost {
		p.lost++
		return
	}
	sent := now
	if p.way.Rate > 0 {
		begin := max(p.free, now)
		if begin-now > p.queue {
			p.dropped++
			return
		}
		sent = begin + int64(len(data)+overhead)*8*int64(time.Second)/int64(p.way.Rate)
		p.free = sent
	}
	if len(p.waiting) >= maxQueued {
		p.dropped++
		return
	}
	due := sent + int64(p.way.Delay) + jitter
	if !p.reorder {
		due = max(due, p.lastDue)
		p.lastDue = due
	}
	p.seq++
	heap.Push(&p.waiting, packet{due: due, seq: p.seq, data: append(p.buffer(), data...), addr: addr})
}

// next is when a packet arrives; ok is false when there is none.
func (p *pipe) next() (due int64, ok bool) {
	if len(p.waiting) == 0 {
		return 0, false
	}
	return p.waiting[0].due, true
}

// pop takes the packet that has arrived, if one has. Its data is to be given back with reuse.
func (p *pipe) pop(now int64) (packet, bool) {
	if len(p.waiting) == 0 || p.waiting[0].due > now {
		return packet{}, false
	}
	return heap.Pop(&p.waiting).(packet), true
}

// maxSpare bounds the buffers kept for reuse.
const maxSpare = 64

func (p *pipe) buffer() []byte {
	if n := len(p.spare); n > 0 {
		b := p.spare[n-1]
		p.spare = p.spare[:n-1]
		return b[:0]
	}
	return make([]byte, 0, 1500)
}

// reuse gives a packet's buffer back.
func (p *pipe) reuse(b []byte) {
	if len(p.spare) < maxSpare {
		p.spare = append(p.spare, b)
	}
}

// packets are a heap by arrival, and by order of sending where that is equal.
type packets []packet

func (h packets) Len() int      { return len(h) }
func (h packets) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h packets) Less(i, j int) bool {
	return h[i].due < h[j].due || h[i].due == h[j].due && h[i].seq < h[j].seq
}

// Push and Pop implement heap.Interface.
func (h *packets) Push(x any) { *h = append(*h, x.(packet)) }
func (h *packets) Pop() any {
	old := *h
	x := old[len(old)-1]
	old[len(old)-1] = packet{}
	*h = old[:len(old)-1]
	return x
}
