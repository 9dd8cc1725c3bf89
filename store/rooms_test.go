package store

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"tablee/room"
)

func TestRoomSettingsAreKept(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	at := time.Date(2026, 12, 1, 18, 0, 0, 0, time.UTC)
	r := room.Room{Name: "salon", Title: "Salon", Created: at, Owner: "anna", Settings: room.Settings{Lobby: true, Talk: room.Speaker, Starts: at, Origins: []string{"https://a.org"}}}
	if created, err := s.CreateRoom(t.Context(), r, []byte("x"), 9); err != nil || !created {
		t.Fatal(err)
	}
	changed, err := s.UpdateRoom(t.Context(), "salon", func(r *room.Room) error {
		r.Title, r.Owner, r.Settings.PasswordHash = "Autre", "bob", "$hash"
		return nil
	})
	want := r
	want.Title, want.Owner, want.Settings.PasswordHash = "Autre", "bob", "$hash"
	if err != nil || !reflect.DeepEqual(changed, want) {
		t.Fatalf("%+v %v", changed, err)
	}
	no := &room.Error{Code: room.CodeBadMessage, Message: "no"}
	if _, err := s.UpdateRoom(t.Context(), "salon", func(r *room.Room) error { r.Title = "lost"; return no }); !errors.Is(err, no) {
		t.Fatal(err)
	}
	if _, err := s.UpdateRoom(t.Context(), "nowhere", func(*room.Room) error { return nil }); room.CodeOf(err) != room.CodeRoomUnknown {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	if got, _, err := s.Room(t.Context(), "salon"); err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%+v %v", got, err)
	}
}

func TestListRooms(t *testing.T) {
	s := open(t, t.TempDir())
	for i, title := range []string{"Café", "100 %", "Salon_bleu", "Salon rouge"} {
		r := room.Room{Name: fmt.Sprintf("r%d", i), Title: title, Owner: []string{"", "anna"}[i%2]}
		if _, err := s.CreateRoom(t.Context(), r, []byte("x"), 99); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		f    room.Filter
		want []string
	}{
		{room.Filter{Limit: 9}, []string{"r0", "r1", "r2", "r3"}}, {room.Filter{Limit: 2}, []string{"r0", "r1"}},
		{room.Filter{After: "r1", Limit: 9}, []string{"r2", "r3"}}, {room.Filter{Owner: "anna", Limit: 9}, []string{"r1", "r3"}},
		{room.Filter{Search: "salon", Limit: 9}, []string{"r2", "r3"}}, {room.Filter{Search: "%", Limit: 9}, []string{"r1"}},
		{room.Filter{Search: "n_b", Limit: 9}, []string{"r2"}}, {room.Filter{Search: `\`, Limit: 9}, []string{}}, {room.Filter{Search: "R3", Limit: 9}, []string{"r3"}},
	} {
		list, err := s.Rooms(t.Context(), c.f)
		names := []string{}
		for _, r := range list {
			names = append(names, r.Name)
		}
		if err != nil || !reflect.DeepEqual(names, c.want) {
			t.Errorf("%+v: %v %v", c.f, names, err)
		}
	}
}

func TestLinksAreKept(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	makeRoom(t, s, "salon")
	makeRoom(t, s, "cuisine")
	now := time.UnixMilli(1_800_000_000_000).UTC()
	once := room.Link{ID: "A", Room: "salon", Role: room.Moderator, Label: "Zoé", Created: now, Expires: now.Add(time.Hour), Uses: 2}
	free := room.Link{ID: "B", Room: "salon", Role: room.Guest, Created: now.Add(1e6), Uses: room.UsesUnlimited}
	for i, l := range []room.Link{once, free} {
		if err := s.CreateRoomLink(t.Context(), l, []byte{byte(i)}, 2); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.CreateRoomLink(t.Context(), room.Link{ID: "C", Room: "salon"}, []byte{9}, 2); room.CodeOf(err) != room.CodeLinksFull {
		t.Fatal(err)
	}
	if err := s.CreateRoomLink(t.Context(), room.Link{ID: "C", Room: "nowhere"}, []byte{9}, 2); room.CodeOf(err) != room.CodeRoomUnknown {
		t.Fatal(err)
	}
	use := func(name string, hash byte, at time.Time, take bool, left int) {
		t.Helper()
		l, err := s.UseRoomLink(t.Context(), name, []byte{hash}, at, take)
		if left == 0 != (room.CodeOf(err) == room.CodeLinkInvalid) || err == nil && l.Uses != left-2 {
			t.Errorf("%+v %v", l, err)
		}
	}
	use("salon", 0, now, false, 4)                // two uses: left-2 is 2
	use("salon", 0, now.Add(time.Hour), false, 0) // expired
	use("cuisine", 0, now, true, 0)
	use("salon", 7, now, true, 0)
	use("salon", 0, now, true, 3)
	use("salon", 0, now, true, 2)
	use("salon", 0, now, true, 0)
	use("salon", 1, now.Add(1e15), true, 1) // without bounds
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	once.Uses = 0
	if list, err := s.RoomLinks(t.Context(), "salon"); err != nil || !reflect.DeepEqual(list, []room.Link{once, free}) {
		t.Fatalf("%+v %v", list, err)
	}
	if err := s.DeleteRoomLink(t.Context(), "salon", "B"); err != nil {
		t.Fatal(err)
	}
	use("salon", 1, now, true, 0)
	if err := s.DeleteRoom(t.Context(), "salon"); err != nil {
		t.Fatal(err)
	}
	if list, err := s.RoomLinks(t.Context(), "salon"); err != nil || len(list) != 0 {
		t.Fatalf("%+v %v", list, err)
	}
	if err := s.DeleteRoom(t.Context(), "salon"); room.CodeOf(err) != room.CodeRoomUnknown {
		t.Fatal(err)
	}
}
