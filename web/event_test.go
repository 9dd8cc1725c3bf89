package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tablee/room"
)

func TestCalendarFile(t *testing.T) {
	g := newRig(t)
	start := time.Date(2026, 12, 1, 18, 30, 0, 0, time.UTC)
	title := "Réunion; du, lundi " + strings.Repeat("é", 40)
	if _, _, err := g.registry.Create(t.Context(), "salon", room.Identity{}, room.Settings{Starts: start, Minutes: 90}); err != nil {
		t.Fatal(err)
	}
	if _, err := g.registry.Update(t.Context(), "salon", func(r *room.Room) error { r.Title = title; return nil }); err != nil {
		t.Fatal(err)
	}
	answer := g.ask("GET", "/api/v1/rooms/salon/event.ics", "")
	if answer.Code != http.StatusOK || !strings.HasPrefix(answer.Header().Get("Content-Type"), "text/calendar") {
		t.Fatal(answer.Code, answer.Header())
	}
	body := answer.Body.String()
	for _, line := range strings.Split(strings.TrimSuffix(body, "\r\n"), "\r\n") {
		if len(line) > icsLine || strings.ContainsAny(line, "\r\n") {
			t.Errorf("%q", line)
		}
	}
	flat := strings.ReplaceAll(body, "\r\n ", "")
	for _, want := range []string{
		"BEGIN:VCALENDAR\r\n", "DTSTART:20261201T183000Z\r\n", "DTEND:20261201T200000Z\r\n", `SUMMARY:Réunion\; du\, lundi ` + strings.Repeat("é", 40) + "\r\n",
		"/r/salon\r\n", "END:VCALENDAR\r\n",
	} {
		if !strings.Contains(flat, want) {
			t.Errorf("%q is missing in\n%s", want, body)
		}
	}
	if _, _, err := g.registry.Create(t.Context(), "cuisine", room.Identity{}, room.Settings{}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/api/v1/rooms/cuisine/event.ics", "/api/v1/rooms/nowhere/event.ics"} {
		if answer := g.ask("GET", path, ""); answer.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, answer.Code)
		}
	}
}

// What is told of a guarded room from outside.
func TestGuardedRoom(t *testing.T) {
	g := newRig(t)
	opens := g.now.Add(time.Hour)
	if _, _, err := g.registry.Create(t.Context(), "salon", room.Identity{}, room.Settings{Lobby: true, Locked: true, Max: 5, Opens: opens, Arrive: room.Listener, PasswordHash: "$secret"}); err != nil {
		t.Fatal(err)
	}
	body := g.ask("GET", "/api/v1/rooms/salon", "").Body.String()
	want := `"max":5,"seated":[],"password":true,"lobby":true,"locked":true,"opens":1003600000,"starts":0,"listen":true`
	if !strings.Contains(body, want) || strings.Contains(body, "secret") {
		t.Error(body)
	}
}

func TestBrowserCookie(t *testing.T) {
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://x/ws/room/salon", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	id, cookie := Browser(r)
	if cookie == nil || cookie.Value != id || len(id) != browserLength || !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/ws/" {
		t.Fatalf("%q %+v", id, cookie)
	}
	r.AddCookie(cookie)
	if again, cookie := Browser(r); again != id || cookie != nil {
		t.Fatalf("%q became %q, %+v", id, again, cookie)
	}
}
