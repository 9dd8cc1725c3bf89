package signaling

import (
	"slices"
	"testing"
	"time"

	"tablee/room"
)

// TestHostsNameTheSites that may embed the room; guests cannot, and what is no site changes nothing.
func TestHostsNameTheSites(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		anna := h.join(ClientMessage{Name: "Anna", Host: h.host})
		bob := h.join(ClientMessage{Name: "Bob"})
		name := func(c *client, origins ...string) {
			c.say(ClientMessage{T: "room", Orders: Orders{Settings: &SettingsPatch{Origins: &origins}}})
		}
		stored := func() []string {
			r, err := h.rooms.Get(t.Context(), "salon")
			if err != nil {
				t.Fatal(err)
			}
			return r.Settings.Origins
		}
		sites := []string{"https://choir.example", "http://localhost:8081"}
		name(bob, sites...)
		bob.expectError(room.CodeForbidden)
		name(anna, sites...)
		var e RoomEvent
		for !slices.Equal(e.Settings.Origins, sites) {
			e = RoomEvent{}
			anna.expect("room", &e)
		}
		if !slices.Equal(stored(), sites) {
			t.Errorf("stored: %q", stored())
		}
		for _, bad := range [][]string{{"https://a.example/path"}, {"*"}, make([]string, room.MaxOrigins+1)} {
			name(anna, bad...)
			anna.expectError(room.CodeBadMessage)
		}
		if !slices.Equal(stored(), sites) {
			t.Errorf("after what is no site: %q", stored())
		}
		anna.say(ClientMessage{T: "room", Orders: Orders{Settings: &SettingsPatch{Lobby: yes()}}})
		time.Sleep(time.Second)
		if !slices.Equal(stored(), sites) {
			t.Errorf("after another change: %q", stored())
		}
		name(anna, []string{}...)
		time.Sleep(time.Second)
		if len(stored()) != 0 {
			t.Errorf("taken away: %q", stored())
		}
	})
}
