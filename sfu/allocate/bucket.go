package allocate

// Traffic is what a packet is to the host's line.
type Traffic uint8

// The kinds, in order.
const (
	Audio   Traffic = iota // always passes, and is counted
	Video                  // passes within the limit
	Padding                // probes and files: only what video leaves
)

const (
	// burst is how much of the limit may leave at once. Any second carries at most one burst more than flows in, so what
	// flows in is less than the limit by that much.
	burst = 50 * millisecond
	// kept is the part of a burst that only audio may use, and that padding must leave to video.
	keptForAudio = burst / 5
	keptForVideo = burst / 2
	// debt is how far audio may go beyond; more would mute all video for longer than it helps.
	debt  = second / 2
	scale = 1 << 10 // of the time per byte
)

// Bucket keeps what leaves over the host's line within its limit, in any second. It is a token bucket, written as the
// time at which it will be full again (the virtual scheduling of ITU-T I.371). The zero value has no limit.
type Bucket struct {
	perByte int64 // ns × scale
	full    int64 // when it is full again
	passed  [3]uint64
	refused [3]uint64
}

// SetLimit sets the limit in bit/s; 0 or less for none. What has passed stays counted.
func (b *Bucket) SetLimit(bits int) {
	b.perByte = 0
	if bits > 0 {
		rate := int64(bits) * second / (second + burst)
		b.perByte = max(8*second*scale/max(rate, 1000), 1)
	}
}

// Pass says whether a packet of that size in bytes, with all headers, may leave now, and counts it if it may.
func (b *Bucket) Pass(now int64, size int, kind Traffic) bool {
	if b.perByte == 0 {
		b.passed[kind] += uint64(size)
		return true
	}
	full := max(b.full, now) + int64(size)*b.perByte/scale
	if kind == Audio {
		b.full = min(full, now+burst+debt)
	} else if full-now > burst-kept(kind) && (kind == Padding || b.full > now) { // a packet longer than a burst goes alone
		b.refused[kind] += uint64(size)
		return false
	} else {
		b.full = full
	}
	b.passed[kind] += uint64(size)
	return true
}

// Wait returns when Pass would let the packet through, if nothing else passes until then.
func (b *Bucket) Wait(now int64, size int, kind Traffic) int64 {
	if b.perByte == 0 || kind == Audio {
		return now
	}
	at := b.full + int64(size)*b.perByte/scale - burst + kept(kind)
	if kind == Video {
		at = min(at, b.full)
	}
	return max(now, at)
}

// Counts returns the bytes that passed and that did not.
func (b *Bucket) Counts(kind Traffic) (passed, refused uint64) {
	return b.passed[kind], b.refused[kind]
}

func kept(kind Traffic) int64 {
	switch kind {
	case Audio:
		return 0
	case Video:
		return keptForAudio
	default:
		return keptForVideo
	}
}
