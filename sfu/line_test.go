package sfu

import (
	"testing"
	"time"
)

// Where nobody talks and no picture fits, nothing is sent of which feedback could tell that the line has become better: it is
// tried all the same.
func TestALineIsTriedInSilence(t *testing.T) {
	d := newDesk(t)
	a, b := d.join("a", 0, 0), d.comeIn("b", false)
	n := &narrow{seat: b, rate: 100_000, mute: true}
	n.film(a, 5*time.Second)
	n.film(a, 3*time.Second)
	if b.begins() > 150_000 {
		t.Fatalf("a line of 100 kbit/s is thought to carry %d", b.begins())
	}
	looked := len(b.sent)
	n.film(a, 10*time.Second)
	if sent := len(b.sent) - looked; sent > 100 {
		t.Errorf("%d packets were sent in 10 s to try a line that carries no picture", sent)
	}
	n.rate = 20_000_000
	n.film(a, 15*time.Second)
	if b.begins() < 1_000_000 || b.slotsSay()["v0"] != "a" {
		t.Errorf("15 s after the line became good it is thought to carry %d bit/s", b.begins())
	}
}
