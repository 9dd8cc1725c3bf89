package main

import (
	"slices"

	"github.com/pion/webrtc/v4"

	"tablee/signaling"
)

// routeLocked gives every slot of the room its source, leaves those alone that have the right one, and tells the
// participants what changed. It is simple rather than fast: it runs only when people come, go, or look elsewhere.
func (r *room) routeLocked() {
	into := map[*source][]*slot{}
	for _, m := range r.members {
		changed := assign(m.slots, webrtc.RTPCodecTypeAudio, r.heardBy(m))
		changed = append(changed, assign(m.slots, webrtc.RTPCodecTypeVideo, r.seenBy(m))...)
		if len(changed) > 0 {
			m.say(signaling.Slots{T: "slots", Slots: changed})
		}
		for _, s := range m.slots {
			if from := s.shows(); from != nil {
				into[from] = append(into[from], s)
			}
		}
	}
	for _, m := range r.members {
		for _, s := range m.sources {
			slots := into[s]
			s.slots.Store(&slots)
		}
	}
}

// heardBy are all voices and sounds of the others, in the order in which they came.
func (r *room) heardBy(m *member) (sources []*source) {
	for _, other := range r.members {
		for _, kind := range []string{signaling.KindMic, signaling.KindSound} {
			if s := other.sources[kind]; other != m && s != nil {
				sources = append(sources, s)
			}
		}
	}
	slices.SortStableFunc(sources, func(a, b *source) int { return int(a.num) - int(b.num) })
	return sources
}

// seenBy are the pictures that a participant shows.
func (r *room) seenBy(m *member) (sources []*source) {
	for _, v := range m.videos {
		other := r.members[v.ID]
		if other == nil || other == m {
			continue
		}
		if s := other.sources[v.Kind]; s != nil {
			sources = append(sources, s)
		}
	}
	return sources
}

// assign puts sources into the slots of a kind, and returns what changed.
func assign(slots []*slot, kind webrtc.RTPCodecType, sources []*source) (changed []signaling.Slot) {
	var free []*slot
	have := map[*source]bool{}
	for _, s := range slots {
		if s.track.Kind() != kind {
			continue
		}
		if from := s.shows(); from != nil && slices.Contains(sources, from) {
			have[from] = true
		} else {
			free = append(free, s)
		}
	}
	for _, from := range sources {
		if !have[from] && len(free) > 0 {
			free[0].show(from)
			changed = append(changed, signaling.Slot{Mid: free[0].mid, ID: from.id, Kind: from.kind, Layer: from.track.RID()})
			free = free[1:]
		}
	}
	for _, s := range free {
		if s.shows() != nil {
			s.show(nil)
			changed = append(changed, signaling.Slot{Mid: s.mid})
		}
	}
	return changed
}
