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
	voiceEvery   = int64(20 * time.Millisecond)
	silenceEvery = int64(400 * time.Millisecond)
)

// spoken is a spurt as it was really published, in nanoseconds of the run's clock.
type spoken struct{ from, to int64 }

// voice publishes the microphone: a looped sample while it is the participant's turn, silence frames otherwise.
type voice struct {
	out    *outlet
	sample [][]byte
	next   int // packet of the sample
	base   uint32

	turns   []turns.Spurt // to come, in order
	origin  int64         // the clock at the turns' zero
	talking bool
	log     []spoken

	scratch []byte
}

// talk sets whose turn it is from now on.
func (v *voice) talk(plan []turns.Spurt, origin int64) { v.turns, v.origin = plan, origin }

// send publishes the packet due at a time and returns when the next one is due, and the bytes that it took.
func (v *voice) send(due, now int64, num uint32) (next int64, bytes int) {
	timestamp := v.base + uint32(due/1000*48/1000)
	if !v.turn(due) {
		v.talking = false
		v.out.level[0] = levelSilent
		_, bytes = v.out.write(timestamp, false, payload.OpusSilence[:])
		return min(due+silenceEvery, max(due+voiceEvery, v.nextTurn())), bytes
	}
	body, err := payload.AppendOpus(v.scratch[:0], v.sample[v.next], payload.Stamp{Num: num, At: now})
	if err != nil { // held against by the samples' tests
		return due + voiceEvery, 0
	}
	v.scratch = body
	v.next = (v.next + 1) % len(v.sample)
	v.out.level[0] = levelTalking
	_, bytes = v.out.write(timestamp, !v.talking, body) // the marker begins a spurt (RFC 3551, section 4.1)
	if !v.talking {
		v.talking = true
		v.log = append(v.log, spoken{from: now, to: now})
	}
	v.log[len(v.log)-1].to = now
	return due + voiceEvery, bytes
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
