package loadtest

import (
	"testing"
	"time"
)

// The echo measures every receiver, and nothing of it runs on.
func TestEcho(t *testing.T) {
	e, err := startEcho(4, newClock())
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	for e.echoes() < 3 { // no time is asserted, only that it comes to an end
		select {
		case <-ctx.Done():
			t.Fatal("nothing is echoed")
		case <-time.After(echoEvery):
		}
	}
	all := e.stop()
	if all.Count() < 3 || all.Max() <= 0 || len(e.heard) != 3 {
		t.Errorf("%d echoes, %d µs at most, %d receivers", all.Count(), all.Max(), len(e.heard))
	}
}
