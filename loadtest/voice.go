package loadtest

import (
	"time"

	"tablee/loadtest/payload"
	"tablee/loadtest/turns"
)

// Audio levels (RFC 6464) in -dBov, with the voice-activity bit.
const (
	levelTalking = 0x80 | 30
	levelSilent  = 127
)

// Pace of voice, in nanoseconds: while nobody talks, an encoder with DTX sends a frame of silence now and then.
const (
	voiceFrame   = int64(20 * time.Millisecond) // of one frame of the sample
	silenceEvery = int64(400 * time.Millisecond)
)

// spoken is a spurt as it was really published, in nanoseconds of the run's clock.
type spoken struct{ from, to int64 }

// voice publishes the microphone: a looped sample while it is the participant's turn, silence frames otherwise.
type voice struct {
	out    *outlet
	sample [][]byte
	frames int   // of the sample in a packet
	every  int64 // time between two packets, in nanoseconds
	most   int   // bytes of a frame; 0 for no limit
	next   int   // packet of the sample
	base   uint32

	turns   []turns.Spurt // to come, in order
	origin  int64         // the clock at the turns' zero
	talking bool
	log     []spoken

	scratch []byte

	red    bool   // each packet carries the one before again
	past   []byte // that one
	pastTS uint32
	joined []byte // both, buffer
}

// mostFrames is how many frames of 20 ms a packet has at most (RFC 6716, section 3.2.5: 120 ms).
const mostFrames = 6

// newVoice makes a voice as the server wants it: packets of so many milliseconds, and so many bits a second. Where that is
// less than the sample has, its frames are cut: that is no speech any more, but has the size and the pace.
func newVoice(out *outlet, sample [][]byte, o opus) *voice {
	v := &voice{out: out, sample: sample}
	v.follow(o)
	return v
}

// follow makes the voice what the server wants it to be from now on.
func (v *voice) follow(o opus) {
	v.frames, v.most, v.red, v.past = 1, 0, o.red, v.past[:0]
	sample := v.sample
	if o.frame > 0 {
		v.frames = min(max(o.frame*int(time.Millisecond)/int(voiceFrame), 1), mostFrames)
	}
	v.every = int64(v.frames) * voiceFrame
	bytes := 0
	for _, p := range sample {
		bytes += len(p)
	}
	perSecond := int(int64(time.Second) / voiceFrame)
	if o.rate > 0 && bytes*8*perSecond/len(sample) > o.rate {
		packet := o.rate / 8 * v.frames / perSecond
		v.most = max((packet-payload.StampSize-payload.OpusHead-v.frames)/v.frames, 1)
	}
}

// write sends a packet, with the one before it where that is asked for.
func (v *voice) write(ts uint32, marker bool, body []byte) (size int) {
	v.out.header.PayloadType = ptOpus
	send := body
	if v.red {
		v.out.header.PayloadType = ptRED
		v.joined = payload.AppendRED(v.joined[:0], ptOpus, v.past, ts-v.pastTS, body)
		send = v.joined
		v.past, v.pastTS = append(v.past[:0], body...), ts
	}
	_, size = v.out.write(ts, marker, send)
	return size
}

// body makes the next packet's payload.
func (v *voice) body(s payload.Stamp) ([]byte, error) {
	var frames [mostFrames][]byte
	for i := range v.frames {
		f := v.sample[v.next]
		if v.next = (v.next + 1) % len(v.sample); v.most > 0 {
			f = f[:min(len(f), v.most+1)]
		}
		frames[i] = f
	}
	return payload.AppendOpus(v.scratch[:0], frames[:v.frames], s)
}

// talk sets whose turn it is from now on.
func (v *voice) talk(plan []turns.Spurt, origin int64) { v.turns, v.origin = plan, origin }

// send publishes the packet due at a time and returns when the next one is due, and the bytes that it took.
func (v *voice) send(due, now int64, num uint32) (next int64, bytes int) {
	timestamp := v.base + uint32(due/1000*48/1000)
	if !v.turn(due) {
		v.talking = false
		v.out.level[0] = levelSilent
		bytes = v.write(timestamp, false, payload.OpusSilence[:])
		return min(due+silenceEvery, max(due+v.every, v.nextTurn())), bytes
	}
	body, err := v.body(payload.Stamp{Num: num, At: now})
	if err != nil { // held against by the samples' tests
		return due + v.every, 0
	}
	v.scratch = body
	v.out.level[0] = levelTalking
	bytes = v.write(timestamp, !v.talking, body) // the marker begins a spurt (RFC 3551, section 4.1)
	if !v.talking {
		v.talking = true
		v.log = append(v.log, spoken{from: now, to: now})
	}
	v.log[len(v.log)-1].to = now
	return due + v.every, bytes
}

// turn says whether it is the participant's turn at a time, and forgets turns that are over.
func (v *voice) turn(at int64) bool {
	for len(v.turns) > 0 && at >= v.origin+int64(v.turns[0].End) {
		v.turns = v.turns[1:]
		v.talking = false
	}
	return len(v.turns) > 0 && at >= v.origin+int64(v.turns[0].Start)
}

// nextTurn is when the next turn begins, far away when there is none.
func (v *voice) nextTurn() int64 {
	if len(v.turns) == 0 {
		return 1 << 62
	}
	return v.origin + int64(v.turns[0].Start)
}
