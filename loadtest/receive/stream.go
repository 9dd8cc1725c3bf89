package receive

import "time"

// Packet is what is known of a packet once it is parsed.
type Packet struct {
	Seq       uint16
	Timestamp uint32
	Source    uint32 // the CSRC
	Marker    bool   // last packet of a frame
	Repaired  bool   // came as a retransmission
	Filler    bool   // carries nothing: padding of a bandwidth probe
	Past      bool   // sent late on purpose, to catch up with a stream: no jitter of the network

	// Video only.
	Start     bool // first packet of a frame
	Key       bool // Start, and of a key frame
	HasID     bool
	PictureID uint16
	IDMask    uint16 // 0x7fff or 0x7f
	Layer     uint8  // from the stamp, 0 for unknown
}

// Kind of a stream.
type Kind struct {
	Video  bool
	Clock  int64 // RTP timestamp units in a second
	Repair bool  // losses are asked for again
}

// Video and Voice are the kinds of a meeting.
var (
	Video = Kind{Video: true, Clock: 90000, Repair: true}
	Voice = Kind{Clock: 48000}
)

// Counters of a stream; all of them only grow.
type Counters struct {
	Received   uint64 // different packets, repaired ones included
	Expected   uint64 // by sequence numbers
	Repaired   uint64 // came by retransmission only
	LostBefore uint64 // did not come at first: repaired or lost for good
	Duplicates uint64 // came again, or after they had been given up
	NACKs      uint64 // sequence numbers asked for

	Decodable uint64 // frames
	Broken    uint64 // frames that do not decode: incomplete, or built on one that is
	Frozen    int64  // nanoseconds without a new picture where one was due
	Shown     int64  // nanoseconds for which there was a picture, a frozen one included

	SequenceJumps   uint64
	TimeBackwards   uint64
	TimeJumps       uint64
	PictureIDGaps   uint64
	SwitchNotOnKey  uint64
	WrongRetransmit uint64
}

// timeSlack is how far a timestamp may run ahead of the clock from one packet to the next.
const timeSlack = int64(2 * time.Second)

// Stream is one stream being received. Its zero value is not usable; see New.
type Stream struct {
	kind   Kind
	window window
	frames frames
	jitter jitter
	source uint32 // of the last packet
	count  Counters

	timed  bool // lastTS and lastAt are set
	holed  bool // packets were lost since
	lastTS uint32
	lastAt int64

	keyAsked int64 // when a key frame was last asked for
	prior    reception
}

// New makes a stream. onFrame, which may be nil, is called for each frame that decodes, with its source, its layer (0 for
// unknown) and the time.
func New(k Kind, onFrame func(source uint32, layer uint8, now int64)) *Stream {
	s := &Stream{kind: k}
	s.window.init(k.Repair)
	s.frames.onFrame = onFrame
	return s
}

// Counters returns what was counted so far.
func (s *Stream) Counters() Counters {
	c := s.count
	c.Received, c.Expected = s.window.received, s.window.expected()
	c.Repaired, c.LostBefore = s.window.repaired, s.window.lostBefore
	c.Duplicates, c.NACKs = s.window.duplicates, s.window.nacks
	c.Decodable, c.Broken, c.Frozen = s.frames.decodable, s.frames.broken, s.frames.frozen
	c.Shown = s.frames.shown
	c.PictureIDGaps, c.SwitchNotOnKey = s.frames.idGaps, s.frames.switchNotOnKey
	return c
}

// Packet takes a packet that arrived now; fresh is false for one that came before.
func (s *Stream) Packet(p Packet, now int64) (fresh bool) {
	verdict := s.window.add(p, now)
	switch verdict {
	case again:
		return false
	case leapt:
		if p.Repaired {
			s.count.WrongRetransmit++
			return false
		}
		s.count.SequenceJumps++
		s.frames.lose()
		s.timed = false
		s.window.restart(p, now)
	}
	switch {
	case p.Past || p.Source != s.source: // another source has another clock
		s.jitter.begun = false
	case !p.Repaired:
		s.jitter.add(p.Timestamp, now, s.kind.Clock)
	}
	s.source = p.Source
	s.drain(now)
	return true
}

// Lacks says whether a packet is missing and may still come.
func (s *Stream) Lacks(seq uint16) bool {
	if !s.window.begun {
		return false
	}
	_, missing := s.window.find(s.window.highest + int64(int16(seq-uint16(s.window.highest))))
	return missing
}

// Rest says that there is nothing to show from now on, or again: the next pause is no freeze.
func (s *Stream) Rest(on bool) { s.frames.rest(on) }

// Close counts what lasts at the end: a picture that stands still and will not go on.
func (s *Stream) Close(now int64) { s.frames.close(now) }

// Tick gives up what has been missing for too long and appends to nacks the sequence numbers to ask for now.
func (s *Stream) Tick(now int64, nacks []uint16) []uint16 {
	nacks = s.window.tick(now, nacks)
	s.drain(now)
	return nacks
}

// Next is when Tick has to be called again; ok is false while nothing is missing.
func (s *Stream) Next() (at int64, ok bool) { return s.window.next() }

// keyAgain is how long a request for a key frame is given before it is repeated.
const keyAgain = int64(time.Second)

// WantsKey says whether to ask for a key frame now: packets come, but no picture can be decoded.
func (s *Stream) WantsKey(now int64) bool {
	if !s.kind.Video || !s.frames.stuck() || s.keyAsked != 0 && now-s.keyAsked < keyAgain {
		return false
	}
	s.keyAsked = now
	return true
}

// drain hands on what is in order.
func (s *Stream) drain(now int64) {
	for {
		p, at, what := s.window.pop()
		switch what {
		case nothing:
			return
		case lost:
			s.holed = true
			if s.kind.Video {
				s.frames.lose()
			}
		case arrived:
			if p.Filler {
				continue
			}
			s.checkTime(p, at)
			if s.kind.Video {
				s.frames.add(p, now)
			}
		}
	}
}

// checkTime holds the timestamps against the promise: never back, never far ahead of the clock. Across a loss only the
// first can be judged: what was lost may have been seconds, queued and dropped together. When a repaired packet came says
// nothing about when it was sent: the loss of the last packets before a long silence shows only at its end.
func (s *Stream) checkTime(p Packet, at int64) {
	if p.Repaired && s.timed {
		at = s.lastAt
	}
	if s.timed {
		step := int64(int32(p.Timestamp - s.lastTS))
		switch {
		case step < 0:
			s.count.TimeBackwards++
		case !p.Repaired && !s.holed && step*int64(time.Second)/s.kind.Clock > at-s.lastAt+timeSlack:
			s.count.TimeJumps++
		}
	}
	s.timed, s.holed, s.lastTS, s.lastAt = true, false, p.Timestamp, at
}
