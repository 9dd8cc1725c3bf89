package sfu

import (
	"slices"

	"tablee/sfu/layer"
)

// How pictures find slots: each participant says what it shows and how high. A picture that is shown already keeps its
// slot; the others take free ones, most important first. The lowest layer that is high enough is sent, and the layers
// that nobody is sent are reported to the sender, who pauses them.

// sends is what a participant is told to send: a bit for each layer.
type sends struct{ camera, screen layer.Set }

// routeVideoLocked fits every participant's slots to what it wants. r.mu is held.
func (r *room) routeVideoLocked(w *worker) {
	heights := map[*source][]int{} // at which each source is wanted
	for _, p := range r.peers {
		if !p.ready {
			continue
		}
		r.assignLocked(p)
		for _, s := range p.slots {
			if s.video && s.shows != nil {
				heights[s.shows] = append(heights[s.shows], s.layerLocked(w))
			}
		}
	}
	for _, p := range r.peers {
		r.tellSendsLocked(p, heights, w.now)
	}
}

// assignLocked gives the participant's video slots to the sources that it wants. r.mu is held.
func (r *room) assignLocked(p *Peer) {
	type wish struct {
		src    *source
		height int
	}
	var wishes []wish
	for _, w := range p.wants {
		src := r.sources[sourceKey{w.ID, w.Kind}]
		if src == nil || !w.Kind.video() || src.owner == p || slices.ContainsFunc(wishes, func(o wish) bool { return o.src == src }) {
			continue
		}
		wishes = append(wishes, wish{src, w.Height})
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
		s.height = wishes[i].height
		wishes = slices.Delete(wishes, i, i+1)
	}
	for i, w := range wishes { // as many are free as are left
		free[i].shows, free[i].height = w.src, w.height
	}
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
	s.shows = nil
	s.empty()
	s.owner.note(SlotNotice{Mid: s.mid})
}

// layerLocked chooses the layer of the source that the slot shows, goes over to it if need be, and returns the height
// at which the source is wanted, for Needed. Where the right layer is paused, the slot follows it already, while it
// shows another: the layer begins with a key frame, and waiting for a second one would cost a round trip. r.mu is held.
func (s *slot) layerLocked(w *worker) int {
	var buf [maxLayers]layer.Layer
	layers := s.shows.layers(w.now, buf[:0])
	shown, next := s.layers()
	current := slices.Index(s.shows.streams, shown)
	wanted := layer.Steady(layers, current, s.height)
	best, ok := layer.Keep(layers, current, s.height)
	if target := layer.Target(layers, wanted); !layers[target].Live && (!ok || best == current) {
		best, ok = target, true
	}
	switch {
	case !ok:
	case best == current && next != nil:
		s.want(shown) // it changed its mind
	case best != current && next != s.shows.streams[best]:
		s.shows.streams[best].subscribe(w, s)
	}
	return wanted
}

// tellSendsLocked tells a participant which of its layers are watched, when that has changed. r.mu is held.
func (r *room) tellSendsLocked(p *Peer, heights map[*source][]int, now int64) {
	var told SendNotice
	next := sends{}
	for _, kind := range []Kind{Camera, Screen} {
		src := r.sources[sourceKey{p.id, kind}]
		if src == nil || src.owner != p {
			continue
		}
		var buf [maxLayers]layer.Layer
		need := layer.Needed(src.layers(now, buf[:0]), heights[src])
		rids := []string{}
		for i, st := range src.streams {
			if need.Has(i) {
				rids = append(rids, st.rid)
			}
		}
		if kind == Camera {
			next.camera, told.Camera = need|1<<maxLayers, rids // the high bit: this was told
		} else {
			next.screen, told.Screen = need|1<<maxLayers, rids
		}
	}
	if next != p.sends {
		p.sends = next
		p.tell(func(n *Notice) { n.Send = &told })
	}
}
