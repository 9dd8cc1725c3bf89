package sfu

import (
	"slices"

	"tablee/sfu/allocate"
	"tablee/sfu/layer"
)

// How pictures find slots: each participant says what it shows and how high. A picture that is shown already keeps its
// slot; the others take free ones, most important first. Which layer of them is sent is decided in share.go; the layers
// that nobody is sent are reported to the sender, who pauses them.

// sends is what a participant is told to send: a bit for each layer.
type sends struct{ camera, screen layer.Set }

// told is set in a layer.Set that was told.
const told = layer.Set(1) << maxLayers

// routeVideoLocked gives every participant's slots to what it wants. r.mu is held.
func (r *room) routeVideoLocked() {
	for _, p := range r.peers {
		if p.ready {
			r.assignLocked(p)
		}
	}
}

// wish is a picture that a participant wants and can have.
type wish struct {
	src  *source
	want *Want
	rank int
}

// assignLocked gives the participant's video slots to the sources that it wants. r.mu is held.
func (r *room) assignLocked(p *Peer) {
	var wishes []wish
	for i := range p.wants {
		w := &p.wants[i]
		src := r.sources[sourceKey{w.ID, w.Kind}]
		if src == nil || !w.Kind.video() || src.owner == p || slices.ContainsFunc(wishes, func(o wish) bool { return o.src == src }) {
			continue
		}
		wishes = append(wishes, wish{src, w, i})
	}
	if n := p.videoSlotsLocked(); len(wishes) > n {
		wishes = wishes[:n]
	}
	var free []*slot
	for _, s := range p.slots {
		if !s.video {
			continue
		}
		i := slices.IndexFunc(wishes, func(w wish) bool { return w.src == s.shows })
		if i < 0 {
			if s.shows != nil {
				s.releaseLocked()
			}
			free = append(free, s)
			continue
		}
		s.giveLocked(wishes[i])
		wishes = slices.Delete(wishes, i, i+1)
	}
	for i, w := range wishes { // as many are free as are left
		free[i].choice = allocate.Choice{}
		free[i].giveLocked(w)
	}
}

// giveLocked makes the slot show what is wished for. room.mu is held.
func (s *slot) giveLocked(w wish) {
	s.shows, s.height, s.big, s.rank = w.src, w.want.Height, w.want.Big, w.rank
}

func (p *Peer) videoSlotsLocked() int {
	n := 0
	for _, s := range p.slots {
		if s.video {
			n++
		}
	}
	return n
}

// releaseLocked takes the source off a slot and says so. r.mu is held.
func (s *slot) releaseLocked() {
	s.shows, s.paused = nil, false
	s.empty()
	s.owner.note(SlotNotice{Mid: s.mid})
}

// tellSendsLocked tells a participant which of its layers are watched, when that has changed. r.mu is held.
func (r *room) tellSendsLocked(p *Peer) {
	next := sends{}
	camera, screen := r.sources[sourceKey{p.id, Camera}], r.sources[sourceKey{p.id, Screen}]
	if camera != nil && camera.owner == p {
		next.camera = camera.need | told
	}
	if screen != nil && screen.owner == p {
		next.screen = screen.need | told
	}
	if next == p.sends {
		return
	}
	p.sends = next
	news := &SendNotice{Camera: camera.rids(next.camera), Screen: screen.rids(next.screen)}
	p.tell(func(n *Notice) { n.Send = news })
}

// rids names the layers of a set; nil when nothing was told.
func (src *source) rids(set layer.Set) []string {
	if !set.Has(maxLayers) {
		return nil
	}
	rids := []string{}
	for i, st := range src.streams {
		if set.Has(i) {
			rids = append(rids, st.rid)
		}
	}
	return rids
}
