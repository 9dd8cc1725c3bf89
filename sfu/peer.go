package sfu

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"tablee/sfu/allocate"
	"tablee/sfu/negotiate"
)

// Peer is one participant.
type Peer struct {
	room *room
	id   string
	num  uint32

	order uint32 // in which they came

	answering sync.Mutex // one offer at a time; guards conn
	conn      atomic.Pointer[connection]
	closed    atomic.Bool
	shut      atomic.Uint32 // kinds of what it sends that are dropped, by Kind.bit

	in        inbound
	rtt       atomic.Int64
	line      line // what is sent to it
	timers    peerTimers
	far       atomic.Bool                      // what is sent to it goes over the host\'s line
	heardLoss atomic.Uint32                    // of its voice, on the worst line that hears it without copies, of 256
	redundant atomic.Bool                      // its voice was last asked for with redundancy
	numbered  atomic.Bool                      // what is sent to it is numbered (transport-wide)
	bySSRC    atomic.Pointer[map[uint32]*slot] // copied when a slot opens

	// Guarded by room.mu.
	ready      bool    // connected: slots may be filled
	slots      []*slot // in the order in which they opened
	replayLeft int     // bytes of the past that may be sent until replayPeriod after replayAt
	replayAt   int64
	wants      []Want
	sends      sends         // what was last told
	quality    Quality       // what it chose
	judged     quality       // how good its line is
	plan       allocate.Plan // what it is sent in total
	copies     int           // of each frame that it hears (redundant.go)
	speaks     spoken        // how its own voice comes in

	notes notes
}

// connection makes an interface fit for an atomic pointer.
type connection struct{ link }

func newPeer(r *room, id string, num uint32, notify func(Notice)) *Peer {
	p := &Peer{room: r, id: id, num: num, order: r.engine.nextID.Add(1), notes: notes{notify: notify}, line: line{rtx: bucket{tokens: rtxBurst, at: r.engine.now()}}}
	p.in.sources = map[string]*source{}
	p.in.bySSRC, p.in.declared = map[uint32]origin{}, map[uint32]origin{}
	p.initTimers()
	return p
}

// Answer applies the participant's offer, its first or a further one, and returns the answer. Errors that are the
// offer's fault wrap ErrOffer. It takes some ten milliseconds.
func (p *Peer) Answer(o Offer) (string, error) {
	offer, err := negotiate.Parse(o.SDP)
	if err != nil {
		return "", err
	}
	kinds, err := o.publishes(offer.Sections)
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
	p.publish(offer.Sections, kinds)
	answer, err := c.Answer(o.SDP, offer)
	if err != nil {
		return "", fmt.Errorf("answer the offer: %w", err)
	}
	p.room.stir()
	return answer, nil
}

// publish makes the sources of an offer known, before their first packet can come.
func (p *Peer) publish(sections []negotiate.Section, kinds map[string]Kind) {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	for i := range sections {
		s := &sections[i]
		kind, ok := kinds[s.Mid]
		if !ok || p.in.sources[s.Mid] != nil {
			continue
		}
		src := p.room.engine.newSource(p, kind, s)
		p.in.sources[src.mid] = src
		p.in.ext = s.Ext.Or(p.in.ext)
		if len(src.streams) == 1 && len(s.SSRCs) > 0 {
			p.in.declared[s.SSRCs[0]] = origin{stream: src.streams[0], pt: s.PT}
			for rtx, of := range s.RTXOf {
				if of == s.SSRCs[0] && s.PTRTX != 0 {
					p.in.declared[rtx] = origin{stream: src.streams[0], rtx: true, pt: s.PTRTX}
				}
			}
		}
		p.room.addSource(src)
	}
}

// openSlot takes a section of the client's that receives from now on.
func (p *Peer) openSlot(s *slot) {
	if s.nums.twcc != 0 {
		p.numbered.Store(true)
	}
	p.room.mu.Lock()
	p.slots = append(p.slots, s)
	next := map[uint32]*slot{s.nums.ssrc: s}
	if old := p.bySSRC.Load(); old != nil {
		maps.Copy(next, *old)
	}
	p.bySSRC.Store(&next)
	p.room.mu.Unlock()
	p.room.stir()
}

// connected says that packets reach the participant from now on; what is sent before is lost.
func (p *Peer) connected() {
	p.room.mu.Lock()
	p.ready = true
	p.room.mu.Unlock()
	e := p.room.engine
	e.agenda.arm(&p.timers.report, align(e.now()+reportPeriod, feedbackPeriod))
	p.room.stir()
}

// coming says that the participant has an answer to its offer, or gets one, and is not connected yet.
func (p *Peer) coming() bool {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	return p.conn.Load() != nil && !p.ready
}

// lost says that the connection has failed for good, or was closed for abuse.
func (p *Peer) lost() {
	p.tell(func(n *Notice) { n.Lost = true })
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

// Prefer says what the participant chooses to be sent.
func (p *Peer) Prefer(q Quality) {
	p.room.mu.Lock()
	p.quality = q
	p.room.mu.Unlock()
	p.room.stir()
}

// profileLocked is what the participant may be sent: the meeting's profile, or a smaller one that it chose. room.mu is held.
func (p *Peer) profileLocked() allocate.Profile {
	name := ""
	switch p.quality {
	case Saver:
		name = allocate.Frugal
	case Voices:
		name = allocate.Voice
	}
	meeting := *p.room.profile.Load()
	if chosen, ok := allocate.ProfileNamed(name); ok && chosen.UplinkWanted < meeting.UplinkWanted {
		chosen.Voices, chosen.OpusRate, chosen.OpusFrame = meeting.Voices, meeting.OpusRate, meeting.OpusFrame // others' choice
		return chosen
	}
	return meeting
}

// Allow says what may be forwarded of what the participant sends, from now on: the rest is dropped as it comes. Screen is
// its sound, too. All is allowed at first. It may be called at any time and by anybody.
func (p *Peer) Allow(mic, camera, screen bool) {
	var shut uint32
	for _, k := range []struct {
		kind    Kind
		allowed bool
	}{{Mic, mic}, {Camera, camera}, {Screen, screen}, {Sound, screen}} {
		if !k.allowed {
			shut |= k.kind.bit()
		}
	}
	p.shut.Store(shut)
}

// Close takes the participant out of the room. It waits until nothing of its connection runs any more.
func (p *Peer) Close() {
	if p.closed.Swap(true) {
		return
	}
	p.notes.stop()
	p.room.engine.leave(p)
	p.cancelTimers()
	p.answering.Lock()
	defer p.answering.Unlock()
	if c := p.conn.Load(); c != nil {
		if err := c.Close(); err != nil {
			p.room.engine.log.Debug("a media connection did not close cleanly", "error", err)
		}
	}
	p.forgetAll()
}

// note queues news about a slot. Packets do it, so it takes no memory.
func (p *Peer) note(n SlotNotice) {
	if p.notes.addSlot(n) {
		p.room.engine.agenda.tell(p)
	}
}

// tell adds to what the participant is told next.
func (p *Peer) tell(change func(*Notice)) {
	if p.notes.add(change) {
		p.room.engine.agenda.tell(p)
	}
}

// notes collects what is to be told to a participant until Engine.Run delivers it.
type notes struct {
	notify func(Notice)

	mu      sync.Mutex // guards the rest
	pending Notice
	slots   []SlotNotice // pending, too; its memory stays
	any     bool
	stopped bool
}

// add says whether this is the first since the last delivery.
func (n *notes) add(change func(*Notice)) (first bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	change(&n.pending)
	return n.firstLocked()
}

// addSlot is add for news about a slot, which takes the place of older news about it.
func (n *notes) addSlot(news SlotNotice) (first bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if i := slices.IndexFunc(n.slots, func(o SlotNotice) bool { return o.Mid == news.Mid }); i >= 0 {
		n.slots[i] = news
	} else {
		n.slots = append(n.slots, news)
	}
	return n.firstLocked()
}

// firstLocked says whether nothing else was pending. n.mu is held.
func (n *notes) firstLocked() bool {
	first := !n.any
	n.any = true
	return first
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
	news.Slots = append(news.Slots, n.slots...) // the receiver keeps it
	clear(n.slots)
	n.slots, n.pending, n.any = n.slots[:0], Notice{}, false
	n.mu.Unlock()
	if any {
		n.notify(news)
	}
}
