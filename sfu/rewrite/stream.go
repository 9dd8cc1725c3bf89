package rewrite

// In is what rewriting needs to know of an incoming packet.
type In struct {
	Seq        uint16
	TS         uint32
	Picture    uint16 // VP8 picture id, 15 bits
	HasPicture bool
	TL0        uint8 // VP8 TL0PICIDX
	HasTL0     bool
}

// Out is what to write into the packet that goes out.
type Out struct {
	Seq     uint16
	TS      uint32
	Picture uint16
	TL0     uint8
}

// maxRuns is how many changes of offset are remembered, to answer a NACK for a packet sent before a switch. A receiver
// gives up on a packet within a second or so; more switches than this in that time are not worth repairing.
const maxRuns = 32

// Run is a stretch of the outgoing stream with one source and one set of offsets.
type Run struct {
	Source   uint32 // 0 for packets of our own
	epoch    uint32 // counts switches
	first    int64  // incoming sequence number at which it begins, without wrapping
	outFirst int64  // the same, outgoing
	seq      uint16 // what to add
	ts       uint32
	picture  uint16
	tl0      uint8
}

// Out maps a packet of this run.
func (r *Run) Out(in In) Out { return r.out(&in) }

func (r *Run) out(in *In) Out {
	return Out{Seq: in.Seq + r.seq, TS: in.TS + r.ts, Picture: (in.Picture + r.picture) & 0x7fff, TL0: in.TL0 + r.tl0}
}

// In is the incoming sequence number of an outgoing one.
func (r *Run) In(out uint16) uint16 { return out - r.seq }

// Stream is the outgoing side of one slot. The zero value is not ready: use New.
type Stream struct {
	// What each packet needs comes first, side by side.
	n       int // runs ever begun; the newest is runs[(n-1)%maxRuns]
	epoch   uint32
	live    bool // a source is being mapped
	started bool

	last    Out   // newest packet sent
	lastOut int64 // its sequence number, without wrapping
	lastIn  int64 // what it was when it came in, the same
	at      int64 // when

	clock int64 // RTP ticks a second
	runs  [maxRuns]Run
}

// extend is the number without wrapping that seq stands for, next to one that is known (RFC 3711, section 3.3.1).
func extend(seq uint16, near int64) int64 { return near + int64(int16(seq-uint16(near))) }

// New makes the stream of a slot. clockRate is in hertz: 90000 for video, 48000 for Opus.
func New(clockRate int64) *Stream { return &Stream{clock: clockRate} }

// Started says whether anything was ever sent, At when the newest packet was (monotonic nanoseconds).
func (s *Stream) Started() bool { return s.started }

// At is the time of the newest packet sent, in monotonic nanoseconds.
func (s *Stream) At() int64 { return s.at }

// Last is the newest packet sent.
func (s *Stream) Last() Out { return s.last }

// Switch begins a run: from this packet on, source is what the slot shows. The stream goes on at the next sequence
// number and picture id, and at the timestamp that the time since the last packet asks for (at least one tick later).
func (s *Stream) Switch(source uint32, in In, now int64) Out {
	s.epoch++
	r := Run{Source: source, epoch: s.epoch, first: int64(in.Seq)}
	if s.started {
		r.seq = s.last.Seq + 1 - in.Seq
		r.ts = s.last.TS + s.ticks(now-s.at) - in.TS
		r.picture = (s.last.Picture + 1 - in.Picture) & 0x7fff
		r.tl0 = s.last.TL0 + 1 - in.TL0
	} else {
		r.seq = in.Seq&0x7fff - in.Seq // begin in the lower half: a lost first packet cannot hide a roll-over (RFC 3711, 3.3.1)
	}
	out := r.Out(in)
	if !s.started {
		s.lastOut = int64(out.Seq)
	}
	s.lastIn = r.first
	r.outFirst = extend(out.Seq, s.lastOut)
	s.push(r)
	s.live, s.started = true, true
	s.note(&in, &out, now)
	return out
}

// Map maps a further packet of the source last switched to. It returns false for a packet of another source, and for
// one older than the switch.
func (s *Stream) Map(source uint32, in In, now int64) (Out, bool) {
	r := s.find(source, in.Seq)
	if r == nil {
		return Out{}, false
	}
	out := r.out(&in)
	if int16(in.Seq-uint16(s.lastIn)) > 0 {
		s.note(&in, &out, now)
	}
	return out, true
}

// Skip leaves the next packet of the source out without leaving a gap, as for one of padding only. It returns false
// when the packet is not the next one: then a gap cannot be avoided.
func (s *Stream) Skip(source uint32, seq uint16) bool {
	r := s.find(source, seq)
	if r == nil || extend(seq, s.lastIn) != s.lastIn+1 {
		return false
	}
	s.lastIn++
	next := *r
	next.first, next.seq = s.lastIn+1, r.seq-1
	next.outFirst = s.lastOut + 1
	if r.first == s.lastIn { // nothing was mapped by it yet
		*r = next
		return true
	}
	s.push(next)
	return true
}

// Insert makes room for one packet of our own, ticks after the last one. The source is gone after it: the next packet
// needs a Switch.
func (s *Stream) Insert(ticks uint32, now int64) Out {
	s.Stop()
	out := s.last
	out.Seq, out.TS = out.Seq+1, out.TS+ticks
	s.epoch++
	s.lastOut++
	s.push(Run{epoch: s.epoch, outFirst: s.lastOut})
	s.last, s.at, s.started = out, now, true
	return out
}

// Stop ends the run of the current source.
func (s *Stream) Stop() { s.live = false }

// Source says which run sent an outgoing sequence number; false when it was never sent, was ours, or is forgotten.
func (s *Stream) Source(out uint16) (Run, bool) {
	at := extend(out, s.lastOut)
	if !s.started || at > s.lastOut {
		return Run{}, false
	}
	for i := s.n - 1; i >= 0 && i >= s.n-maxRuns; i-- {
		r := &s.runs[i%maxRuns]
		if at >= r.outFirst {
			return *r, r.Source != 0
		}
	}
	return Run{}, false
}

// find is the run that a packet of source belongs to: the newest of the current switch that begins at or before it.
func (s *Stream) find(source uint32, seq uint16) *Run {
	if !s.live {
		return nil
	}
	for i := s.n - 1; i >= 0 && i >= s.n-maxRuns; i-- {
		r := &s.runs[uint(i)%maxRuns]
		if r.Source != source || r.epoch != s.epoch {
			return nil
		}
		if extend(seq, s.lastIn) >= r.first {
			return r
		}
	}
	return nil
}

func (s *Stream) push(r Run) {
	s.runs[s.n%maxRuns] = r
	s.n++
	if s.n == 2*maxRuns { // keep n small for ever
		s.n = maxRuns
	}
}

// note remembers the newest packet, number by number: a copy of all at once would have to wait for the single ones to be written.
func (s *Stream) note(in *In, out *Out, now int64) {
	if in.HasPicture {
		s.last.Picture = out.Picture
	}
	if in.HasTL0 {
		s.last.TL0 = out.TL0
	}
	if int32(out.TS-s.last.TS) >= 0 || s.at == 0 { // reordered by the sender: the clock of the slot does not go back
		s.last.TS = out.TS
	}
	s.last.Seq = out.Seq
	s.lastIn, s.lastOut = extend(in.Seq, s.lastIn), extend(out.Seq, s.lastOut)
	s.at = now
}

// ticks is a stretch of time on the RTP clock, at least one tick.
func (s *Stream) ticks(ns int64) uint32 {
	if ns <= 0 {
		return 1
	}
	t := ns / 1000 * s.clock / 1_000_000
	return uint32(max(t, 1))
}
