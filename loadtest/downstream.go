package loadtest

import (
	"encoding/binary"
	"sync"
	"time"

	"tablee/loadtest/measure"
	"tablee/loadtest/payload"
	"tablee/loadtest/receive"
)

// The way of a received packet: Pion decrypts on its goroutine → tap.Write → downstream.packet parses, measures and
// hands it to the slot's receive.Stream, all before tap.Write returns: nothing is queued and no buffer is kept.
// The participant's loop calls downstream.tick for what has to be asked for again.

// settle is how long signaling and media may disagree about a slot's source, in nanoseconds: they travel separately.
const settle = int64(2 * time.Second)

// downstream is what a participant receives.
type downstream struct {
	clock clock
	wake  chan<- struct{} // asks the loop for a tick
	seen  func(Picture)   // is told of each picture that can be shown; nil for nobody

	mu        sync.Mutex // guards everything below
	inbounds  []*inbound
	bySSRC    map[uint32]*inbound // also by the SSRC of retransmissions
	armed     int64               // when the loop will tick
	past      [2]receive.Counters // of streams that are over: of voices, of videos
	sources   map[uint32]*source  // by number
	bytes     uint64
	malformed uint64
	strangers uint64 // packets of an unknown SSRC
	wrong     uint64 // packets of a wrong source
	plis      uint64
	gaps      gaps
	gapLeast  int64
	frame     uint32          // of voices, in timestamp units
	away      map[uint32]bool // whom signaling says to be
	arrivals  arrivals
	roamed    int64             // when the address changed, 0 once media came at the new one
	roaming   measure.Histogram // microseconds for which media was away then

	wants     map[key]uint8     // the layer in which each demanded picture is to come
	pending   map[key]int64     // pictures of the last change of demand that have not come yet, and its time
	match     measure.Share     // time in the demanded layer, of all time of cameras
	switching measure.Histogram // microseconds
	jitter    measure.Histogram // microseconds
	latency   measure.Histogram // microseconds, of all seconds but the current one
	recent    measure.Histogram // of the current one
}

// inbound is one slot.
type inbound struct {
	slot
	stream *receive.Stream
	edge   edge
	// announced is the number of the source that signaling named, 0 for none; known is false until it named one.
	announced uint32
	known     bool
	disagree  int64 // since when packets come from another, 0 for not
	lastSR    uint32
	lastSRAt  int64
	frameAt   int64  // when the last frame came
	frameOf   key    // and of what
	received  uint64 // at the last look at the jitter
}

func newDownstream(c clock, wake chan<- struct{}) *downstream {
	return &downstream{
		clock: c, wake: wake, bySSRC: make(map[uint32]*inbound), sources: make(map[uint32]*source),
		pending: make(map[key]int64), away: make(map[uint32]bool),
	}
}

// reset begins anew with the slots of an answer; what was counted stays.
func (d *downstream) reset(a *answer, sender uint32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, in := range d.inbounds {
		d.past[in.kind()] = addCounters(d.past[in.kind()], in.stream.Counters())
	}
	d.inbounds, d.roamed = nil, 0
	d.pacedLocked(a.opus)
	d.arrivals.reset(a.idTWCC, sender)
	clear(d.bySSRC)
	for _, s := range a.slots {
		in := &inbound{slot: s}
		kind := receive.Voice
		if s.video {
			kind = receive.Video
		}
		in.stream = receive.New(kind, d.shownLocked)
		d.inbounds = append(d.inbounds, in)
		d.bySSRC[s.ssrc] = in
		if s.rtx != 0 {
			d.bySSRC[s.rtx] = in
		}
	}
}

// paced notes how long voices' packets are from now on.
func (d *downstream) paced(o opus) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pacedLocked(o)
}

func (d *downstream) pacedLocked(o opus) {
	d.gapLeast, d.frame = gapLeast(o.frame), 48*uint32(voiceFrame/int64(time.Millisecond))
	if o.frame > 0 {
		d.frame = 48 * uint32(o.frame)
	}
}

// packet takes one decrypted packet.
func (d *downstream) packet(b []byte) {
	now := d.clock.now()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.bytes += uint64(len(b))
	p, ok := payload.ReadRTP(b)
	if !ok {
		d.malformed++
		return
	}
	if d.roamed != 0 {
		d.roaming.Add((now - d.roamed) / 1000)
		d.roamed = 0
	}
	if d.arrivals.note(&p, now) {
		d.wakeLocked(d.arrivals.due)
	}
	in := d.bySSRC[p.SSRC]
	if in == nil {
		d.strangers++
		return
	}
	again := p.SSRC == in.rtx
	if again {
		if len(p.Payload) < 2 { // a probe without media
			return
		}
		p.Seq, p.Payload = binary.BigEndian.Uint16(p.Payload), p.Payload[2:]
	}
	if !in.video && p.Type == ptRED {
		d.redundantLocked(in, &p, now)
	} else {
		d.mediaLocked(in, &p, again, now)
	}
	if at, waits := in.stream.Next(); waits {
		d.wakeLocked(at)
	}
}

// wakeLocked asks the loop for a tick at a time.
func (d *downstream) wakeLocked(at int64) {
	if at >= d.armed {
		return
	}
	d.armed = at
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// roam notes that the address changes.
func (d *downstream) roam(now int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.roamed = now
}

// redundantLocked takes a packet apart that carries earlier frames again: those that are missing are repaired by it.
func (d *downstream) redundantLocked(in *inbound, p *payload.RTP, now int64) {
	blocks, n, ok := payload.ReadRED(p.Payload)
	if !ok {
		d.malformed++
		return
	}
	own := *p
	own.Payload = blocks[n-1].Payload
	d.mediaLocked(in, &own, false, now)
	for _, b := range blocks[:n-1] {
		past := *p
		past.Seq, past.Timestamp, past.Marker, past.Payload = p.Seq-uint16(b.Offset/d.frame), p.Timestamp-b.Offset, false, b.Payload
		if b.Offset%d.frame == 0 && in.stream.Lacks(past.Seq) {
			d.mediaLocked(in, &past, true, now)
		}
	}
}

// mediaLocked judges a media packet, sent again or not.
func (d *downstream) mediaLocked(in *inbound, p *payload.RTP, again bool, now int64) {
	r := receive.Packet{
		Seq: p.Seq, Timestamp: p.Timestamp, Source: p.CSRC, Marker: p.Marker, Repaired: again, Filler: len(p.Payload) == 0,
		Past: in.video && !in.edge.live,
	}
	if in.video && !r.Filler && !readVideo(p.Payload, &r) {
		d.malformed++
	}
	var stamp payload.Stamp
	var stamped bool
	if !in.video || p.Marker {
		stamp, stamped = payload.ReadStamp(p.Payload)
	}
	if stamped && in.video {
		r.Layer = stamp.Layer
	}
	if !in.stream.Packet(r, now) || r.Filler {
		return
	}
	d.checkSourceLocked(in, p.CSRC, stamp, stamped, now)
	if in.video {
		in.edge.packet(p.CSRC, r.Key, now)
	}
	if !stamped {
		return
	}
	from := d.sourceLocked(p.CSRC)
	live := true
	if in.video {
		live = in.edge.stamped(stamp.Layer, stamp.At, now)
		k := key{p.CSRC, stamp.Layer >= payload.LayerScreen}
		from.picture(k.screen).frames++
		d.shapeLocked(in, k, stamp.Layer, now)
	} else {
		from.voice++
		d.gaps.add(from.hear(stamp.At, now, d.gapLeast))
	}
	if live && !again {
		d.recent.Add((now - stamp.At) / 1000)
	}
}

// sourceLocked finds or makes the account of a source.
func (d *downstream) sourceLocked(num uint32) *source {
	from := d.sources[num]
	if from == nil {
		from = &source{}
		d.sources[num] = from
	}
	return from
}

// readVideo fills in what the VP8 descriptor says.
func readVideo(b []byte, r *receive.Packet) bool {
	v, ok := payload.ReadVP8(b)
	if !ok {
		return false
	}
	r.Start, r.Key, r.HasID, r.PictureID, r.IDMask = v.Start, v.Key, v.HasID, v.PictureID, 0x7f
	if v.Wide {
		r.IDMask = 0x7fff
	}
	return true
}

// checkSourceLocked holds the CSRC against the stamp and, once it had time to settle, against signaling.
func (d *downstream) checkSourceLocked(in *inbound, csrc uint32, s payload.Stamp, stamped bool, now int64) {
	if stamped && s.Num != csrc {
		d.wrong++
	}
	switch {
	case !in.known || csrc == in.announced:
		in.disagree = 0
	case in.disagree == 0:
		in.disagree = now
	case now-in.disagree > settle:
		d.wrong++
		in.disagree = now
	}
}

// shownLocked notes a picture that can be shown. It is called by receive.Stream, inside packet and tick.
func (d *downstream) shownLocked(num uint32, layer uint8, now int64) {
	screen := layer >= payload.LayerScreen
	if p := d.sourceLocked(num).picture(screen); p.first == 0 {
		p.first = now
	}
	if d.seen != nil {
		first := uint8(payload.LayerCamera)
		if screen {
			first = payload.LayerScreen
		}
		d.seen(Picture{Source: num, Layer: int(layer) - int(first), Screen: screen, At: d.clock.at(now)})
	}
}

// announce notes which source signaling names for a slot.
func (d *downstream) announce(mid string, num uint32) (known bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, in := range d.inbounds {
		if in.mid == mid {
			in.announced, in.known, in.disagree = num, true, 0
			in.stream.Rest(num == 0 || d.away[num])
			return true
		}
	}
	return false
}

// absent notes whether somebody is away: their picture stands still, and everybody knows why.
func (d *downstream) absent(num uint32, away bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.away[num] == away {
		return
	}
	d.away[num] = away
	for _, in := range d.inbounds {
		if in.known && in.announced == num {
			in.stream.Rest(away)
		}
	}
}

// forget stops holding media against what signaling said: news may be missed while the WebSocket is down.
func (d *downstream) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, in := range d.inbounds {
		in.known = false
	}
}

// second closes a second: its latencies are added to to, and to those of the run; the jitter of the slots is read.
func (d *downstream) second(to *measure.Histogram) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, in := range d.inbounds {
		received := in.stream.Counters().Received
		if ns, ok := in.stream.Jitter(); ok && received != in.received {
			d.jitter.Add(ns / 1000)
		}
		in.received = received
	}
	to.Merge(&d.recent)
	d.latency.Merge(&d.recent)
	d.recent.Reset()
}

// close counts what lasts at the end: pictures that stand still.
func (d *downstream) close(now int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, in := range d.inbounds {
		if in.known && in.announced != 0 && in.announced == in.edge.source {
			in.stream.Close(now)
		}
	}
}

// received is how many bytes came so far.
func (d *downstream) received() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.bytes
}

// kind is 0 for a voice, 1 for a video.
func (s slot) kind() int {
	if s.video {
		return 1
	}
	return 0
}

// byKind is what all streams counted so far: voices, videos.
func (d *downstream) byKind() [2]receive.Counters {
	d.mu.Lock()
	defer d.mu.Unlock()
	sum := d.past
	for _, in := range d.inbounds {
		sum[in.kind()] = addCounters(sum[in.kind()], in.stream.Counters())
	}
	return sum
}

// total is what all streams counted so far.
func (d *downstream) total() receive.Counters {
	sum := d.byKind()
	return addCounters(sum[0], sum[1])
}
