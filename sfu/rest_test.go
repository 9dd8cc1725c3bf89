package sfu

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// lens is a participant's camera as browsers encode it: 25 frames a second on each layer that is asked for and may be sent,
// the first of them a key frame, and then one whenever one is asked for.
type lens struct {
	*seat
	may   string         // layers that it is willing to send
	sizes map[string]int // bytes of a frame
	deaf  string         // layers that no key frame comes of
	keys  map[string]bool
	seen  int // RTCP that was looked at
}

func (l *lens) shoot(k int) {
	for _, p := range l.rtcp[l.seen:] {
		if pli, ok := p.(*rtcp.PictureLossIndication); ok {
			l.keys["qhf"[pli.MediaSSRC-200:][:1]] = true
		}
	}
	l.seen = len(l.rtcp)
	for _, rid := range []string{"q", "h", "f"} {
		if !slices.Contains(l.asked(), rid) || !slices.Contains([]byte(l.may), rid[0]) {
			l.keys[rid] = true // when it begins again
			continue
		}
		key := l.keys[rid] && !slices.Contains([]byte(l.deaf), rid[0])
		l.keys[rid] = l.keys[rid] && !key
		if l.sizes[rid] > l.sizes["q"] || rid == "q" || k%8 == 0 || key { // large layers of a starved machine are slow
			l.large(rid, key, l.sizes[rid])
		}
	}
}

// Whoever watches a large picture whose sender stops its upper layers is shown the small one, whatever was going on: the switch
// up at any of its moments, a key frame that never comes, a probe, layers that cost less than the small one does now. And the
// large one again, once it is sent.
func TestUpperLayersStopAtAnyMoment(t *testing.T) {
	const tick = 40 * time.Millisecond
	usual, starved := map[string]int{"q": 200, "h": 600, "f": 1100}, map[string]int{"q": 900, "h": 60, "f": 0}
	for name, x := range map[string]struct {
		sizes map[string]int
		deaf  string
		probe bool
	}{"usual": {sizes: usual}, "no key frame of the upper ones": {sizes: usual, deaf: "hf"}, "probe": {sizes: usual, probe: true}, "starved": {sizes: starved}} {
		for at := range 60 {
			d := newDesk(t)
			a, b := &lens{seat: d.join("a", 0, 0), may: "qhf", sizes: x.sizes, deaf: x.deaf, keys: map[string]bool{}}, d.join("b", 0, 0)
			b.open("v0", true, noLink{b}, negotiated{ssrc: 0xb0, pt: 96, ssrcRTX: 0xc0, ptRTX: 97, twcc: 3})
			b.carries(5_000_000)
			k := 0
			roll := func(n time.Duration) (shown int) {
				from := len(b.sent)
				for range n / tick {
					a.shoot(k)
					d.pass(int64(tick))
					k++
				}
				for _, p := range b.sent[from:] {
					if p.SSRC == 0xb0 {
						shown++
					}
				}
				return shown
			}
			b.Demand([]Want{{ID: "a", Kind: Camera, Height: 180}})
			roll(2 * time.Second)
			b.Demand([]Want{{ID: "a", Kind: Camera, Height: 540, Big: true}})
			roll(time.Duration(at) * tick)
			if x.probe {
				b.line.probe = probing{on: true, rate: 6_000_000, bytes: 200_000}
				d.engine.agenda.arm(&b.timers.probe, d.now)
			}
			a.may = "q"
			roll(3500 * time.Millisecond)
			when := fmt.Sprintf("%s, %v after the wish", name, time.Duration(at)*tick)
			if n := roll(time.Second); n < 20 || b.slotsSay()["v0"] != "a" {
				t.Fatalf("%s: %d frames in a second, choice %+v, the slot shows %q, a is to send %q", when, n, b.slots[0].choice, b.slotsSay()["v0"], a.asked())
			}
			a.may, a.deaf = "qhf", ""
			roll(3 * time.Second)
			if show, _ := b.slots[0].layers(); show == nil || show.rid != "f" {
				t.Fatalf("%s: not the large picture again: %+v", when, b.slots[0].choice)
			}
			_ = d.engine.Close()
		}
	}
}
