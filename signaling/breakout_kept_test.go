package signaling

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"tablee/room"
)

// fakeParted is a BreakoutStore in memory.
type fakeParted struct {
	mu  sync.Mutex
	all map[string]partedMeeting
}

type partedMeeting struct {
	n     int
	since time.Time
}

func (f *fakeParted) Breakouts(_ context.Context, name string) (int, time.Time, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.all[name].n, f.all[name].since, nil
}

func (f *fakeParted) SetBreakouts(_ context.Context, name string, n int, since time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all[name] = partedMeeting{n, since}
	return nil
}

// back comes with a token to where it leads.
func (h *house) back(at, resume string) *client {
	h.t.Helper()
	c := h.dial(at, http.Header{})
	c.say(ClientMessage{T: "hello", V: Version, Name: "x", Resume: resume})
	return c
}

// parting parts a meeting of three: Bob goes to the first breakout room, Carl to the second.
func (h *house) parting() (anna, bob, carl *client) {
	h.t.Helper()
	anna = h.join(ClientMessage{Name: "Anna", Host: h.host})
	bob, carl = h.join(ClientMessage{Name: "Bob"}), h.join(ClientMessage{Name: "Carl"})
	anna.say(ClientMessage{T: "breakouts", Orders: Orders{Groups: [][]string{{bob.welcome.ID}, {carl.welcome.ID}}}})
	follow := func(c *client) *client {
		var bye Bye
		c.expect("bye", &bye)
		next := h.back(bye.Room, bye.Resume)
		next.expect("welcome", &next.welcome)
		return next
	}
	return anna, follow(bob), follow(carl)
}

// TestBreakoutsOutliveARestart: whoever comes first, everybody comes back to where they were, and the host calls them back.
func TestBreakoutsOutliveARestart(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		anna, bob, carl := h.parting()
		h.stop()
		h.start(room.Limits{})
		bob2 := h.back("salon~1", bob.welcome.Resume) // before anybody is in the meeting itself
		bob2.expect("welcome", &bob2.welcome)
		if bob2.welcome.ID != bob.welcome.ID || bob2.welcome.Room.Name != "salon~1" {
			t.Errorf("Bob comes back as %+v", bob2.welcome)
		}
		anna2 := h.back("salon", anna.welcome.Resume)
		anna2.expect("welcome", &anna2.welcome)
		carl2 := h.back("salon~2", carl.welcome.Resume)
		carl2.expect("welcome", &carl2.welcome)
		var told Breakouts
		for len(told.Rooms) != 3 || len(told.Rooms[1].Members) != 1 || len(told.Rooms[2].Members) != 1 {
			anna2.expect("breakouts", &told)
		}
		if told.Rooms[1].Members[0].ID != bob.welcome.ID || told.Rooms[2].Members[0].ID != carl.welcome.ID {
			t.Errorf("after the restart there is %+v", told)
		}
		anna2.say(ClientMessage{T: "recall"})
		var bye Bye
		if carl2.expect("bye", &bye); bye.Reason != ByeMoved || bye.Room != "salon" {
			t.Errorf("called back with %+v", bye)
		}
		if n, _, _ := h.parted.Breakouts(t.Context(), "salon"); n != 0 {
			t.Errorf("%d breakout rooms are remembered after the recall", n)
		}
	})
}

// TestOldBreakoutsAreForgotten: nobody has a token for them any more.
func TestOldBreakoutsAreForgotten(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		h.parting()
		h.stop()
		time.Sleep(ResumeLife + time.Minute)
		h.start(room.Limits{})
		anna := h.join(ClientMessage{Name: "Anna", Host: h.host})
		anna.say(ClientMessage{T: "breakouts", Orders: Orders{Groups: [][]string{{anna.welcome.ID}}}})
		var bye Bye
		if anna.expect("bye", &bye); bye.Room != "salon~1" {
			t.Errorf("the meeting is still parted: %+v", bye)
		}
	})
}
