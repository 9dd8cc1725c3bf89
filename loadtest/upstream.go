package loadtest

import (
	"math"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"

	"tablee/loadtest/payload"
	"tablee/loadtest/samples"
	"tablee/loadtest/turns"
)

// The way of a published frame: upstream.tick finds what is due → layer.send or voice.send builds the payload from the
// shared sample → outlet.write adds the header → the link encrypts and sends. All of it runs on the participant's loop.

const (
	frameEvery = int64(samples.FrameTime)
	// screenEvery is the time between two pictures of a shared screen.
	screenEvery = int64(200 * time.Millisecond)
	// maxLate is how late a frame may be sent; beyond it frames are left out, as a camera's are on a busy machine.
	maxLate = int64(200 * time.Millisecond)
)

// upstream is what a participant publishes.
type upstream struct {
	set    *samples.Set
	fits   int  // layers of a picture that the participant's line carries
	mute   bool // the microphone is off
	num    uint32
	camera picture
	screen picture
	voice  *voice
	wide   uint16 // transport-wide sequence number

	plan   []turns.Spurt
	origin int64
	logs   []spoken // of voices before this one

	live     bool
	voiceDue int64

	packets, bytes atomic.Uint64
}

// newUpstream makes an upstream that does not publish yet, on a line that carries that many layers.
func newUpstream(set *samples.Set, fits int, c Camera) upstream {
	layers, every := c.layers(set)
	return upstream{
		set: set, fits: fits,
		camera: picture{sources: layers, first: payload.LayerCamera, every: every},
		screen: picture{sources: set.Screen, first: payload.LayerScreen, every: screenEvery, refreshes: true},
	}
}

// layers are what the camera sends, and how often.
func (c Camera) layers(set *samples.Set) ([]samples.Layer, int64) {
	switch c {
	case Single:
		return set.Single, int64(samples.SingleTime)
	case Trickle, Bursts, SlowTrickle, SlowBursts:
		packets := 1
		if c == Bursts || c == SlowBursts {
			packets = burst
		}
		l, every := samples.FanOut(packets, payload.VP8Size, payload.StampSize)
		if c >= SlowTrickle {
			every *= 4
		}
		return []samples.Layer{l}, int64(every)
	default:
		return set.Layers, frameEvery
	}
}

// burst is how many packets a frame of Bursts has.
const burst = 8

// start begins to publish on tracks that are bound.
func (u *upstream) start(b *publication, num uint32, rng *rand.Rand, now int64) error {
	u.stop()
	u.num = num
	for _, p := range []struct {
		picture *picture
		bounds  []*bound
		mid     string
	}{{&u.camera, b.camera, b.cameraMid}, {&u.screen, b.screen, b.screenMid}} {
		if err := p.picture.start(p.bounds, p.mid, u.fits, &u.wide, rng, now); err != nil {
			return err
		}
	}
	out, err := newOutlet(b.mic, b.micMid, "", uint16(rng.Uint32()), &u.wide)
	if err != nil {
		return err
	}
	u.voice = &voice{out: out, sample: u.set.Voice, base: rng.Uint32(), next: rng.IntN(len(u.set.Voice))}
	u.voice.talk(u.plan, u.origin)
	u.voiceDue = now + rng.Int64N(voiceEvery)
	u.live = true
	return nil
}

// stop ends publishing.
func (u *upstream) stop() {
	if u.voice != nil {
		u.logs = append(u.logs, u.voice.log...)
	}
	u.live, u.voice, u.camera.layers, u.screen.layers = false, nil, nil, nil
}

// talk sets whose turn it is; it outlives a change of the PeerConnection.
func (u *upstream) talk(plan []turns.Spurt, origin int64) {
	u.plan, u.origin = plan, origin
	if u.voice == nil {
		return
	}
	u.voice.talk(plan, origin)
	if len(plan) > 0 {
		u.voiceDue = min(u.voiceDue, max(u.voiceDue-silenceEvery, origin+int64(plan[0].Start)))
	}
}

// tick publishes what is due and returns when it is to be called again.
func (u *upstream) tick(now int64) int64 {
	if !u.live {
		return now + int64(time.Second)
	}
	next := int64(math.MaxInt64)
	for _, p := range []*picture{&u.camera, &u.screen} {
		packets, bytes := p.tick(now, u.num)
		u.packets.Add(uint64(packets))
		u.bytes.Add(uint64(bytes))
		if p.on && len(p.layers) > 0 {
			next = min(next, p.due)
		}
	}
	if u.mute {
		return next
	}
	u.voiceDue = skipLate(u.voiceDue, now, voiceEvery)
	for u.voiceDue <= now {
		due, bytes := u.voice.send(u.voiceDue, now, u.num)
		u.voiceDue = due
		u.packets.Add(1)
		u.bytes.Add(uint64(bytes))
	}
	return min(next, u.voiceDue)
}

// skipLate leaves out what is too late to be sent, in whole steps.
func skipLate(due, now, step int64) int64 {
	if late := now - due; late > maxLate {
		due += late / step * step
	}
	return due
}

// request is what the server asks of a publisher by RTCP.
type request struct {
	ssrc  uint32
	key   bool     // a key frame
	nacks []uint16 // packets to send again
}

// answer does what was asked: the next frame is a key frame, lost packets are sent again.
func (u *upstream) answer(r request, now int64) {
	u.camera.answer(r, now)
	u.screen.answer(r, now)
}

// reports are the sender reports due now (RFC 3550, section 6.4.1).
func (u *upstream) reports(out []rtcp.Packet, now int64, wall time.Time) []rtcp.Packet {
	if !u.live {
		return out
	}
	add := func(o *outlet, timestamp uint32) {
		if o.packets > 0 {
			out = append(out, &rtcp.SenderReport{
				SSRC: o.ssrc, NTPTime: ntp(wall), RTPTime: timestamp, PacketCount: o.packets, OctetCount: o.octets,
			})
		}
	}
	add(u.voice.out, u.voice.base+uint32(now/1000*48/1000))
	for _, p := range []*picture{&u.camera, &u.screen} {
		for _, l := range p.layers {
			if p.on && l.active {
				add(l.out, l.base+uint32(now/1000*90/1000))
			}
		}
	}
	return out
}

// ntp is a time in NTP's format: seconds since 1900 and their fraction, 32 bits each.
func ntp(t time.Time) uint64 {
	const from1900 = 2208988800
	return uint64(t.Unix()+from1900)<<32 | uint64(t.Nanosecond())<<32/1e9
}
