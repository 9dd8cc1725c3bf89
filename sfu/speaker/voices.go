package speaker

import "slices"

// How voices are picked.
const (
	// Audible is the quietest level, in -dBov, that counts as a voice rather than as the noise of a room.
	Audible = 65
	// hold is for how long a source remains a candidate after it was last audible: a pause between two sentences.
	hold = 1500 * millisecond
	// margin is by how many dB somebody must be louder than the quietest of those heard to take the place.
	margin = 6
	// smoothing is the share of a new level in the running loudness: 1/smoothing of it, every packet.
	smoothing = 8
	// still is for how long no packet comes in ordinary speech; afterwards the loudness falls by 1 dB every fade.
	still = 100 * millisecond
	fade  = 5 * millisecond
)

// loudness is in 1/256 dB above silence, so that smoothing by integers does not get stuck.
type loudness int32

const (
	dB       loudness = 256
	anything loudness = -1 // what every candidate is louder than
)

// Voices picks who is forwarded: at most n sources, the main voices, and one spare. A receiver who is a main voice itself
// is sent the spare in its own place, so that everybody hears n others.
type Voices struct {
	table table[source]
	n     int

	main      []uint32 // in a stable order: a place is kept as long as its holder is
	spare     uint32   // 0 for none
	out       []uint32 // what Select returned, and the spare with it
	lastSpare uint32

	mainBar, spareBar loudness // whoever is louder than this takes a place; set by Select
}

type source struct {
	loud    loudness
	packet  int64 // when the last level came
	audible int64 // when it was last loud enough
	spoke   bool  // audible means something
	role    role
}

type role uint8

const (
	outside role = iota
	isSpare
	isMain
)

// NewVoices makes a meeting with n main voices, at least one.
func NewVoices(n int) *Voices {
	n = max(n, 1)
	return &Voices{
		table: newTable[source](), n: n,
		main: make([]uint32, 0, n), out: make([]uint32, 0, n),
		mainBar: anything, spareBar: anything,
	}
}

// Add brings a source in. 0 is not an id. Adding a known source changes nothing.
func (v *Voices) Add(id uint32) {
	if id != 0 {
		v.table.add(id, source{})
	}
}

// Remove takes a source out; the next Select fills its place.
func (v *Voices) Remove(id uint32) {
	v.table.remove(id)
	v.main = slices.DeleteFunc(v.main, func(m uint32) bool { return m == id })
	if v.spare == id {
		v.spare = 0
	}
}

// Level takes note of a packet's level, and says whether Select should be called now rather than at its next turn,
// because the source would get a place.
func (v *Voices) Level(id uint32, level uint8, now int64) (pick bool) {
	s := v.table.find(id)
	if s == nil {
		return false
	}
	level = min(level, Silence)
	candidate, heard := s.candidate(now), loudness(Silence-level)*dB
	if before := s.at(now); candidate {
		s.loud = before + (heard-before)/smoothing
	} else {
		s.loud = heard // a first word counts in full
	}
	s.packet = now
	if level > Audible {
		return false
	}
	s.audible, s.spoke = now, true
	switch s.role {
	case isMain:
		return false
	case isSpare:
		return s.loud > v.mainBar
	default:
		return !candidate || s.loud > min(v.mainBar, v.spareBar)
	}
}

// candidate says whether the source was audible lately.
func (s *source) candidate(now int64) bool {
	return s.spoke && now-s.audible <= hold
}

// at returns the loudness of this moment: without packets it fades.
func (s *source) at(now int64) loudness {
	gap := now - s.packet - still
	if gap <= 0 {
		return s.loud
	}
	return max(s.loud-loudness(min(gap/fade, Silence))*dB, 0)
}

// Select picks who is forwarded from now on. main never holds more than n ids and keeps its order; spare is 0 for none.
// Call it when Level asks for it, after Remove, and several times a second, as voices also leave by silence. main is
// valid until the next call.
func (v *Voices) Select(now int64) (main []uint32, spare uint32, changed bool) {
	spareBefore := v.lastSpare
	v.leave(now)
	v.fillMain(now)
	v.fillSpare(now)
	changed = v.spare != spareBefore || !slices.Equal(v.main, v.out)
	v.out, v.lastSpare = append(v.out[:0], v.main...), v.spare
	return v.out, v.spare, changed
}

// leave lets go of those who have fallen silent.
func (v *Voices) leave(now int64) {
	kept := v.main[:0]
	for _, id := range v.main {
		if s := v.table.find(id); s.candidate(now) {
			kept = append(kept, id)
		} else {
			s.role = outside
		}
	}
	v.main = kept
	if s := v.table.find(v.spare); s != nil && !s.candidate(now) {
		s.role, v.spare = outside, 0
	}
}

// fillMain gives free places to the loudest, and then the place of the quietest to whoever is clearly louder.
func (v *Voices) fillMain(now int64) {
	v.mainBar = anything
	for {
		place := len(v.main)
		if place == v.n {
			place, v.mainBar = v.quietest(now)
			v.mainBar += margin * dB
		}
		id, s := v.loudest(now, isMain)
		if s == nil || s.at(now) <= v.mainBar {
			return
		}
		if place == len(v.main) {
			v.main = append(v.main, id)
		} else {
			v.table.find(v.main[place]).role = outside
			v.main[place] = id
		}
		if s.role == isSpare {
			v.spare = 0
		}
		s.role = isMain
	}
}

// fillSpare does the same for the one spare place.
func (v *Voices) fillSpare(now int64) {
	id, s := v.loudest(now, isSpare)
	old := v.table.find(v.spare)
	if v.spareBar = anything; old != nil {
		v.spareBar = old.at(now) + margin*dB
	}
	if s == nil || s.at(now) <= v.spareBar {
		return
	}
	if old != nil {
		old.role = outside
	}
	v.spare, s.role, v.spareBar = id, isSpare, s.at(now)+margin*dB
}

// loudest returns the loudest candidate whose role is lower than that, nil for none.
func (v *Voices) loudest(now int64, than role) (id uint32, best *source) {
	for i := range v.table.rows {
		s := &v.table.rows[i]
		if s.role < than && s.candidate(now) && (best == nil || s.at(now) > best.at(now)) {
			id, best = v.table.ids[i], s
		}
	}
	return id, best
}

// quietest returns the place of the quietest main voice. There must be one.
func (v *Voices) quietest(now int64) (place int, loud loudness) {
	for i, id := range v.main {
		if l := v.table.find(id).at(now); i == 0 || l < loud {
			place, loud = i, l
		}
	}
	return place, loud
}
