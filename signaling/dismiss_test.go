package signaling

import (
	"testing"
	"time"

	"tablee/room"
)

// Whoever came with an account that is let in no more is out at once: of the meeting, of the lobby, of the doorstep. What they
// keep, a resume token, gives them nothing that the account gave, in this meeting or after a restart; others notice only that
// they left.
func TestDismiss(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		if _, err := h.rooms.Update(t.Context(), "salon", func(r *room.Room) error { r.Owner = "bob"; return nil }); err != nil {
			t.Fatal(err)
		}
		anna := h.join(ClientMessage{Name: "Anna"})
		bob := h.knock(ClientMessage{Name: "Bob"}, "Test-Account", "bob")
		if bob.expect("welcome", &bob.welcome); bob.welcome.Role != "host" {
			t.Fatalf("%+v", bob.welcome)
		}
		bob.say(ClientMessage{T: "offer", SDP: "v=0"})
		bob.expect("answer", &Answer{})
		h.change(func(s *room.Settings) { s.Lobby = true })
		waits := h.knock(ClientMessage{Name: "Zoé"}, "Test-Account", "zoe")
		waits.expect("waiting", &Waiting{})
		h.hub.Dismiss("nobody")
		h.hub.Dismiss("")
		anna.sync()
		bob.sync()
		waits.say(ClientMessage{T: "ping"})
		waits.expect("pong", &Pong{})

		h.hub.Dismiss("bob")
		h.hub.Dismiss("zoe")
		for _, c := range []*client{bob, waits} {
			var bye Bye
			if c.expect("bye", &bye); bye.Reason != ByeRemoved || bye.Retry != 0 {
				t.Errorf("%+v", bye)
			}
			c.expectClose(1000)
		}
		var left Left
		if anna.expect("left", &left); left.ID != bob.welcome.ID || h.peerOf(bob.welcome.ID).closes() != 1 {
			t.Errorf("%+v", left)
		}
		time.Sleep(time.Second)
		if s := h.hub.Stats(); s.Members != 1 {
			t.Errorf("%+v", s)
		}
		h.knock(ClientMessage{Name: "Bob", Resume: bob.welcome.Resume}).expect("waiting", &Waiting{}) // as any stranger
		h.stop()
		h.start(room.Limits{})
		back := h.knock(ClientMessage{Name: "Bob", Resume: bob.welcome.Resume})
		if back.expect("welcome", &back.welcome); back.welcome.Role != "guest" {
			t.Errorf("after a restart they are a %s again", back.welcome.Role)
		}
		h.stop()
		h.start(room.Limits{})
		again := h.knock(ClientMessage{Name: "Bob", Resume: back.welcome.Resume}, "Test-Account", "bob") // the account was given back
		if again.expect("welcome", &again.welcome); again.welcome.Role != "host" {
			t.Errorf("with the account they are a %s", again.welcome.Role)
		}
	})
}
