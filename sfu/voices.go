package sfu

import (
	"slices"
	"sync"

	"tablee/sfu/speaker"
)

// How voices find slots: the room's loudest few are main voices, one more is the spare. Everybody hears the main voices,
// and a main voice, who does not hear itself, hears the spare instead. A voice keeps its slot while it speaks; silence
// is not forwarded.

// speech is the room's ear. Levels come in where packets do.
type speech struct {
	mu       sync.Mutex // guards the rest
	voices   *speaker.Voices
	dominant *speaker.Dominant
	sources  map[uint32]*source

	// As announced last; guarded by room.mu.
	leader  string
	talking []string
}

func (h *speech) init(n int) {
	h.voices, h.dominant, h.sources = speaker.NewVoices(n), speaker.NewDominant(), map[uint32]*source{}
}

func (h *speech) add(src *source) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sources[src.id] = src
	h.voices.Add(src.id)
	if src.kind == Mic { // the sound of a screen is heard, but does not lead a meeting
		h.dominant.Add(src.id)
	}
}

func (h *speech) remove(src *source) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.sources, src.id)
	h.voices.Remove(src.id)
	h.dominant.Remove(src.id)
}

// level takes note of a packet's level and says whether it brings in a new voice.
func (h *speech) level(src *source, level uint8, now int64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sources[src.id] != src {
		return false
	}
	if src.kind == Mic {
		h.dominant.Level(src.id, level, now)
	}
	return h.voices.Level(src.id, level, now)
}

// pick returns the main voices and the spare (nil for none).
func (h *speech) pick(now int64) (main []*source, spare *source) {
	h.mu.Lock()
	defer h.mu.Unlock()
	ids, spareID, _ := h.voices.Select(now)
	for _, id := range ids {
		if src := h.sources[id]; src != nil {
			main = append(main, src)
		}
	}
	return main, h.sources[spareID]
}

// lead returns the dominant speaker's id, "" for none.
func (h *speech) lead(now int64) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	id, _ := h.dominant.Decide(now)
	if src := h.sources[id]; src != nil {
		return src.owner.id
	}
	return ""
}

// routeVoicesLocked fits every participant's audio slots to the voices of the moment. r.mu is held.
func (r *room) routeVoicesLocked(w *worker) {
	main, spare := r.speech.pick(w.now)
	most := r.profile.Load().Voices
	for _, p := range r.peers {
		if !p.ready {
			continue
		}
		hears := make([]*source, 0, len(main)+1)
		isMain := false
		for _, src := range main {
			if src.owner == p {
				isMain = true
				continue
			}
			hears = append(hears, src)
		}
		if isMain && spare != nil && spare.owner != p {
			hears = append(hears, spare)
		}
		p.hearLocked(w, hears[:min(len(hears), most)])
	}
	r.tellSpeakersLocked(main, spare)
}

// hearLocked gives the participant's audio slots to these voices; those that have one keep it. r.mu is held.
func (p *Peer) hearLocked(w *worker, voices []*source) {
	var free []*slot
	for _, s := range p.slots {
		if s.video {
			continue
		}
		if i := slices.Index(voices, s.shows); s.shows != nil && i >= 0 {
			voices = slices.Delete(voices, i, i+1)
			continue
		}
		if s.shows != nil {
			s.releaseLocked()
		}
		free = append(free, s)
	}
	for i, src := range voices[:min(len(voices), len(free))] {
		free[i].shows = src
		src.streams[0].subscribe(w, free[i])
	}
}

// announceLocked decides who leads. r.mu is held.
func (r *room) announceLocked(now int64) {
	if lead := r.speech.lead(now); lead != r.speech.leader {
		r.speech.leader = lead
		r.tellAllLocked()
	}
}

// tellSpeakersLocked tells everybody who is heard, when that has changed. r.mu is held.
func (r *room) tellSpeakersLocked(main []*source, spare *source) {
	talking := []string{}
	for _, src := range append(main, spare) {
		if src != nil && src.kind == Mic {
			talking = append(talking, src.owner.id)
		}
	}
	slices.Sort(talking)
	if !slices.Equal(talking, r.speech.talking) {
		r.speech.talking = talking
		r.tellAllLocked()
	}
}

func (r *room) tellAllLocked() {
	n := SpeakerNotice{ID: r.speech.leader, Talking: r.speech.talking}
	for _, p := range r.peers {
		p.tell(func(all *Notice) { all.Speaker = &n })
	}
}
