package sfu

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
)

// room is the participants who see and hear each other.
type room struct {
	engine *Engine
	name   string
	speech speech
	stale  atomic.Bool // somebody came, went or changed: route anew

	mu         sync.Mutex // guards the rest
	peers      map[string]*Peer
	sources    map[sourceKey]*source
	feedbackAt int64
	speakerAt  int64
	reportAt   int64
}

// sourceKey is how participants name a source.
type sourceKey struct {
	id   string
	kind Kind
}

func newRoom(e *Engine, name string) *room {
	r := &room{engine: e, name: name, peers: map[string]*Peer{}, sources: map[sourceKey]*source{}}
	r.speech.init(e.cfg.Voices)
	return r
}

// add seats a participant. One with the same id is replaced; its owner closes it.
func (r *room) add(p *Peer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if old := r.peers[p.id]; old != nil {
		r.dropLocked(old)
	}
	r.peers[p.id] = p
	if r.speech.leader != "" || len(r.speech.talking) > 0 {
		n := SpeakerNotice{ID: r.speech.leader, Talking: r.speech.talking}
		p.notes.add(func(all *Notice) { all.Speaker = &n })
	}
}

// remove takes a participant out, and says whether the room is empty now.
func (r *room) remove(p *Peer) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.peers[p.id] == p {
		delete(r.peers, p.id)
		r.dropLocked(p)
	}
	r.stale.Store(true)
	return len(r.peers) == 0
}

// dropLocked takes a participant's sources away from those who watch them.
func (r *room) dropLocked(gone *Peer) {
	for key, src := range r.sources {
		if src.owner != gone {
			continue
		}
		delete(r.sources, key)
		r.speech.remove(src)
		for _, p := range r.peers {
			for _, s := range p.slots {
				if s.shows == src {
					s.releaseLocked()
				}
			}
		}
	}
}

// addSource makes a source known. r.mu is held.
func (r *room) addSource(src *source) {
	r.sources[sourceKey{src.owner.id, src.kind}] = src
	if !src.kind.video() {
		r.speech.add(src)
	}
}

func (r *room) all() []*Peer {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]*Peer, 0, len(r.peers))
	for _, p := range r.peers {
		out = append(out, p)
	}
	return out
}

// stir asks for the room to be routed anew, soon.
func (r *room) stir() {
	r.stale.Store(true)
	r.engine.poke()
}

// outgoing is feedback to be sent once no lock is held.
type outgoing struct {
	to      *Peer
	packets []rtcp.Packet
}

// refresh does at once what cannot wait for the next tick: new voices, new pictures, key frames.
func (r *room) refresh(now int64) {
	if r.stale.Swap(false) {
		r.mu.Lock()
		r.routeVoicesLocked(now)
		r.routeVideoLocked(now)
		r.mu.Unlock()
	}
	for _, p := range r.all() {
		p.writeRTCP(p.keyRequests(now, nil))
	}
}

// tick does what is periodic; it is called every 20 ms.
func (r *room) tick(now int64) {
	r.mu.Lock()
	due := func(at *int64, period time.Duration) bool {
		if now-*at < int64(period) {
			return false
		}
		*at = now
		return true
	}
	feedback, speaker, report := due(&r.feedbackAt, feedbackPeriod), due(&r.speakerAt, speakerPeriod), due(&r.reportAt, reportPeriod)
	if speaker {
		r.routeVoicesLocked(now)
		r.announceLocked(now)
	}
	if report {
		r.remindLocked()
		r.routeVideoLocked(now)
	}
	for _, p := range r.peers {
		p.replay = replayPackets
	}
	var out []outgoing
	for _, p := range r.peers {
		p.replayDue()
		for _, s := range p.slots {
			if !s.video {
				s.hushOne(now)
			}
		}
		packets := p.retransmissions(now, nil)
		packets = p.keyRequests(now, packets)
		if feedback {
			packets = p.arrivals(packets)
		}
		if report {
			packets = p.reports(now, p.slots, packets)
		}
		if len(packets) > 0 {
			out = append(out, outgoing{p, packets})
		}
	}
	r.mu.Unlock()
	for _, o := range out {
		o.to.writeRTCP(o.packets)
	}
}

// remindLocked renews the wishes of slots that still wait for a key frame: the request or the frame may be lost.
func (r *room) remindLocked() {
	for _, p := range r.peers {
		for _, s := range p.slots {
			if _, next := s.layers(); next != nil && s.video {
				next.wishKey()
			}
		}
	}
}

// deliver passes on the news of all participants. Only Engine.Run calls it.
func (r *room) deliver() {
	for _, p := range r.all() {
		p.notes.deliver()
	}
}
