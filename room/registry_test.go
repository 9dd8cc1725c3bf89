package room_test

import (
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	. "tablee/room"
	"tablee/room/roomtest"
)

func TestRegistry(t *testing.T) {
	ctx, store := t.Context(), roomtest.New()
	now := time.Date(2026, 11, 2, 8, 0, 0, 123456789, time.FixedZone("", 3600))
	g := NewRegistry(store, Limits{MaxRooms: 3}, func() time.Time { return now })

	r, token, created, err := g.Open(ctx, "Réunion du lundi", Identity{})
	if err != nil || !created || r.Name != "reunion-du-lundi" || r.Title != "Réunion du lundi" || !r.Created.Equal(now.Truncate(time.Millisecond)) {
		t.Fatalf("%+v %v %v", r, created, err)
	}
	if len(token) != 22 {
		t.Fatalf("token %q", token)
	}
	if strings.Contains(string(store.HostHash(r.Name)), token) || len(store.HostHash(r.Name)) != 32 {
		t.Fatal("the token itself is stored")
	}

	again, none, created, err := g.Open(ctx, "REUNION du lundi", Identity{})
	if err != nil || created || none != "" || !reflect.DeepEqual(again, r) {
		t.Fatalf("%+v %q %v %v", again, none, created, err)
	}
	if got, err := g.Get(ctx, " réunion_du_lundi"); err != nil || !reflect.DeepEqual(got, r) {
		t.Fatalf("%+v %v", got, err)
	}
	if _, err := g.Get(ctx, "nowhere"); CodeOf(err) != CodeRoomUnknown {
		t.Fatal(err)
	}
	for _, raw := range []string{"../x", "x"} {
		if _, err := g.Get(ctx, raw); CodeOf(err) != CodeRoomNameInvalid {
			t.Fatal(err)
		}
		if _, _, _, err := g.Open(ctx, raw, Identity{}); CodeOf(err) != CodeRoomNameInvalid {
			t.Fatal(err)
		}
	}

	_, other, _, err := g.Open(ctx, "cuisine", Identity{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, token string
		want        bool
	}{
		{r.Name, token, true}, {"cuisine", other, true}, {"cuisine", token, false}, {r.Name, "", false},
		{r.Name, token[:21] + "!", false}, {r.Name, token + "A", false}, {"nowhere", token, false},
	} {
		if got := g.IsHost(ctx, c.name, c.token); got != c.want {
			t.Errorf("%s %s: %v", c.name, c.token, got)
		}
	}

	made, _, created, err := g.Open(ctx, "   ", Identity{})
	if err != nil || !created || strings.Count(made.Name, "-") != 3 || made.Title != made.Name {
		t.Fatalf("%+v %v %v", made, created, err)
	}
	if _, _, _, err := g.Open(ctx, "un de trop", Identity{}); CodeOf(err) != CodeRoomsFull {
		t.Fatal(err)
	}
	if _, _, _, err := g.Open(ctx, "cuisine", Identity{}); err != nil { // what is there stays open
		t.Fatal(err)
	}
}

func TestRegistryRaces(t *testing.T) {
	store := roomtest.New()
	g := NewRegistry(store, DefaultLimits(), time.Now)
	store.Race(1)
	r, token, created, err := g.Open(t.Context(), "salon", Identity{})
	if err != nil || created || token != "" || r.Title != "faster" {
		t.Fatalf("%+v %q %v %v", r, token, created, err)
	}
	store.Race(3) // made-up names that are taken are made up again
	if _, token, created, err := g.Open(t.Context(), "", Identity{}); err != nil || !created || token == "" {
		t.Fatalf("%v %v", created, err)
	}
	store.Race(8)
	if _, _, _, err := g.Open(t.Context(), "", Identity{}); err == nil {
		t.Fatal("it should have given up")
	}
}

func TestRegistryWithABrokenStore(t *testing.T) {
	store := roomtest.New()
	g := NewRegistry(store, DefaultLimits(), time.Now)
	_, token, _, _ := g.Open(t.Context(), "salon", Identity{})
	fire := errors.New("disk on fire")
	store.Fail(fire)
	if _, _, _, err := g.Open(t.Context(), "salon", Identity{}); !errors.Is(err, fire) {
		t.Error(err)
	}
	if _, _, _, err := g.Open(t.Context(), "", Identity{}); !errors.Is(err, fire) {
		t.Error(err)
	}
	if g.IsHost(t.Context(), "salon", token) {
		t.Error("somebody is host without proof")
	}
}

func TestErrors(t *testing.T) {
	for _, c := range Codes() {
		if status := c.HTTPStatus(); status < 400 || status > 599 || (status == 500) != (c == CodeInternal) {
			t.Errorf("%s has status %d", c, status)
		}
	}
	if len(Codes()) != 53 || Code("?").HTTPStatus() != http.StatusInternalServerError {
		t.Error("codes are missing")
	}
	full := &Error{Code: CodeRoomFull, Message: "full"}
	wrapped := errors.Join(errors.New("while joining"), full)
	if !errors.Is(wrapped, &Error{Code: CodeRoomFull}) || errors.Is(wrapped, &Error{Code: CodeVersion}) || errors.Is(full, errors.New("x")) {
		t.Error("errors.Is goes by something else than the code")
	}
	if CodeOf(wrapped) != CodeRoomFull || CodeOf(nil) != "" || CodeOf(errors.New("x")) != CodeInternal {
		t.Error("CodeOf")
	}
	if Public(wrapped) != full || Public(errors.New("secret")).Code != CodeInternal || strings.Contains(Public(errors.New("secret")).Error(), "secret") {
		t.Error("Public")
	}
}
