package layer

const (
	// enough is the share of the wanted height, in percent, with which a layer is good enough: scaling a picture up by
	// a third is hardly seen, and the next layer costs three times as many bits.
	enough = 75
	// slack is by how many percent a wanted height may waver without a change of layer.
	slack = 10
	// lowestHeight is the height, in pixels, that the lowest layer is assumed to have until a key frame tells.
	lowestHeight = 180
	// MaxLayers is how many layers a source has at most.
	MaxLayers = 8
)

// Layer is one simulcast layer of a source.
type Layer struct {
	Height  int  // pixels; 0 when no key frame has told it yet
	Live    bool // packets of it arrived in the last second or so
	Bitrate int  // bits per second lately
}

// Choose returns which layer to send to a receiver that shows the source want pixels high: the lowest live one that is
// high enough, else the highest live one. Layers are ordered low to high; ok is false when none is live.
func Choose(layers []Layer, want int) (index int, ok bool) {
	index = -1
	for i := range layers {
		if !layers[i].Live {
			continue
		}
		index = i
		if suffices(height(layers, i), want) {
			break
		}
	}
	return max(index, 0), index >= 0
}

// Keep is Choose for a receiver that is being sent the layer current: it stays there as long as current would be right
// for a height within 10 % of want. current may be -1 for none.
func Keep(layers []Layer, current, want int) (index int, ok bool) {
	if current >= 0 && current < len(layers) && layers[current].Live {
		less, _ := Choose(layers, want-want*slack/100)
		more, _ := Choose(layers, want+want*slack/100)
		if current == less || current == more {
			return current, true
		}
	}
	return Choose(layers, want)
}

// suffices says whether a layer of that height is high enough for want.
func suffices(height, want int) bool {
	return int64(height)*100 >= int64(want)*enough
}

// height returns the layer's height. One that is not known yet is assumed from the nearest known layer, each being twice
// as high as the one below, which is what the page offers.
func height(layers []Layer, i int) int {
	if h := layers[i].Height; h > 0 {
		return h
	}
	for d := 1; d < len(layers); d++ {
		if j := i - d; j >= 0 && layers[j].Height > 0 {
			return layers[j].Height << min(d, MaxLayers)
		}
		if j := i + d; j < len(layers) && layers[j].Height > 0 {
			return layers[j].Height >> min(d, MaxLayers)
		}
	}
	return lowestHeight << min(i, MaxLayers)
}
