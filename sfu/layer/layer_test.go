package layer

import (
	"math/rand"
	"testing"
)

// camera makes layers of 180, 360 and 720 pixels, live where the string says so: "q-f" has no middle one.
func camera(live string) []Layer {
	ls := make([]Layer, len(live))
	for i := range ls {
		ls[i] = Layer{Height: 180 << i, Live: live[i] != '-'}
	}
	return ls
}

func TestChoose(t *testing.T) {
	unknown := []Layer{{Live: true}, {Live: true}, {Live: true}}
	topKnown := []Layer{{Live: true}, {Live: true}, {Live: true, Height: 1080}}
	for _, c := range []struct {
		name   string
		layers []Layer
		want   int
		index  int
		ok     bool
	}{
		{"thumbnail", camera("qhf"), 120, 0, true},
		{"exact", camera("qhf"), 180, 0, true},
		{"a third more is fine", camera("qhf"), 240, 0, true},
		{"beyond", camera("qhf"), 241, 1, true},
		{"middle", camera("qhf"), 480, 1, true},
		{"full", camera("qhf"), 481, 2, true},
		{"more than there is", camera("qhf"), 4000, 2, true},
		{"no size said", camera("qhf"), 0, 0, true},
		{"negative size", camera("qhf"), -5, 0, true},
		{"middle paused: higher", camera("q-f"), 360, 2, true},
		{"top paused: highest below", camera("qh-"), 720, 1, true},
		{"only the lowest", camera("q--"), 720, 0, true},
		{"only the highest", camera("--f"), 90, 2, true},
		{"nothing flows", camera("---"), 360, 0, false},
		{"no layers", nil, 360, 0, false},
		{"heights unknown, small", unknown, 180, 0, true},
		{"heights unknown, middle", unknown, 360, 1, true},
		{"heights unknown, large", unknown, 720, 2, true},
		{"only the top is known: 270", topKnown, 360, 0, true},
		{"only the top is known: 540", topKnown, 370, 1, true},
	} {
		if index, ok := Choose(c.layers, c.want); index != c.index || ok != c.ok {
			t.Errorf("%s: Choose(%d) = %d, %v, want %d, %v", c.name, c.want, index, ok, c.index, c.ok)
		}
	}
}

func TestKeepDoesNotFlap(t *testing.T) {
	layers := camera("qhf")
	current, changes := 0, 0
	for i := range 1000 {
		want := 240 + []int{-20, 20}[i%2] // around the threshold between the lowest and the middle layer
		next, ok := Keep(layers, current, want)
		if !ok {
			t.Fatal("no layer")
		}
		if next != current {
			changes++
		}
		current = next
	}
	if changes > 1 {
		t.Errorf("%d changes of layer while the size wavered by 8 %%", changes)
	}
}

func TestSteadyKeepsTheSenderFromFlapping(t *testing.T) {
	layers := camera("q--")
	for i := range 100 {
		want := 240 + []int{-20, 20}[i%2]
		if need := Needed(layers, []int{Steady(layers, 0, want)}); need != 0b001 {
			t.Fatalf("needs %03b at height %d", need, want)
		}
	}
	if got := Steady(layers, 0, 720); got != 720 {
		t.Errorf("Steady holds a tile of 720 at %d", got)
	}
	if got := Steady(layers, 1, 250); got != 250 {
		t.Errorf("Steady holds on to a layer that does not flow: %d", got)
	}
}

func TestKeep(t *testing.T) {
	for _, c := range []struct {
		name          string
		live          string
		current, want int
		index         int
		ok            bool
	}{
		{"stays though a bit small", "qhf", 0, 260, 0, true},
		{"moves up when clearly too small", "qhf", 0, 280, 1, true},
		{"stays though a bit large", "qhf", 1, 230, 1, true},
		{"moves down when clearly too large", "qhf", 1, 200, 0, true},
		{"leaves a stopped layer at once", "q-f", 1, 360, 2, true},
		{"takes the better one when it starts", "qhf", 0, 360, 1, true},
		{"nothing before", "qhf", -1, 360, 1, true},
		{"a layer that does not exist", "qhf", 7, 360, 1, true},
		{"nothing flows", "---", 1, 360, 0, false},
	} {
		if index, ok := Keep(camera(c.live), c.current, c.want); index != c.index || ok != c.ok {
			t.Errorf("%s: Keep(%d, %d) = %d, %v, want %d, %v", c.name, c.current, c.want, index, ok, c.index, c.ok)
		}
	}
}

func TestNeeded(t *testing.T) {
	for _, c := range []struct {
		name  string
		live  string
		wants []int
		need  Set
	}{
		{"nobody watches", "qhf", nil, 0},
		{"thumbnails", "qhf", []int{180, 90, 200}, 0b001},
		{"a thumbnail and a large one", "qhf", []int{180, 720}, 0b101},
		{"the middle one is enough", "qhf", []int{360}, 0b010},
		{"not flowing yet: what flows is kept", "q--", []int{720}, 0b101},
		{"a lower one paused: the higher is kept until it flows", "--f", []int{180}, 0b101},
		{"nothing flows: start all up to it", "---", []int{720}, 0b111},
		{"nothing flows: start the lowest", "---", []int{180}, 0b001},
	} {
		if got := Needed(camera(c.live), c.wants); got != c.need {
			t.Errorf("%s: Needed(%v) = %03b, want %03b", c.name, c.wants, got, c.need)
		}
	}
	if got := Needed(nil, []int{180}); got != 0 {
		t.Errorf("a source without layers needs %b", got)
	}
	if s := Set(0b101); !s.Has(0) || s.Has(1) || !s.Has(2) {
		t.Error("Has does not read the bits")
	}
}

// A sender starts what is needed and pauses the rest; whatever happens, whoever could see a picture keeps seeing one,
// and it settles with no layer too many.
func TestNeededNeverLeavesAnybodyBlack(t *testing.T) {
	rnd := rand.New(rand.NewSource(4))
	for range 2000 {
		layers := camera("---"[:1+rnd.Intn(3)])
		able := 1 + rnd.Intn(len(layers)) // a small camera sends only the lower ones
		wants := make([]int, 1+rnd.Intn(4))
		seen := false
		for range 12 {
			for i := range wants {
				if rnd.Intn(4) == 0 {
					wants[i] = rnd.Intn(1200)
				}
			}
			for range 3 {
				need := Needed(layers, wants)
				for i := range layers {
					layers[i].Live = i < able && need.Has(i)
				}
				for _, want := range wants {
					if _, ok := Choose(layers, want); !ok {
						t.Fatalf("black: %+v, able to send %d, wants %v, seen before: %v", layers, able, wants, seen)
					}
				}
				seen = true
			}
			for i := range layers {
				used := false
				for _, want := range wants {
					index, _ := Choose(layers, want)
					used = used || index == i
				}
				if layers[i].Live && !used {
					t.Fatalf("layer %d flows for nobody: %+v, wants %v", i, layers, wants)
				}
			}
		}
	}
}

func TestDoesNotAllocate(t *testing.T) {
	layers, wants := camera("qhf"), []int{90, 180, 720}
	if n := testing.AllocsPerRun(1000, func() {
		Choose(layers, 360)
		Keep(layers, 1, 200)
		Needed(layers, wants)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkNeeded(b *testing.B) {
	layers, wants := camera("qhf"), []int{90, 180, 180, 180, 180, 180, 360, 180, 180, 180, 180, 180, 180, 720}
	b.ReportAllocs()
	for range b.N {
		Needed(layers, wants)
	}
}
