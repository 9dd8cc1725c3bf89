package loadtest

import "time"

// source is what came of one participant.
type source struct {
	camera, screen shown
	voice          uint64 // packets
	heard          []heard
	last           heard // the last voice packet
}

// shown is what came of a picture.
type shown struct {
	frames uint64 // whose last packet came
	first  int64  // when one could be shown for the first time, 0 for never
}

// heard is a voice packet that came after a pause: when it was sent, when it came, and the one before the pause.
type heard struct {
	sent, came         int64
	sentLast, cameLast int64
}

// Silences of a voice, in nanoseconds.
const (
	// pause is the silence at the speaker after which a voice counts as beginning anew.
	pause = int64(300 * time.Millisecond)
	// concealed is what concealment hides: three packets of the usual 20 ms.
	concealed = int64(60 * time.Millisecond)
)

// gapLeast is the silence at a listener, in the middle of speech, that concealment does not hide: beyond the packet, of so
// many milliseconds, that ends it. 0 is for the usual 20.
func gapLeast(frame int) int64 {
	if frame <= 0 {
		return concealed + voiceFrame
	}
	return concealed + int64(frame)*int64(time.Millisecond)
}

// picture is one of the two.
func (s *source) picture(screen bool) *shown {
	if screen {
		return &s.screen
	}
	return &s.camera
}

// hear takes note of a voice packet and returns the silence before it, if that was a gap in speech. A longer pause may be
// the speaker's own: the report decides.
func (s *source) hear(sent, now, least int64) (gap int64) {
	last := s.last
	if sent > last.sent {
		s.last = heard{sent: sent, came: now}
	}
	if last.sent == 0 || sent-last.sent > pause {
		s.heard = append(s.heard, heard{sent: sent, came: now, sentLast: last.sent, cameLast: last.came})
		return 0
	}
	if gap = now - last.came; gap < least {
		return 0
	}
	return gap
}

// heardOf is when a spurt began to be heard, and the gaps in it that were longer than a pause.
func (s *source) heardOf(spurt spoken) (came int64, ok bool, long gaps) {
	if s == nil {
		return 0, false, long
	}
	for _, h := range s.heard {
		switch {
		case h.sent < spurt.from || h.sent > spurt.to:
		case !ok:
			came, ok = h.came, true
		case h.sentLast >= spurt.from:
			long.add(h.came - h.cameLast)
		}
	}
	return came, ok, long
}

// gaps counts silences in speech.
type gaps struct {
	n    uint64
	most int64 // nanoseconds
}

// add counts a gap, 0 for none.
func (g *gaps) add(gap int64) {
	if gap > 0 {
		g.n++
		g.most = max(g.most, gap)
	}
}

// merge adds others.
func (g *gaps) merge(o gaps) { g.n, g.most = g.n+o.n, max(g.most, o.most) }
