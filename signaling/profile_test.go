package signaling

import (
	"slices"
	"testing"
	"time"

	"tablee/room"
)

// A room's own profile is said to who comes and to the engine before anybody's media; a change while the meeting runs reaches
// everybody, once; what is said of no meeting is not kept.
func TestProfileOfARoom(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		h.hub.SetProfile("salon", ProfileVoice) // nobody is there: who stores the room has it, not the hub
		anna := h.join(ClientMessage{Name: "Anna"})
		if anna.welcome.Profile != ProfileNormal {
			t.Errorf("welcomed with %q", anna.welcome.Profile)
		}
		var told ProfileEvent
		h.hub.SetProfile("salon", ProfileFrugal)
		h.hub.SetProfile("salon", ProfileFrugal)
		if anna.expect("profile", &told); told.Profile != ProfileFrugal {
			t.Errorf("told %q", told.Profile)
		}
		if bob := h.join(ClientMessage{Name: "Bob"}); bob.welcome.Profile != ProfileFrugal {
			t.Errorf("who comes later is welcomed with %q", bob.welcome.Profile)
		}
		h.hub.SetProfile("salon", "")
		if anna.expect("profile", &told); told.Profile != ProfileNormal {
			t.Errorf("in the end told %q", told.Profile)
		}
		want := []string{"salon=", "salon=frugal", "salon=frugal", "salon="}
		if got := h.media.profilesSet(); !slices.Equal(got, want) {
			t.Errorf("the engine was told %q, want %q", got, want)
		}
	})
}

// A stored profile is the meeting's from its first moment, and the engine forgets it with the meeting.
func TestStoredProfile(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		if _, err := h.rooms.Update(t.Context(), "salon", func(r *room.Room) error { r.Settings.Profile = ProfileVoice; return nil }); err != nil {
			t.Fatal(err)
		}
		anna := h.join(ClientMessage{Name: "Anna"})
		if anna.welcome.Profile != ProfileVoice {
			t.Errorf("welcomed with %q", anna.welcome.Profile)
		}
		anna.say(ClientMessage{T: "leave"})
		time.Sleep(time.Second)
		if got, want := h.media.profilesSet(), []string{"salon=voice", "salon="}; !slices.Equal(got, want) {
			t.Errorf("the engine was told %q, want %q", got, want)
		}
	})
}
