package speaker

import "math"

// How the decision comes about:
//
//  1. Level sorts each packet into a bin of 20 ms as a number of steps of loudness, 0 to 13 (the immediate scale).
//  2. Decide, every 300 ms, counts the loud bins in each tenth of a second (medium scale, 0 to 5), and the active tenths
//     in the last second (long scale, 0 to 10).
//  3. Each count becomes a score: how likely it is under speech (binomial, p = ½) against under silence (exponential).
//  4. Somebody replaces the dominant speaker when the score is clearly higher on all three scales; of several, the one
//     who is furthest ahead on the medium scale.

// The scales of the paper, section 3.
const (
	immediateSteps = 13
	mediumBins     = 5  // immediate bins in a medium one
	longBins       = 10 // medium bins in the long one

	bin     = 20 * millisecond
	bins    = mediumBins * longBins
	decide  = 300 * millisecond
	maxHole = 3 // bins without a packet that jitter explains; a longer hole is silence
)

// How scores are computed and compared. The logarithms of the ratios must exceed the thresholds C1, C2, C3.
const (
	thresholdImmediate = 3
	thresholdMedium    = 2
	thresholdLong      = 0

	lambdaImmediate = 0.78
	lambdaMedium    = 24
	lambdaLong      = 47
	minScore        = 1e-10
)

// What counts as loud. Steps are of 5 dB from -75 dBov, so that the scale covers what microphones with gain control give.
const (
	bottom     = Silence - 75 // above silence, in dB
	step       = 5
	loudSteps  = 4 // an immediate bin is loud from -55 dBov
	activeBins = 2 // a medium bin is active from two loud ones: speech is full of holes

	// A steady noise, like a fan, is not speech: what is not clearly above a source's own noise counts as silence. The
	// noise follows the quietest at once and rises slowly, up to a bound above which any sound is meant to be heard.
	aboveNoise = 10
	noiseMax   = Silence - 50
	noiseRise  = 25 // bins for 1 dB
)

// Dominant picks the dominant speaker of a meeting.
type Dominant struct {
	table   table[talker]
	current uint32 // 0 for nobody yet
	last    int64  // of the decision before
	decided bool

	immediate [immediateSteps + 1]float64 // logarithms of the scores, by count
	medium    [mediumBins + 1]float64
	long      [longBins + 1]float64
}

// talker is the last second of one source.
type talker struct {
	steps   [bins]uint8 // a ring: bin number modulo bins
	newest  int64       // bin number
	started bool
	noise   uint8 // dB above silence
	rise    uint8 // bins since the noise last rose
}

// NewDominant makes a meeting in which nobody has spoken.
func NewDominant() *Dominant {
	d := &Dominant{table: newTable[talker]()}
	fillScores(d.immediate[:], lambdaImmediate)
	fillScores(d.medium[:], lambdaMedium)
	fillScores(d.long[:], lambdaLong)
	return d
}

// fillScores computes the logarithm of the score of every count (equation 8 of the paper): the binomial probability of
// the count under speech, over its exponential probability under silence.
func fillScores(scores []float64, lambda float64) {
	n := float64(len(scores) - 1)
	for count := range scores {
		k := float64(count)
		lnChoose := lnFactorial(n) - lnFactorial(k) - lnFactorial(n-k)
		score := lnChoose + n*math.Log(0.5) - math.Log(lambda) + lambda*k
		scores[count] = math.Log(max(score, minScore))
	}
}

func lnFactorial(n float64) float64 {
	ln, _ := math.Lgamma(n + 1)
	return ln
}

// Add brings a source in. 0 is not an id.
func (d *Dominant) Add(id uint32) {
	if id != 0 {
		d.table.add(id, talker{noise: bottom})
	}
}

// Remove takes a source out. If it was dominant, nobody is until the next decision.
func (d *Dominant) Remove(id uint32) { d.table.remove(id) }

// Level takes note of a packet's level (RFC 6464: 0 loud, 127 silence).
func (d *Dominant) Level(id uint32, level uint8, now int64) {
	t := d.table.find(id)
	if t == nil {
		return
	}
	above := Silence - min(level, Silence)
	t.advance(now / bin)
	i := t.newest % bins
	t.steps[i] = max(t.steps[i], t.step(above))
	t.noise = max(min(t.noise, above), bottom)
}

// advance moves to the bin of this moment. Bins without a packet repeat the last one if they are few.
func (t *talker) advance(to int64) {
	if !t.started {
		t.newest, t.started = to, true
		return
	}
	hole := to - t.newest
	if hole <= 0 {
		return
	}
	last := t.steps[t.newest%bins]
	for b := max(t.newest+1, to-bins+1); b < to; b++ {
		t.steps[b%bins] = 0
		if hole <= maxHole {
			t.steps[b%bins] = last
		}
	}
	t.steps[to%bins] = 0
	t.newest = to
	if t.rise++; t.rise >= noiseRise {
		t.rise, t.noise = 0, min(t.noise+1, noiseMax)
	}
}

// step turns dB above silence into a step of the immediate scale.
func (t *talker) step(above uint8) uint8 {
	if above < t.noise+aboveNoise {
		return 0
	}
	return min((above-bottom)/step, immediateSteps)
}

// counts returns the three scales as of the bin now.
func (t *talker) counts(now int64) (immediate, medium, long int) {
	if !t.started {
		return 0, 0, 0
	}
	for m := range int64(longBins) {
		loud := 0
		for b := range int64(mediumBins) {
			s := t.stepAt(now - m*mediumBins - b)
			if m == 0 && b <= 1 { // this very bin may not have got its packet yet
				immediate = max(immediate, int(s))
			}
			if s >= loudSteps {
				loud++
			}
		}
		if m == 0 {
			medium = loud
		}
		if loud >= activeBins {
			long++
		}
	}
	return immediate, medium, long
}

// stepAt reads a bin, which may be ahead of the last packet or before the first.
func (t *talker) stepAt(b int64) uint8 {
	if b > t.newest {
		if b-t.newest < maxHole {
			b = t.newest
		} else {
			return 0
		}
	}
	if b < 0 || b <= t.newest-bins {
		return 0
	}
	return t.steps[b%bins]
}

// Decide returns the dominant speaker, 0 while nobody has spoken, and whether that changed. It may be called at any
// time, and decides anew every 300 ms.
func (d *Dominant) Decide(now int64) (id uint32, changed bool) {
	if d.decided && now-d.last < decide {
		return d.current, false
	}
	d.last, d.decided = now, true
	best := d.best(now / bin)
	changed = best != d.current
	d.current = best
	return best, changed
}

// best returns who leads: the current one, unless somebody is clearly ahead on all scales.
func (d *Dominant) best(now int64) uint32 {
	leader := d.table.find(d.current)
	var immediate, medium, long int
	best := uint32(0)
	if leader != nil {
		immediate, medium, long = leader.counts(now)
		best = d.current
	}
	ahead := math.Inf(-1)
	for i := range d.table.rows {
		if d.table.ids[i] == d.current {
			continue
		}
		im, me, lo := d.table.rows[i].counts(now)
		c1 := d.immediate[im] - d.immediate[immediate]
		c2 := d.medium[me] - d.medium[medium]
		c3 := d.long[lo] - d.long[long]
		if c1 > thresholdImmediate && c2 > thresholdMedium && c3 > thresholdLong && c2 > ahead {
			best, ahead = d.table.ids[i], c2
		}
	}
	return best
}
