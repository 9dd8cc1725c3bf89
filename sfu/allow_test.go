package sfu

import (
	"testing"
	"time"
)

// Whoever may not talk or show any more, and goes on sending, is not forwarded; each such packet is counted, what they still may
// send goes on, and all is as before when the right is given back.
func TestWhatIsNotAllowedIsNotForwarded(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := w.join("r", "a", 3, 4), w.join("r", "b", 3, 4)
		b.peer.Demand([]Want{{ID: "a", Kind: Camera, Height: 180}})
		cam, k := film(a), 0
		// run lets a talk and film, whatever it may, and says how much of it came and how many packets were held back.
		run := func() (voice, picture int, held uint64) {
			voice, picture, held = len(b.from(a.num, false)), len(b.from(a.num, true)), w.engine.Stats().Forbidden
			w.run(3*time.Second, func(int) {
				a.talk(k, 20)
				cam.frame(k)
				k++
			})
			time.Sleep(time.Second) // what is under way arrives
			return len(b.from(a.num, false)) - voice, len(b.from(a.num, true)) - picture, w.engine.Stats().Forbidden - held
		}
		const many = 35 // of 45 frames in three seconds
		for _, c := range []struct {
			name                string
			mic, camera, screen bool
			least, most         uint64 // packets held back; a frame of the camera is one on each layer that is sent
		}{
			{"all", true, true, true, 0, 0}, {"no microphone", false, true, true, many, 45}, {"no camera", true, false, true, many, 3 * 45},
			{"nothing", false, false, false, 2 * many, 4 * 45}, {"no screen", true, true, false, 0, 0}, {"all again", true, true, true, 0, 0},
		} {
			a.peer.Allow(c.mic, c.camera, c.screen)
			voice, picture, held := run()
			if c.mic != (voice > many) || c.camera != (picture > many) || !c.mic && voice > 0 || !c.camera && picture > 0 {
				t.Errorf("%s: %d packets of the voice came, %d of the picture", c.name, voice, picture)
			}
			if held < c.least || held > c.most {
				t.Errorf("%s: %d packets are counted as held back, not %d to %d", c.name, held, c.least, c.most)
			}
		}
		w.clean()
	})
}
