package layer

// Set is a set of layers: bit i stands for layer i.
type Set uint32

// Has says whether layer i is in the set.
func (s Set) Has(i int) bool { return s&(1<<i) != 0 }

// Needed returns which layers the receivers need who show the source at these heights in pixels, whether they are being
// sent or not; the sender may pause the others. The lowest one that is high enough is needed for each receiver, and
// nothing else once it flows.
//
// Until it flows, what can be shown instead is needed too: the live layer that Choose takes, or, when there is none,
// every lower layer, because a sender whose camera is small never starts the high ones.
func Needed(layers []Layer, wants []int) Set {
	var s Set
	for _, want := range wants {
		s |= needed(layers, want)
	}
	return s
}

func needed(layers []Layer, want int) Set {
	if len(layers) == 0 {
		return 0
	}
	target := Target(layers, want)
	if layers[target].Live {
		return 1 << target
	}
	if instead, ok := Choose(layers, want); ok {
		return 1<<target | 1<<instead
	}
	return 1<<(target+1) - 1
}

// Steady returns the height to give Needed for a receiver that is being sent the layer current: the layer's own while
// Keep would stay there, else want. Without it the sender would start and stop a layer while a tile's size wavers.
func Steady(layers []Layer, current, want int) int {
	if current < 0 || current >= len(layers) || !layers[current].Live {
		return want
	}
	if Target(layers, want-want*slack/100) == current || Target(layers, want+want*slack/100) == current {
		return height(layers, current)
	}
	return want
}

// Target returns the lowest layer that is high enough for want, live or not, else the highest. There must be one.
func Target(layers []Layer, want int) int {
	i := 0
	for i < len(layers)-1 && !suffices(height(layers, i), want) {
		i++
	}
	return i
}
