package signaling

import (
	"context"
	"net/http"
	"testing"
	"time"

	"tablee/room"
)

// fakeJoins knows one join token, until it is used or has expired; package jointoken has tests of its own.
type fakeJoins struct{ worthless bool }

func (f *fakeJoins) Look(_ context.Context, name, token string) (room.Grant, error) {
	if f.worthless || token != "good" {
		return room.Grant{}, &room.Error{Code: room.CodeLinkInvalid, Message: "it is worth nothing"}
	}
	return room.Grant{Room: name, Role: room.Speaker, Name: "Zoé"}, nil
}

func (f *fakeJoins) Take(context.Context, string, string) error { f.worthless = true; return nil }

// nameOf is the name that a client has in the eyes of the server.
func nameOf(c *client) string {
	for _, m := range c.welcome.Members {
		if m.ID == c.welcome.ID {
			return m.Name
		}
	}
	return ""
}

// Whom a join token has named keeps that name: when they come back to their seat, to a new one after a restart of the server
// with a token that is used up or left out, and when they are moved into a breakout room and back.
func TestANameOfAJoinTokenStays(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		h.stop()
		h.joins = &fakeJoins{}
		h.start(room.Limits{})
		held := func(c *client) *client {
			t.Helper()
			c.expect("welcome", &c.welcome)
			if nameOf(c) != "Zoé" || c.welcome.Role != "speaker" {
				t.Errorf("they are called %q, a %s", nameOf(c), c.welcome.Role)
			}
			return c
		}
		zoe := held(h.knock(ClientMessage{Name: "Mallory", Token: "good"}))
		zoe = held(h.knock(ClientMessage{Name: "Mallory", Resume: zoe.welcome.Resume}))
		for _, token := range []string{"good", "", "another"} {
			h.stop()
			h.start(room.Limits{})
			zoe = held(h.knock(ClientMessage{Name: "Mallory", Resume: zoe.welcome.Resume, Token: token}))
		}
		anna := h.join(ClientMessage{Name: "Anna", Host: h.host})
		moved := func() {
			t.Helper()
			var bye Bye
			if zoe.expect("bye", &bye); bye.Reason != ByeMoved {
				t.Fatalf("%+v", bye)
			}
			zoe = h.dial(bye.Room, http.Header{})
			zoe.say(ClientMessage{T: "hello", V: Version, Name: "Mallory", Resume: bye.Resume})
			held(zoe)
		}
		anna.say(ClientMessage{T: "breakouts", Orders: Orders{Groups: [][]string{{zoe.welcome.ID}}}})
		moved()
		anna.say(ClientMessage{T: "recall"})
		moved()
		// A token of long ago makes a stranger of them, who is called what they like, and may do what strangers may.
		zoe.say(ClientMessage{T: "leave"})
		time.Sleep(ResumeLife)
		late := h.knock(ClientMessage{Name: "Mallory", Resume: zoe.welcome.Resume})
		if late.expect("welcome", &late.welcome); nameOf(late) != "Mallory" || late.welcome.Role != "guest" || late.welcome.ID == zoe.welcome.ID {
			t.Errorf("%+v", late.welcome)
		}
	})
}
