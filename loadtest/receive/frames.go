package receive

import "time"

// frames judges a video stream from its packets in order, without decoding: a frame decodes when all its packets came
// and it is a key frame or follows one without a break.
type frames struct {
	onFrame func(source uint32, layer uint8, now int64)

	any   bool // a packet was seen
	chain bool // everything since the last key frame was whole
	gap   bool // packets were lost since the current frame began
	cur   frame
	last  frame // the frame before

	shownAt int64 // when a picture could last be shown, 0 for never
	pace    int64 // usual time between pictures

	resting bool // nothing is to be shown: a pause is no freeze

	decodable, broken      uint64
	frozen, shown          int64
	idGaps, switchNotOnKey uint64
}

// frame is a frame being put together.
type frame struct {
	open      bool
	whole     bool // its first packet came, and nothing was lost since
	checked   bool // nothing was lost between the frame before and this one
	key       bool
	timestamp uint32
	source    uint32
	hasID     bool
	id        uint16
	layer     uint8
}

// stuck is true when packets come but nothing can be shown until a key frame comes.
func (f *frames) stuck() bool { return f.any && !f.chain && !(f.cur.open && f.cur.key && f.cur.whole) }

// lose says that the next packet in order will never come.
func (f *frames) lose() {
	f.gap, f.chain, f.cur.whole = true, false, false
}

// add takes the next packet in order.
func (f *frames) add(p Packet, now int64) {
	if !f.cur.open || p.Timestamp != f.cur.timestamp {
		f.begin(p)
	}
	f.any = true
	if p.Layer != 0 {
		f.cur.layer = p.Layer
	}
	if p.Marker {
		f.end(now)
	}
}

// begin starts a frame and holds it against the one before.
func (f *frames) begin(p Packet) {
	if f.cur.open { // its last packet never came
		f.chain = false
		f.broken++
		f.last = f.cur
	}
	f.cur = frame{
		open: true, whole: p.Start, key: p.Key, timestamp: p.Timestamp, source: p.Source,
		hasID: p.HasID, id: p.PictureID, checked: f.any && !f.gap,
	}
	f.gap = false
	if !f.cur.checked {
		return
	}
	if p.HasID && f.last.hasID && p.PictureID != (f.last.id+1)&p.IDMask {
		f.idGaps++
	}
	if p.Source != f.last.source && !p.Key {
		f.switchNotOnKey++
	}
}

// end closes the frame at its last packet.
func (f *frames) end(now int64) {
	c := &f.cur
	layerChanged := c.layer != 0 && f.last.layer != 0 && c.layer != f.last.layer
	if c.checked && c.source == f.last.source && layerChanged && !c.key {
		f.switchNotOnKey++
	}
	if c.whole && (c.key || f.chain) {
		f.chain = true
		f.decodable++
		f.show(c, now)
	} else {
		f.chain = false
		f.broken++
	}
	c.open = false
	f.last = *c
}

// freezeLeast is the shortest pause that a viewer calls a freeze: the definition of WebRTC's statistics, an interval of
// more than three times the usual one, and at least 150 ms longer than it.
const freezeLeast = int64(150 * time.Millisecond)

// show keeps the time of the pictures that can be shown.
func (f *frames) show(c *frame, now int64) {
	if f.onFrame != nil {
		f.onFrame(c.source, c.layer, now)
	}
	if f.shownAt == 0 || c.source != f.last.source || f.resting {
		f.shownAt, f.pace = now, 0
		return
	}
	pause := now - f.shownAt
	f.shownAt = now
	f.shown += pause
	if f.freezes(pause) {
		f.frozen += pause
		return
	}
	if f.pace == 0 {
		f.pace = pause
		return
	}
	f.pace += (pause - f.pace) / 8
}

// rest begins or ends a time in which there is nothing to show; pictures may come a little before its end.
func (f *frames) rest(on bool) {
	if on != f.resting {
		f.resting, f.shownAt = on, 0
	}
}

// freezes says whether a viewer calls a pause a freeze.
func (f *frames) freezes(pause int64) bool {
	return f.pace != 0 && pause > max(3*f.pace, f.pace+freezeLeast)
}

// close counts the pause that lasts now, as if a picture came.
func (f *frames) close(now int64) {
	if f.shownAt == 0 || f.resting {
		return
	}
	pause := now - f.shownAt
	f.shown += pause
	if f.freezes(pause) {
		f.frozen += pause
	}
	f.shownAt = 0
}
