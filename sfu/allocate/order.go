package allocate

import "tablee/sfu/layer"

// A source's ladder are the steps in which its picture can be sent, each better and dearer than the one below. A step's
// level says when its turn comes: steps are taken from the lowest level up, of all sources together, until the first
// that does not fit. So the levels are the order of the package comment, and one number says how far it went.
const (
	maxSteps = 12
	noLevel  = -1
	// A first step of a screen comes before that of the large picture, and both before anything else.
	screenFirst  = 0
	speakerFirst = 1
	firstLevel   = 2
	// facesFirst says how early the first steps of thumbnails come: with the page's layers the first two of them come
	// before the large picture's second layer, and seven before its third.
	facesFirst = 5
	maxPlace   = 1000
	// grain is what one level is worth, in bit/s: fewer levels are searched faster.
	grain = 512
)

type step struct {
	rate            int32
	layer, temporal int8
}

type ladder struct {
	levels [maxSteps]int64
	steps  [maxSteps]step
	n      int
	top    int8   // the layer that is high enough, -1 when the picture is hidden or there is none
	off    Reason // beyond the number of pictures, and whose; Nothing for not
}

// shares are the parts of a layer's rate up to each temporal layer, in percent, as libwebrtc divides them.
func shares(temporals, temporal int) int {
	switch {
	case temporal >= temporals-1:
		return 100
	case temporals == 2 || temporal == 1:
		return 60
	default:
		return 40
	}
}

// number grows with the layer, then with the temporal layer.
func (s step) number() int16 { return int16(s.layer)*maxTemporals + int16(s.temporal) }

// build fills the ladder of a source, which has a place among the receiver's pictures of its class. The steps end with
// the layer that is high enough.
func (l *ladder) build(s *Source, place int) {
	l.n, l.off, l.top = 0, Nothing, -1
	if s.Want <= 0 || len(s.Layers) == 0 {
		return
	}
	layers := s.Layers[:min(len(s.Layers), layer.MaxLayers)]
	want := s.Want
	if s.Choice.known { // a tile's size may waver
		want = layer.Steady(layers, s.Choice.Wish, want)
	}
	top := layer.Target(layers, want)
	l.top = int8(top)
	temporals := min(max(s.Temporals, 1), maxTemporals)
	for i := 0; i <= top; i++ {
		// Fewer frames before a smaller picture; but a few frames a second are worse than a smaller picture, unless
		// there is none smaller, or it is text that should be read.
		lowest := 0
		if temporals == maxTemporals && i > 0 && s.Class != Screen {
			lowest = 1
		}
		full := rateOf(s.Layers, i)
		for t := lowest; t < temporals; t++ {
			l.push(step{int32(max(full/100*shares(temporals, t), 1)), int8(i), int8(t)}, s.Layers)
		}
	}
	for i := range l.n {
		level := firstLevel + int64(uint64(l.steps[i].rate)/s.Class.weight())/grain
		switch {
		case i > 0:
			level = max(level, l.levels[i-1]+1)
		case s.Class == Screen:
			level = screenFirst
		case s.Class == Speaker:
			level = speakerFirst
		default: // seeing one more person is worth more than a sharper picture, for the first few most
			level = firstLevel + int64(l.steps[0].rate)*int64(min(place, maxPlace)+1)/facesFirst/grain
		}
		l.levels[i] = level
	}
}

// push adds a step on top; steps below that are not cheaper go, as they are no better either. But a layer that flows does
// not go for one that does not: the other's rate is a guess, or the past, and must be higher than any below it that flows.
func (l *ladder) push(s step, all []layer.Layer) {
	for i := l.n - 1; i >= 0 && !all[s.layer].Live; i-- {
		if below := &l.steps[i]; all[below.layer].Live {
			s.rate = max(s.rate, below.rate+1)
			break
		}
	}
	for l.n > 0 && l.steps[l.n-1].rate >= s.rate && l.steps[l.n-1].layer <= s.layer {
		l.n--
	}
	if l.n < maxSteps {
		l.steps[l.n] = s
		l.n++
	}
}

// rateOf is a layer's rate, or a guess when it is not known: 120 kbit/s for 180 lines, 3.3 times as much for twice as
// many, which is what the page offers.
func rateOf(layers []layer.Layer, i int) int {
	if r := layers[i].Bitrate; r > 0 {
		return min(r, 1<<30)
	}
	height, rate := layers[i].Height, 120_000
	if height <= 0 {
		height = 180 << min(i, 4)
	}
	for base := 180; base < height && rate < 1<<28; base *= 2 {
		if height < 2*base {
			return rate + rate*23/10*(height-base)/base
		}
		rate = rate * 33 / 10
	}
	return rate
}

// at returns the highest step of a level, -1 for none.
func (l *ladder) at(level int64) int {
	if l.off != Nothing {
		return -1
	}
	i := l.n - 1
	for i >= 0 && l.levels[i] > level {
		i--
	}
	return i
}

// rate is that of a step, 0 for none.
func (l *ladder) rate(step int) int64 {
	if step < 0 {
		return 0
	}
	return int64(l.steps[step].rate)
}

// highest is the level of the highest step.
func (l *ladder) highest() int64 {
	if l.n == 0 || l.off != Nothing {
		return noLevel
	}
	return l.levels[l.n-1]
}

// find returns the step of a layer and temporal layer; when it is gone, the highest that is no more than it.
func (l *ladder) find(planned int16) int {
	i := l.n - 1
	for i >= 0 && l.steps[i].number() > planned {
		i--
	}
	return i
}
