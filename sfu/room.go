package sfu

import (
	"sync"
	"sync/atomic"
	"time"

	"tablee/sfu/allocate"
)

// room is the participants who see and hear each other.
type room struct {
	engine *Engine
	name   string
	speech speech
	stale  atomic.Bool // somebody came, went or changed: route anew

	listening, reminding, rating timer

	profile atomic.Pointer[allocate.Profile] // what it may cost
	mu      sync.Mutex                       // guards the rest
	peers   map[string]*Peer
	sources map[sourceKey]*source
}

// sourceKey is how participants name a source.
type sourceKey struct {
	id   string
	kind Kind
}

func newRoom(e *Engine, name string) *room {
	r := &room{engine: e, name: name, peers: map[string]*Peer{}, sources: map[sourceKey]*source{}}
	r.speech.init(e.cfg.Voices)
	r.profile.Store(e.profileLocked(name))
	r.listening.init(r.listen)
	r.reminding.init(r.remind)
	r.rating.init(r.rateLines)
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
	now := r.engine.now()
	r.engine.agenda.arm(&r.listening, now)
	r.engine.agenda.arm(&r.reminding, now)
	r.engine.agenda.arm(&r.rating, now+qualityPeriod)
	if r.speech.leader != "" || len(r.speech.talking) > 0 {
		n := SpeakerNotice{ID: r.speech.leader, Talking: r.speech.talking}
		p.tell(func(all *Notice) { all.Speaker = &n })
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
	r.stir()
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

// peer is the participant with that id, nil when there is none.
func (r *room) peer(id string) *Peer {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.peers[id]
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

// connected is how many of the participants packets reach.
func (r *room) connected() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.peers {
		if p.ready {
			n++
		}
	}
	return n
}

// stir asks for the room to be routed anew, soon.
func (r *room) stir() {
	if !r.stale.Swap(true) {
		r.engine.agenda.stir(r)
	}
}

// route fits all slots to what is wanted and who speaks.
func (r *room) route(w *worker) {
	r.stale.Store(false)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.routeVoicesLocked(w)
	r.routeVideoLocked()
	w.reshare = true
}

// Periods of what is done for a room as long as somebody is there.
const (
	speakerPeriod = int64(300 * time.Millisecond)
	remindPeriod  = int64(time.Second)
)

// listen decides who is heard, and who leads.
func (r *room) listen(w *worker) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.peers) == 0 {
		return
	}
	r.routeVoicesLocked(w)
	r.announceLocked(w.now)
	r.engine.agenda.arm(&r.listening, align(w.now+speakerPeriod, feedbackPeriod))
}

// rateLines tells everybody how the lines fare.
func (r *room) rateLines(w *worker) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.peers) > 0 {
		r.rateLinesLocked(w)
		r.engine.agenda.arm(&r.rating, align(w.now+qualityPeriod, feedbackPeriod))
	}
}

// remind renews the wishes of slots that still wait for a key frame, as the request or the frame may be lost, and looks at
// which layers are still there.
func (r *room) remind(w *worker) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.peers) == 0 {
		return
	}
	for _, p := range r.peers {
		for _, s := range p.slots {
			if _, next := s.layers(); next != nil && s.video {
				next.wishKey()
			}
		}
	}
	r.routeVideoLocked()
	w.reshare = true
	r.engine.agenda.arm(&r.reminding, align(w.now+remindPeriod, feedbackPeriod))
}
