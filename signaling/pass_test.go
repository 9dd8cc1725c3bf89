package signaling

import (
	"testing"
	"time"

	"tablee/room"
)

// A token opens pads and files for as long as its holder sits in the meeting, in that room only.
func TestPass(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		anna, bob := h.join(ClientMessage{Name: "Anna", Host: h.host}), h.join(ClientMessage{Name: "Bob"})
		got, ok := h.hub.Pass("salon", bob.welcome.Resume)
		want := room.Pass{Room: "salon", ID: bob.welcome.ID, Num: bob.welcome.Num, Seat: 1, Name: "Bob", Role: room.Guest}
		if !ok || got != want {
			t.Errorf("%+v, %v; want %+v", got, ok, want)
		}
		if got, _ := h.hub.Pass("salon", anna.welcome.Resume); got.Role != room.Host {
			t.Errorf("the host is %v", got.Role)
		}
		token := bob.welcome.Resume
		for _, c := range []struct{ room, token string }{{"jardin", token}, {"salon", token[:len(token)-4]}, {"salon", ""}, {"", token}} {
			if got, ok := h.hub.Pass(c.room, c.token); ok {
				t.Errorf("in %q with %q: %+v", c.room, c.token, got)
			}
		}
		bob.say(ClientMessage{T: "leave"})
		time.Sleep(time.Second)
		if got, ok := h.hub.Pass("salon", token); ok {
			t.Errorf("after leaving: %+v", got)
		}
	})
}
