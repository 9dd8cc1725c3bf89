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

	mu        sync.Mutex // guards everything below
	inbounds  []*inbound
	bySSRC    map[uint32]*inbound // also by the SSRC of retransmissions
	armed     int64               // when the loop will tick
	past      [2]receive.Counters // of streams that are over: of voices, of videos
	sources   map[uint32]*source  // by number
	latency   measure.Histogram   // microseconds
	bytes     uint64
	malformed uint64
	strangers uint64 // packets of an unknown SSRC
	wrong     uint64 // packets of a wrong source
	plis      uint64
}

// inbound is one slot.
type inbound struct {
	slot
	stream *receive.Stream
	// announced is the number of the source that signaling named, 0 for none; known is false until it named one.
	announced uint32
	known     bool
	disagree  int64 // since when packets come from another, 0 for not
	lastSR    uint32
	lastSRAt  int64
	// shows is the source that packets come from, since shownSince.
	shows      uint32
	shownSince int64
}

// source is what came of one participant.
type source struct {
	camera, voice uint64 // packets
	firstFrame    int64  // when its first picture could be shown, 0 for never
	heard         []heard
	lastVoice     int64 // stamp of its last voice packet
}

// heard is the first packet that came after a pause of a voice: when it was sent, and when it came.
type heard struct{ sent, came int64 }

// pause is the silence after which a voice counts as beginning anew, in nanoseconds.
const pause = int64(300 * time.Millisecond)

func newDownstream(c clock, wake chan<- struct{}) *downstream {
	return &downstream{clock: c, wake: wake, bySSRC: make(map[uint32]*inbound), sources: make(map[uint32]*source)}
}

// reset begins anew with the slots of an answer; what was counted stays.
func (d *downstream) reset(slots []slot) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, in := range d.inbounds {
		d.past[in.kind()] = addCounters(d.past[in.kind()], in.stream.Counters())
	}
	d.inbounds = nil
	clear(d.bySSRC)
	for _, s := range slots {
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
	d.mediaLocked(in, &p, again, now)
	if at, waits := in.stream.Next(); waits && at < d.armed {
		d.armed = at
		select {
		case d.wake <- struct{}{}:
		default:
		}
	}
}

// mediaLocked judges a media packet, sent again or not.
func (d *downstream) mediaLocked(in *inbound, p *payload.RTP, again bool, now int64) {
	r := receive.Packet{
		Seq: p.Seq, Timestamp: p.Timestamp, Source: p.CSRC, Marker: p.Marker, Repaired: again, Filler: len(p.Payload) == 0,
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
	from := d.sources[p.CSRC]
	if from == nil {
		from = &source{}
		d.sources[p.CSRC] = from
	}
	if in.video {
		from.camera++
	} else if stamped {
		from.voice++
		from.hear(stamp.At, now)
	}
	if p.CSRC != in.shows {
		in.shows, in.shownSince = p.CSRC, now
	}
	// What was published before the slot turned to its source is a replay, so that a picture shows at once: no latency.
	if stamped && !again && stamp.At >= in.shownSince {
		d.latency.Add((now - stamp.At) / 1000)
	}
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

// hear notes when a voice begins after a pause.
func (s *source) hear(sent, now int64) {
	if s.lastVoice == 0 || sent-s.lastVoice > pause {
		s.heard = append(s.heard, heard{sent: sent, came: now})
	}
	s.lastVoice = max(s.lastVoice, sent)
}

// shownLocked notes a picture that can be shown. It is called by receive.Stream, inside packet and tick.
func (d *downstream) shownLocked(num uint32, now int64) {
	if from := d.sources[num]; from != nil && from.firstFrame == 0 {
		from.firstFrame = now
	} else if from == nil {
		d.sources[num] = &source{firstFrame: now}
	}
}

// announce notes which source signaling names for a slot.
func (d *downstream) announce(mid string, num uint32) (known bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, in := range d.inbounds {
		if in.mid == mid {
			in.announced, in.known, in.disagree = num, true, 0
			return true
		}
	}
	return false
}

// forget stops holding media against what signaling said: news may be missed while the WebSocket is down.
func (d *downstream) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, in := range d.inbounds {
		in.known = false
	}
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
