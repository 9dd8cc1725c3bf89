package loadtest

import (
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"

	"tablee/loadtest/payload"
	"tablee/loadtest/samples"
	"tablee/loadtest/turns"
)

// The way of a published frame: upstream.tick finds what is due → layer.send or voice.send builds the payload from the
// shared sample → outlet.write adds the header → Pion encrypts and sends. All of it runs on the participant's loop.

const (
	frameEvery = int64(samples.FrameTime)
	// maxLate is how late a frame may be sent; beyond it frames are left out, as a camera's are on a busy machine.
	maxLate = int64(200 * time.Millisecond)
)

// upstream is what a participant publishes.
type upstream struct {
	set    *samples.Set
	num    uint32
	layers []*layer
	voice  *voice
	wide   uint16 // transport-wide sequence number

	watched []string // layers that somebody watches, as far as is known: nil is all
	plan    []turns.Spurt
	origin  int64
	logs    []spoken // of voices before this one

	live               bool
	frameDue, voiceDue int64

	packets, bytes atomic.Uint64
}

// start begins to publish on tracks that are bound; rids and bounds are in the order of the set's layers.
func (u *upstream) start(b *publication, num uint32, rng *rand.Rand, now int64) error {
	u.stop()
	u.num, u.layers = num, nil
	for i := range u.set.Layers {
		l := &layer{
			sample: &u.set.Layers[i], number: uint8(i + 1), base: rng.Uint32(),
			picture: uint16(rng.Uint32()) & 0x7fff, tl0: uint8(rng.Uint32()),
		}
		out, err := newOutlet(b.camera[i], b.cameraMid, l.sample.RID, uint16(rng.Uint32()), &u.wide)
		if err != nil {
			return err
		}
		l.out = out
		l.setActive(u.watched == nil || slices.Contains(u.watched, l.sample.RID))
		u.layers = append(u.layers, l)
	}
	out, err := newOutlet(b.mic, b.micMid, "", uint16(rng.Uint32()), &u.wide)
	if err != nil {
		return err
	}
	u.voice = &voice{out: out, sample: u.set.Voice, base: rng.Uint32(), next: rng.IntN(len(u.set.Voice))}
	u.voice.talk(u.plan, u.origin)
	u.frameDue = now + rng.Int64N(frameEvery)
	u.voiceDue = now + rng.Int64N(voiceEvery)
	u.live = true
	return nil
}

// stop ends publishing.
func (u *upstream) stop() {
	if u.voice != nil {
		u.logs = append(u.logs, u.voice.log...)
	}
	u.live, u.voice, u.layers = false, nil, nil
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
	u.frameDue = skipLate(u.frameDue, now, frameEvery)
	u.voiceDue = skipLate(u.voiceDue, now, voiceEvery)
	for u.frameDue <= now {
		timestamp := uint32(u.frameDue / 1000 * 90 / 1000)
		for _, l := range u.layers {
			packets, bytes := l.send(timestamp, payload.Stamp{Num: u.num, At: now})
			u.packets.Add(uint64(packets))
			u.bytes.Add(uint64(bytes))
		}
		u.frameDue += frameEvery
	}
	for u.voiceDue <= now {
		next, bytes := u.voice.send(u.voiceDue, now, u.num)
		u.voiceDue = next
		u.packets.Add(1)
		u.bytes.Add(uint64(bytes))
	}
	return min(u.frameDue, u.voiceDue)
}

// skipLate leaves out what is too late to be sent, in whole steps.
func skipLate(due, now, step int64) int64 {
	if late := now - due; late > maxLate {
		due += late / step * step
	}
	return due
}

// watch obeys the server's send: layers that nobody watches are paused. It may come before there is anything to publish.
func (u *upstream) watch(rids []string) {
	u.watched = append([]string{}, rids...)
	for _, l := range u.layers {
		l.setActive(slices.Contains(rids, l.sample.RID))
	}
}

// request is what the server asks of a publisher by RTCP.
type request struct {
	ssrc  uint32
	key   bool     // a key frame
	nacks []uint16 // packets to send again
}

// answer does what was asked: the next frame is a key frame, lost packets are sent again.
func (u *upstream) answer(r request) {
	for _, l := range u.layers {
		if l.out.ssrc != r.ssrc {
			continue
		}
		l.again = l.again || r.key
		for _, seq := range r.nacks {
			l.repair(seq)
		}
	}
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
	for _, l := range u.layers {
		if l.active {
			add(l.out, l.base+uint32(now/1000*90/1000))
		}
	}
	return out
}

// ntp is a time in NTP's format: seconds since 1900 and their fraction, 32 bits each.
func ntp(t time.Time) uint64 {
	const from1900 = 2208988800
	return uint64(t.Unix()+from1900)<<32 | uint64(t.Nanosecond())<<32/1e9
}
