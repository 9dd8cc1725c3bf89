package sfu

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"tablee/sfu/allocate"
	"tablee/sfu/layer"
)

// Who is sent which layer of what: package allocate shares each receiver's line, and the host's line among all who are
// outside, over all rooms at once. It is asked whenever routing has changed, and some times a second while lines change.
//
//  1. Every receiver's slots are gathered, in the order of importance in which their pictures are wanted.
//  2. Share makes a choice for each.
//  3. Each slot follows its choice, and each sender is told which of its layers anybody is sent.

// sharePeriod is how soon after a change of a line the shares are looked at.
const sharePeriod = int64(50 * time.Millisecond)

// plan is what goes into an allocation, flat, and kept for the next one.
type plan struct {
	rooms     []*room
	receivers []allocate.Receiver
	peers     []*Peer // of the receivers
	ends      []int   // of each receiver's sources
	sources   []allocate.Source
	slots     []*slot // of the sources
	layers    []layers
	outside   int // bit/s of the voices of all receivers outside, their copies included
}

// layers are a source's, as package layer sees them.
type layers struct {
	all [maxLayers]layer.Layer
	n   int
}

func (x *plan) reset() {
	clear(x.rooms)
	clear(x.peers)
	clear(x.slots)
	x.rooms, x.receivers, x.peers, x.ends = x.rooms[:0], x.receivers[:0], x.peers[:0], x.ends[:0]
	x.sources, x.slots, x.layers, x.outside = x.sources[:0], x.slots[:0], x.layers[:0], 0
}

// shareSoon asks for another look at the shares.
func (e *Engine) shareSoon() { e.agenda.arm(&e.sharing, e.now()+sharePeriod) }

// share decides what everybody is sent.
func (e *Engine) share(w *worker) {
	x := &w.plan
	x.reset()
	x.rooms = e.appendRooms(x.rooms)
	slices.SortFunc(x.rooms, func(a, b *room) int { return strings.Compare(a.name, b.name) })
	for _, r := range x.rooms {
		r.mu.Lock()
		r.gatherLocked(w, x)
		r.mu.Unlock()
	}
	for i := range x.sources { // now that no slice grows any more
		x.sources[i].Layers = x.layers[i].all[:x.layers[i].n]
	}
	at, most := 0, 0
	for i := range x.receivers {
		x.receivers[i].Sources = x.sources[at:x.ends[i]]
		at = x.ends[i]
	}
	e.allocator.Share(w.now, int(e.uplink.limit.Load()), x.receivers)
	for _, r := range x.rooms {
		r.mu.Lock()
		r.applyLocked(w, x)
		r.mu.Unlock()
	}
	for i := range x.receivers {
		most = max(most, x.receivers[i].Plan.Videos)
	}
	e.mostShown = most
}

// gatherLocked adds the room's receivers and what they want to be shown. The order is always the same, so that what is left
// over for some is for the same ones each time. r.mu is held.
func (r *room) gatherLocked(w *worker, x *plan) {
	first := len(x.peers)
	for _, p := range r.peers {
		if p.ready {
			x.peers = append(x.peers, p)
		}
	}
	slices.SortFunc(x.peers[first:], func(a, b *Peer) int { return cmp.Compare(a.order, b.order) })
	for _, p := range x.peers[first:] {
		profile := p.profileLocked()
		rate, near := p.capacity(w.now)
		w.slots = w.slots[:0]
		voices := 0
		for _, s := range p.slots {
			switch {
			case !s.video:
				voices++
			case s.shows != nil:
				w.slots = append(w.slots, s)
			}
		}
		slices.SortFunc(w.slots, func(a, b *slot) int { return a.rank - b.rank })
		for _, s := range w.slots {
			var l layers
			l.n = len(s.shows.layers(w.now, l.all[:0]))
			class := s.classLocked()
			x.layers, x.slots = append(x.layers, l), append(x.slots, s)
			src := allocate.Source{Temporals: s.shows.temporals(), Want: wanted(profile, class, s.height), Class: class, Choice: s.choice}
			if src.Want <= 0 && s.height > 0 {
				src.Want, src.Barred = s.height, true
			}
			x.sources = append(x.sources, src)
		}
		heard := min(voices, profile.Voices, max(len(r.peers)-1, 0), p.keptVoices(rate))
		p.protectLocked(profile, rate, heard, w.engine.roomForCopies(x, profile, heard, near))
		x.receivers = append(x.receivers, allocate.Receiver{Estimate: rate, LAN: near, Voices: heard,
			VoiceRate: profile.VoiceRate() + profile.CopiesRate(p.copies), MaxVideos: w.engine.load.Videos(), MaxFaces: faces(profile)})
		x.ends = append(x.ends, len(x.sources))
	}
	clear(w.slots)
}

// On a line of less than smallLine that is calm only fewVoices are kept out of the sum: a third at the same time is rare, and on
// such a line it would cost the only picture all the time.
const (
	smallLine = 600_000 // bit/s
	fewVoices = 2
	calmLoss  = 0.03
	calmQueue = int64(60 * time.Millisecond)
)

func (p *Peer) keptVoices(rate int) int {
	l := &p.line
	l.mu.Lock()
	defer l.mu.Unlock()
	if rate >= smallLine || l.est == nil {
		return math.MaxInt
	}
	if e := l.est.Estimate(); e.Loss > calmLoss || e.Queue > calmQueue {
		return math.MaxInt
	}
	return fewVoices
}

// wanted is the height at which a picture may be sent, and faces how many thumbnails: in the profile normal what is asked
// for, as far as lines carry it; in the others what those who chose them for a small line expect.
func wanted(p allocate.Profile, c allocate.Class, height int) int {
	if p.Name == allocate.Normal {
		return height
	}
	return p.Want(c, height)
}

func faces(p allocate.Profile) int {
	if p.Name == allocate.Normal {
		return -1
	}
	return p.Thumbnails
}

// classLocked is what the slot's picture is to its owner. room.mu is held.
func (s *slot) classLocked() allocate.Class {
	switch {
	case s.shows.kind == Screen:
		return allocate.Screen
	case s.big:
		return allocate.Speaker
	default:
		return allocate.Thumbnail
	}
}

// applyLocked makes the room's slots follow their choices. r.mu is held.
func (r *room) applyLocked(w *worker, x *plan) {
	for _, src := range r.sources {
		src.need = 0
	}
	at := 0
	for i, p := range x.peers {
		from := at
		at = x.ends[i]
		if p.room != r {
			continue
		}
		p.plan = x.receivers[i].Plan
		p.demand(&p.plan)
		for j := from; j < at; j++ {
			if s := x.slots[j]; s.shows != nil {
				s.choice = x.sources[j].Choice
				s.shows.need |= needed(&s.choice, x.sources[j].Layers)
				s.followLocked(w)
			}
		}
	}
	for _, p := range r.peers {
		r.tellSendsLocked(p)
	}
}

// needed are the layers that a choice needs of the sender. Where none flows, all up to the one that is wished for are: a
// sender whose camera is small never starts the high ones.
func needed(c *allocate.Choice, all []layer.Layer) (need layer.Set) {
	if c.Layer != allocate.Paused {
		need |= 1 << c.Layer
	}
	if c.Wish != allocate.Paused {
		need |= 1 << c.Wish
		if !slices.ContainsFunc(all, func(l layer.Layer) bool { return l.Live }) {
			need |= 1<<(c.Wish+1) - 1
		}
	}
	return need
}

// followLocked makes the slot show what was chosen. Where the layer that is wished for does not flow yet, the slot follows
// it already while it shows another: the layer begins with a key frame, and waiting for a second one would cost a round
// trip. A layer that costs more than the line has is not sent while the smaller one is waited for. room.mu is held.
func (s *slot) followLocked(w *worker) {
	c := &s.choice
	if c.Layer == allocate.Paused && c.Wish == allocate.Paused {
		s.pauseLocked()
		return
	}
	s.paused = false
	streams := s.shows.streams
	show, next := s.layers()
	target := c.Layer
	if target == allocate.Paused || streams[target] == show && c.Wish != allocate.Paused {
		target = c.Wish
	}
	s.limitTemporal(uint8(c.Temporal))
	current := slices.Index(streams, show)
	if current > c.Wish && current > target && c.Limit == allocate.YourLine {
		s.drop()
		show = nil
	}
	switch to := streams[target]; {
	case to == show && next != nil:
		s.want(show) // it changed its mind
	case to != show && to != next:
		to.subscribe(w, s)
	}
}

// pauseLocked stops the slot's picture, and says so. room.mu is held.
func (s *slot) pauseLocked() {
	if show, next := s.layers(); show == nil && next == nil && s.paused {
		return
	}
	if !s.paused {
		s.paused = true
		s.owner.note(SlotNotice{Mid: s.mid})
	}
	s.empty()
}
