package main

import (
	"testing"
	"time"

	"tablee/room"
	"tablee/store"
)

func TestARoomKeepsItsChatAsItSays(t *testing.T) {
	st, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	rooms := room.NewRegistry(st, room.DefaultLimits(), time.Now)
	keep := keepsChat(rooms)
	for hours, want := range map[int]time.Duration{0: 0, 24: 24 * time.Hour, room.KeepForever: -1} {
		r, _, err := rooms.Create(t.Context(), "", room.Identity{}, room.Settings{ChatHours: hours})
		if err != nil {
			t.Fatal(err)
		}
		if got := keep(t.Context(), r.Name); got != want {
			t.Errorf("%d hours: %v, want %v", hours, got, want)
		}
	}
	if got := keep(t.Context(), "nowhere"); got != 0 {
		t.Errorf("a room that is not there: %v", got)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if got := keep(t.Context(), "nowhere"); got >= 0 {
		t.Errorf("a database that cannot be read: %v", got)
	}
}
