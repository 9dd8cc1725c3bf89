package sfu

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtcp"
)

// Peer is one participant.
type Peer struct {
	room *room
	id   string
	num  uint32

	answering sync.Mutex // one offer at a time; guards conn
	conn      atomic.Pointer[connection]
	closed    atomic.Bool

	in     inbound
	rtx    bucket // used where RTCP comes in
	rtt    atomic.Int64
	bySSRC atomic.Pointer[map[uint32]*slot] // copied when a slot opens

	// Guarded by room.mu.
	ready  bool    // connected: slots may be filled
	slots  []*slot // in the order in which they opened
	replay int     // packets of the past that may be sent until the next tick
	wants  []Want
	sends  sends // what was last told

	notes notes
}

// connection makes an interface fit for an atomic pointer.
type connection struct{ link }

func newPeer(r *room, id string, num uint32, notify func(Notice)) *Peer {
	p := &Peer{room: r, id: id, num: num, notes: notes{notify: notify}, replay: replayPackets, rtx: bucket{tokens: rtxBurst, at: r.engine.now()}}
	p.in.sources, p.in.sections = map[string]*source{}, map[string]*section{}
	p.in.bySSRC, p.in.declared = map[uint32]origin{}, map[uint32]origin{}
	p.in.twcc = twcc.NewRecorder(reportSSRC)
	return p
}

// Answer applies the participant's offer, its first or a further one, and returns the answer. Errors that are the
// offer's fault wrap ErrOffer. It takes some ten milliseconds.
func (p *Peer) Answer(o Offer) (string, error) {
	sections, err := parseOffer(o.SDP)
	if err != nil {
		return "", err
	}
	kinds, err := o.publishes(sections)
	if err != nil {
		return "", err
	}
	p.answering.Lock()
	defer p.answering.Unlock()
	c := p.conn.Load()
	if c == nil {
		t, err := p.room.engine.newLink(p)
		if err != nil {
			return "", err
		}
		c = &connection{t}
		p.conn.Store(c)
	}
	if p.closed.Load() { // Close came between
		_ = c.Close()
		return "", ErrClosed
	}
	p.publish(sections, kinds)
	answer, err := c.Answer(o.SDP, sections)
	if err != nil {
		return "", fmt.Errorf("answer the offer: %w", err)
	}
	p.room.stir()
	return answer, nil
}

// publish makes the sources of an offer known, before their first packet can come.
func (p *Peer) publish(sections []section, kinds map[string]Kind) {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	for i := range sections {
		s := &sections[i]
		kind, ok := kinds[s.mid]
		if !ok || p.in.sources[s.mid] != nil {
			continue
		}
		src := p.room.engine.newSource(p, kind, s)
		p.in.sources[s.mid], p.in.sections[s.mid] = src, s
		p.in.ext = s.ext.or(p.in.ext)
		if len(src.streams) == 1 && len(s.ssrcs) > 0 {
			p.in.declared[s.ssrcs[0]] = origin{stream: src.streams[0], pt: s.pt}
			for rtx, of := range s.rtxOf {
				if of == s.ssrcs[0] && s.ptRTX != 0 {
					p.in.declared[rtx] = origin{stream: src.streams[0], rtx: true, pt: s.ptRTX}
				}
			}
		}
		p.room.addSource(src)
	}
}

// or fills the ids that e lacks: bundled sections share them, but audio has no rid.
func (e extensions) or(o extensions) extensions {
	pick := func(a, b uint8) uint8 {
		if a != 0 {
			return a
		}
		return b
	}
	return extensions{pick(e.mid, o.mid), pick(e.rid, o.rid), pick(e.rrid, o.rrid), pick(e.level, o.level), pick(e.twcc, o.twcc)}
}

// openSlot implements receiver.
func (p *Peer) openSlot(mid string, video bool, out outlet, n negotiated) {
	s := newSlot(p, mid, video, out, n)
	p.room.mu.Lock()
	p.slots = append(p.slots, s)
	next := map[uint32]*slot{n.ssrc: s}
	if old := p.bySSRC.Load(); old != nil {
		for k, v := range *old {
			next[k] = v
		}
	}
	p.bySSRC.Store(&next)
	p.room.mu.Unlock()
	p.room.stir()
}

// connected implements receiver.
func (p *Peer) connected() {
	p.room.mu.Lock()
	p.ready = true
	p.room.mu.Unlock()
	p.room.stir()
}

// lost implements receiver.
func (p *Peer) lost() {
	p.notes.add(func(n *Notice) { n.Lost = true })
	p.room.engine.poke()
}

// Demand says which pictures the participant shows, most important first; what is not named is not sent. Beyond
// MaxWants the rest is ignored.
func (p *Peer) Demand(wants []Want) {
	if len(wants) > MaxWants {
		wants = wants[:MaxWants]
	}
	p.room.mu.Lock()
	p.wants = append(p.wants[:0], wants...)
	p.room.mu.Unlock()
	p.room.stir()
}

// Close takes the participant out of the room. It waits until nothing of its connection runs any more.
func (p *Peer) Close() {
	if p.closed.Swap(true) {
		return
	}
	p.notes.stop()
	p.room.engine.leave(p)
	p.answering.Lock()
	defer p.answering.Unlock()
	if c := p.conn.Load(); c != nil {
		if err := c.Close(); err != nil {
			p.room.engine.log.Debug("a media connection did not close cleanly", "error", err)
		}
	}
}

// writeRTCP sends feedback to the participant.
func (p *Peer) writeRTCP(packets []rtcp.Packet) {
	if c := p.conn.Load(); c != nil && len(packets) > 0 && !p.closed.Load() {
		if err := c.WriteRTCP(packets); err != nil {
			p.room.engine.counters.writeErrors.Add(1)
		}
	}
}

// note queues news about a slot.
func (p *Peer) note(n SlotNotice) {
	p.notes.add(func(all *Notice) {
		for i := range all.Slots {
			if all.Slots[i].Mid == n.Mid {
				all.Slots[i] = n
				return
			}
		}
		all.Slots = append(all.Slots, n)
	})
	p.room.engine.poke()
}

// notes collects what is to be told to a participant until Engine.Run delivers it.
type notes struct {
	notify func(Notice)

	mu      sync.Mutex // guards the rest
	pending Notice
	any     bool
	stopped bool
}

func (n *notes) add(change func(*Notice)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	change(&n.pending)
	n.any = true
}

func (n *notes) stop() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.stopped = true
}

// deliver passes on what has collected. Only Engine.Run calls it.
func (n *notes) deliver() {
	n.mu.Lock()
	news, any := n.pending, n.any && !n.stopped
	n.pending, n.any = Notice{}, false
	n.mu.Unlock()
	if any {
		n.notify(news)
	}
}
