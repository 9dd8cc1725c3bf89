package sfu

import (
	"testing"
	"time"
)

func TestTwoMeet(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := w.join("r", "a", 3, 4), w.join("r", "b", 3, 4)
		b.peer.Demand([]Want{{ID: "a", Kind: Camera, Height: 180}})
		w.run(3*time.Second, func(k int) {
			a.talk(k, 20)
			for layer := range 3 {
				a.film(k, layer, k%30 == 0)
			}
		})
		if n := len(b.from(a.num, false)); n < 40 {
			t.Errorf("b heard %d packets of a, want 40 or more", n)
		}
		if n := len(b.from(a.num, true)); n < 35 {
			t.Errorf("b saw %d packets of a, want 35 or more", n)
		}
		if n := len(a.from(a.num, true)) + len(a.from(a.num, false)); n != 0 {
			t.Errorf("a got %d of its own packets", n)
		}
		for _, c := range []*client{a, b} {
			if len(c.wrong) > 0 {
				t.Error(c.wrong)
			}
		}
		t.Logf("%+v", w.engine.Stats())
		t.Logf("%+v", b.news())
		t.Logf("%+v", a.news())
	})
}
