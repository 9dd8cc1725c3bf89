package loadtest

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"tablee/signaling"
)

// crowd are members 1 to n with cameras.
func crowd(n int) map[string]signaling.Member {
	all := make(map[string]signaling.Member)
	for i := 1; i <= n; i++ {
		id := "m" + strconv.Itoa(i)
		all[id] = signaling.Member{ID: id, Num: uint32(i), Cam: true}
	}
	return all
}

// named lists a demand as "m2:180 m3/screen:720".
func named(videos []signaling.Video) (out []string) {
	for _, v := range videos {
		name := v.ID
		if v.Kind == signaling.KindScreen {
			name += "/screen"
		}
		out = append(out, name+":"+strconv.Itoa(v.Height))
	}
	return out
}

func TestWhatIsShown(t *testing.T) {
	self := signaling.Welcome{ID: "m3", Num: 3}
	off := crowd(4)
	off["m4"] = signaling.Member{ID: "m4", Num: 4, Screen: true}
	for _, c := range []struct {
		name    string
		view    view
		members map[string]signaling.Member
		slots   int
		want    []string
	}{
		{"everybody, who follows first", view{}, crowd(5), 32, []string{"m4:180", "m5:180", "m1:180", "m2:180"}},
		{"as many as there are slots", view{}, crowd(5), 2, []string{"m4:180", "m5:180"}},
		{"one large", view{pinned: true}, crowd(4), 32, []string{"m4:720", "m1:180", "m2:180"}},
		{"a screen first, a camera that is off not", view{}, off, 32, []string{"m4/screen:720", "m1:180", "m2:180"}},
		{"a window", view{scrolled: 1}, crowd(9), 32, []string{"m4:180", "m5:180", "m6:180", "m7:180", "m8:180", "m9:180"}},
		{"the next", view{scrolled: 2}, crowd(9), 32, []string{"m1:180", "m2:180", "m4:180", "m5:180", "m6:180", "m7:180"}},
		{"a window wider than all", view{scrolled: 2}, crowd(3), 32, []string{"m1:180", "m2:180"}},
		{"alone", view{pinned: true, scrolled: 3}, crowd(0), 32, nil},
	} {
		if got := named(c.view.shownTo(self, c.members, c.slots)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestLayersAskedFor(t *testing.T) {
	for _, c := range []struct {
		height int
		screen bool
		want   uint8
	}{{90, false, 1}, {180, false, 1}, {240, false, 1}, {241, false, 2}, {360, false, 2}, {720, false, 3}, {2160, false, 3},
		{180, true, 4}, {480, true, 4}, {720, true, 5}, {2160, true, 5}} {
		if got := layerFor(c.height, c.screen); got != c.want {
			t.Errorf("height %d, screen %v: layer %d", c.height, c.screen, got)
		}
	}
}

// A change of demand is over when the picture comes in the layer that was asked for; what was asked for before is not
// timed again, nor is what is no longer wanted.
func TestSwitchesAreTimed(t *testing.T) {
	d, _ := receiver()
	in := d.bySSRC[2]
	a, b := key{num: 1}, key{num: 2}
	ms := int64(time.Millisecond)
	d.demand(map[key]uint8{a: 1}, []key{a}, 0)
	d.shapeLocked(in, a, 1, 40*ms) // 40 ms
	d.demand(map[key]uint8{a: 3, b: 1}, []key{a}, 1000*ms)
	d.shapeLocked(in, a, 1, 1050*ms) // still the old layer
	d.shapeLocked(in, b, 1, 1060*ms) // b was not to be timed
	d.shapeLocked(in, a, 3, 1100*ms) // 100 ms
	d.shapeLocked(in, a, 3, 1166*ms)
	d.demand(map[key]uint8{a: 3}, []key{a}, 2000*ms)
	d.shapeLocked(in, a, 3, 2001*ms) // nothing changed
	d.demand(map[key]uint8{b: 1}, []key{b}, 3000*ms)
	d.demand(map[key]uint8{}, nil, 3001*ms)
	d.shapeLocked(in, b, 1, 3050*ms) // no longer wanted
	if d.switching.Count() != 2 || d.switching.Max() != 100_000 {
		t.Errorf("%d switches, the longest %d µs", d.switching.Count(), d.switching.Max())
	}
}

// The share of the layer is one of time.
func TestLayerMatch(t *testing.T) {
	d, _ := receiver()
	in := d.bySSRC[2]
	k := key{num: 1}
	d.demand(map[key]uint8{k: 3}, nil, 0)
	for i := range int64(11) {
		d.shapeLocked(in, k, 1, i*100*msec) // a second in the wrong layer
	}
	for i := range int64(31) {
		d.shapeLocked(in, k, 3, (1001+i*100)*msec) // three in the right one
	}
	if p, ok := d.match.Percent(); !ok || p < 74.9 || p > 75.1 {
		t.Errorf("%v %% of the time, %v", p, ok)
	}
}
