package loadtest

import (
	"tablee/loadtest/payload"
	"tablee/loadtest/samples"
)

// historySize is how many packets of a layer can be sent again; a power of two, some three seconds of the largest layer.
const historySize = 256

// layer publishes one layer of the camera: a sample in a loop, begun again whenever a key frame is wanted.
type layer struct {
	out    *outlet
	sample *samples.Layer
	number uint8 // in stamps

	active  bool
	fits    bool // on the participant's line
	again   bool // begin again with the next frame
	frame   int  // the next one's index in the sample
	picture uint16
	tl0     uint8
	base    uint32 // RTP timestamp of the clock's zero

	history [historySize]sent
	scratch []byte
}

// sent remembers how to make a packet again: the sample is shared, so a packet costs a few words.
type sent struct {
	used         bool
	seq          uint16
	frame, piece uint16
	picture      uint16
	tl0          uint8
	timestamp    uint32
	stamp        payload.Stamp
}

// send publishes the next frame and returns how many packets and bytes it took.
func (l *layer) send(timestamp uint32, s payload.Stamp) (packets, bytes int) {
	if !l.active || !l.fits {
		return 0, 0
	}
	if l.again || l.frame == len(l.sample.Frames) {
		l.frame, l.again = 0, false
	}
	s.Layer = l.number
	f := &l.sample.Frames[l.frame]
	for i := range f.Fragments {
		e := sent{
			used: true, frame: uint16(l.frame), piece: uint16(i), picture: l.picture, tl0: l.tl0,
			timestamp: l.base + timestamp, stamp: s,
		}
		body, marker := l.body(&e)
		var size int
		e.seq, size = l.out.write(e.timestamp, marker, body)
		bytes += size
		l.history[e.seq%historySize] = e
	}
	l.frame++
	l.picture = (l.picture + 1) & 0x7fff
	l.tl0++
	return len(f.Fragments), bytes
}

// body makes a packet's payload, and says whether it is its frame's last.
func (l *layer) body(e *sent) (body []byte, marker bool) {
	pieces := l.sample.Frames[e.frame].Fragments
	marker = int(e.piece) == len(pieces)-1
	body = payload.AppendVP8(l.scratch[:0], e.piece == 0, e.picture, e.tl0)
	body = append(body, pieces[e.piece]...)
	if marker {
		body = e.stamp.Append(body)
	}
	l.scratch = body
	return body, marker
}

// repair sends a packet again if it is remembered.
func (l *layer) repair(seq uint16) {
	e := &l.history[seq%historySize]
	if !e.used || e.seq != seq {
		return
	}
	body, marker := l.body(e)
	l.out.repair(seq, e.timestamp, marker, body)
}

// setActive pauses the layer or lets it go on, with a key frame.
func (l *layer) setActive(on bool) {
	if on && !l.active {
		l.again = true
	}
	l.active = on
}
