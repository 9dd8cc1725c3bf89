package sfu

import (
	"errors"
	"net"
	"sync/atomic"

	"tablee/sfu/direct"
	"tablee/sfu/estimate"
	"tablee/sfu/history"
	"tablee/sfu/packet"
	"tablee/sfu/rtcp"
	"tablee/sfu/twcc"
)

// The way of a packet through the server, from socket to socket (docs/packet.md tells it at more length):
//  1. A reader goroutine receives all datagrams that are there, up to 64, into its own buffers (direct/inbox.go).
//  2. Each is decrypted in place and given to the participant from whom it came: RTCP is acted on (feedback.go), RTP passes
//     the checks and goes into the stream's history (ingress.go). What is to be forwarded is noted in the worker, as a view
//     into the buffer, in a run: packets of one stream for one audience.
//  3. When all have been looked at, each run goes to each slot of its audience (fanOut below): slot after slot, so that all
//     packets for one receiver lie side by side. The slot gives them their numbers (slot.go) in the room that the Outbox
//     has, where they are encrypted in place (direct/stream.go).
//  4. The Outbox is flushed, and the buffers of 1. are free again.
//
// So no packet is ever queued, or handed from one goroutine to another. With several sockets (one a core) the kernel sees to
// it that what comes from one address is always read by the same goroutine, and stays in order.

// worker is what one goroutine that handles packets works with. Nobody else touches it.
type worker struct {
	engine *Engine
	now    int64          // when the packets at hand came, or when the tick began; monotonic nanoseconds
	out    *direct.Outbox // nil on stock Pion
	taken  []taken
	runs   []run
	one    taken  // a packet of the past
	built  []byte // room for packets on stock Pion

	sent    [sentKinds]uint64 // packets since the last flush; the engine's counters are every core's
	outside uint64            // bytes of them to those who are outside

	// Scratch of reports.go and feedback.go.
	seqs    []uint16
	pairs   []history.NackPair
	blocks  []rtcp.Block
	slots   []*slot
	acks    []twcc.Ack
	pauses  []PausedNotice
	packets []estimate.Packet
	paced   paced
	plan    plan

	// Scratch of Engine.workOnce.
	reshare bool // who is sent what is to be decided anew
	rooms   []*room
	news    []*Peer
}

// taken is a packet that has passed all checks.
type taken struct {
	pkt  packet.RTP
	vp8  packet.VP8 // of video
	at   int64      // when it came
	next int        // the next packet of the same run; -1 for none
}

// run is packets of one stream that go to one audience, in order.
type run struct {
	to          *audience
	first, last int // in worker.taken
}

// audience is who a stream's packets go to. It does not change: the stream gets a new one when somebody comes or goes, and
// packets that were taken before still go to the old one, so that each slot gets each packet once.
type audience struct {
	stream *stream
	epoch  uint32 // of the stream: rises when its source starts anew
	num    uint32 // of whose stream it is
	slots  []*slot
}

// maxTaken is how many packets a worker notes before it fans out: what one system call receives.
const maxTaken = 64

// maxAcks is for how many packets' feedback there is room from the start: what a full datagram can tell of.
const maxAcks = 1024

func newWorker(e *Engine, out *direct.Outbox) *worker {
	w := &worker{engine: e, out: out, taken: make([]taken, 0, maxTaken), runs: make([]run, 0, maxTaken),
		seqs: make([]uint16, 0, history.MaxPending), pairs: make([]history.NackPair, 0, history.MaxPending), blocks: make([]rtcp.Block, 0, maxBlocks)}
	if out != nil { // stock Pion has two workers for each participant
		w.acks, w.packets = make([]twcc.Ack, 0, maxAcks), make([]estimate.Packet, 0, maxAcks)
	}
	return w
}

// building is room on stock Pion.
func (w *worker) building(n int) []byte {
	if cap(w.built) < n {
		w.built = make([]byte, 0, max(n, 2048))
	}
	return w.built[:0]
}

// read handles what comes on one socket, until it is closed.
func (w *worker) read(in *direct.Inbox) error {
	for {
		n, err := in.Receive()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		w.now = w.engine.now()
		for i := range n {
			kind, link, b := in.Packet(i)
			if kind == direct.None {
				continue
			}
			p := link.Owner.(*Peer)
			switch kind {
			case direct.RTP:
				p.receiveRTP(w, b)
			case direct.RTCP:
				p.receiveRTCP(w, b)
			case direct.Stray:
				p.stray()
			}
		}
		w.finish()
	}
}

// sentAs is what a packet that is sent counts as.
type sentAs uint8

const (
	asForwarded sentAs = iota
	asRetransmitted
	asProbe
	sentKinds
)

// count adds what was sent to the engine's counters: once for all packets at hand, as an atomic addition costs as much as
// finding a packet's numbers.
func (w *worker) count() {
	c := &w.engine.counters
	for as, total := range [sentKinds]*atomic.Uint64{asForwarded: &c.forwarded, asRetransmitted: &c.retransmitted, asProbe: &c.probes} {
		if w.sent[as] != 0 {
			total.Add(w.sent[as])
		}
	}
	if w.outside != 0 {
		c.outside.Add(w.outside)
	}
	w.sent, w.outside = [sentKinds]uint64{}, 0
}

// finish sends what the packets at hand have led to.
func (w *worker) finish() {
	w.fanOut()
	w.count()
	if w.out != nil {
		w.out.Flush()
	}
}

// take notes a packet for its audience. v is nil for sound.
func (w *worker) take(to *audience, pkt *packet.RTP, v *packet.VP8) {
	if len(w.taken) == maxTaken {
		w.fanOut()
	}
	i := len(w.taken)
	w.taken = append(w.taken, taken{pkt: *pkt, at: w.now, next: -1})
	if v != nil {
		w.taken[i].vp8 = *v
	}
	for j := len(w.runs) - 1; j >= 0; j-- {
		if r := &w.runs[j]; r.to == to {
			w.taken[r.last].next, r.last = i, i
			return
		}
	}
	w.runs = append(w.runs, run{to: to, first: i, last: i})
}

// fanOut gives every run to every slot of its audience.
func (w *worker) fanOut() {
	for i := range w.runs {
		r := &w.runs[i]
		gone := false
		for _, s := range r.to.slots {
			if !s.forwardRun(w, r) {
				gone = true
			}
		}
		if gone {
			r.to.stream.prune()
		}
	}
	clear(w.runs)
	w.runs, w.taken = w.runs[:0], w.taken[:0]
}
