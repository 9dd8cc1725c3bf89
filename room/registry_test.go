package room

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// memory is a Store in memory.
type memory struct {
	rooms map[string]Room
	hosts map[string][]byte
	fail  error
	races int // how many CreateRoom calls find that somebody was faster
}

func newMemory() *memory { return &memory{rooms: map[string]Room{}, hosts: map[string][]byte{}} }

func (m *memory) CreateRoom(_ context.Context, r Room, hash []byte, max int) (bool, error) {
	if m.races > 0 {
		m.races--
		m.rooms[r.Name], m.hosts[r.Name] = Room{Name: r.Name, Title: "faster"}, []byte("x")
	}
	switch _, there := m.rooms[r.Name]; {
	case m.fail != nil:
		return false, m.fail
	case there:
		return false, nil
	case len(m.rooms) >= max:
		return false, &Error{Code: CodeRoomsFull, Message: "full"}
	}
	m.rooms[r.Name], m.hosts[r.Name] = r, hash
	return true, nil
}

func (m *memory) Room(_ context.Context, name string) (Room, []byte, error) {
	r, ok := m.rooms[name]
	if m.fail != nil {
		return Room{}, nil, m.fail
	}
	if !ok {
		return Room{}, nil, &Error{Code: CodeRoomUnknown, Message: "unknown"}
	}
	return r, m.hosts[name], nil
}

func TestRegistry(t *testing.T) {
	ctx, store := t.Context(), newMemory()
	now := time.Date(2026, 11, 2, 8, 0, 0, 123456789, time.FixedZone("", 3600))
	g := NewRegistry(store, Limits{MaxRooms: 3}, func() time.Time { return now })

	r, token, created, err := g.Open(ctx, "Réunion du lundi")
	if err != nil || !created || r.Name != "reunion-du-lundi" || r.Title != "Réunion du lundi" || !r.Created.Equal(now.Truncate(time.Millisecond)) {
		t.Fatalf("%+v %v %v", r, created, err)
	}
	if len(token) != 22 {
		t.Fatalf("token %q", token)
	}
	if strings.Contains(string(store.hosts[r.Name]), token) || len(store.hosts[r.Name]) != 32 {
		t.Fatal("the token itself is stored")
	}

	again, none, created, err := g.Open(ctx, "REUNION du lundi")
	if err != nil || created || none != "" || again != r {
		t.Fatalf("%+v %q %v %v", again, none, created, err)
	}
	if got, err := g.Get(ctx, " réunion_du_lundi"); err != nil || got != r {
		t.Fatalf("%+v %v", got, err)
	}
	if _, err := g.Get(ctx, "nowhere"); CodeOf(err) != CodeRoomUnknown {
		t.Fatal(err)
	}
	for _, raw := range []string{"../x", "x"} {
		if _, err := g.Get(ctx, raw); CodeOf(err) != CodeRoomNameInvalid {
			t.Fatal(err)
		}
		if _, _, _, err := g.Open(ctx, raw); CodeOf(err) != CodeRoomNameInvalid {
			t.Fatal(err)
		}
	}

	_, other, _, err := g.Open(ctx, "cuisine")
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

	made, _, created, err := g.Open(ctx, "   ")
	if err != nil || !created || strings.Count(made.Name, "-") != 3 || made.Title != made.Name {
		t.Fatalf("%+v %v %v", made, created, err)
	}
	if _, _, _, err := g.Open(ctx, "un de trop"); CodeOf(err) != CodeRoomsFull {
		t.Fatal(err)
	}
	if _, _, _, err := g.Open(ctx, "cuisine"); err != nil { // what is there stays open
		t.Fatal(err)
	}
}

func TestRegistryRaces(t *testing.T) {
	store := newMemory()
	g := NewRegistry(store, DefaultLimits(), time.Now)
	store.races = 1
	r, token, created, err := g.Open(t.Context(), "salon")
	if err != nil || created || token != "" || r.Title != "faster" {
		t.Fatalf("%+v %q %v %v", r, token, created, err)
	}
	store.races = 3 // made-up names that are taken are made up again
	if _, token, created, err := g.Open(t.Context(), ""); err != nil || !created || token == "" {
		t.Fatalf("%v %v", created, err)
	}
	store.races = madeUpTries
	if _, _, _, err := g.Open(t.Context(), ""); err == nil {
		t.Fatal("it should have given up")
	}
}

func TestRegistryWithABrokenStore(t *testing.T) {
	store := newMemory()
	g := NewRegistry(store, DefaultLimits(), time.Now)
	_, token, _, _ := g.Open(t.Context(), "salon")
	store.fail = errors.New("disk on fire")
	if _, _, _, err := g.Open(t.Context(), "salon"); !errors.Is(err, store.fail) {
		t.Error(err)
	}
	if _, _, _, err := g.Open(t.Context(), ""); !errors.Is(err, store.fail) {
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
	if len(Codes()) != 30 || Code("?").HTTPStatus() != http.StatusInternalServerError {
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

func TestPermissions(t *testing.T) {
	for _, c := range []struct {
		role Role
		want bool
	}{{Nobody, false}, {Guest, true}, {Host, true}, {Role(9), false}} {
		for a := Action(0); a < actionEnd; a++ {
			if c.role.May(a) != c.want {
				t.Errorf("%s, action %d", c.role, a)
			}
		}
		if c.role.May(actionEnd) || c.role.May(255) {
			t.Error("an unknown action is allowed")
		}
	}
	if Guest.String() != "guest" || Host.String() != "host" || Role(9).String() != "nobody" {
		t.Error("words")
	}
}
