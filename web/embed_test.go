package web

import (
	"strings"
	"testing"

	"tablee/room"
)

// TestRoomsAreEmbeddedByTheirSitesOnly: a room's page may be shown by the sites that the room names, and any other page by
// none.
func TestRoomsAreEmbeddedByTheirSitesOnly(t *testing.T) {
	g := newRig(t)
	sites := []string{"https://choir.example", "http://localhost:8081"}
	if _, _, err := g.cfg.Rooms.Create(t.Context(), "choir", room.Identity{}, room.Settings{Origins: sites}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := g.cfg.Rooms.Create(t.Context(), "closed", room.Identity{}, room.Settings{}); err != nil {
		t.Fatal(err)
	}
	for path, open := range map[string]bool{"/r/choir": true, "/r/Choir": true, "/r/closed": false, "/r/unknown": false, "/r/!": false,
		"/": false, "/r/choir/files": false, "/healthz": false, "/api/v1/rooms/choir": false} {
		h := g.ask("GET", path, "").Header()
		want, frame := "frame-ancestors 'none'", "DENY"
		if open {
			want, frame = "frame-ancestors "+strings.Join(sites, " "), ""
		}
		if policy := h.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "; "+want) {
			t.Errorf("%s: %s", path, policy)
		}
		if got := h.Get("X-Frame-Options"); got != frame {
			t.Errorf("%s: X-Frame-Options is %q", path, got)
		}
	}
}

// TestTheScriptForOtherSites may be loaded by any site, and is asked for anew each time, as its name is always the same.
func TestTheScriptForOtherSites(t *testing.T) {
	g := newRig(t)
	w := g.ask("GET", "/embed.js", "")
	h := w.Header()
	for name, want := range map[string]string{"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": cacheAsking,
		"Content-Type": "text/javascript; charset=utf-8", "X-Content-Type-Options": "nosniff"} {
		if got := h.Get(name); got != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
	if w := g.ask("GET", "/embed.js", "", "If-None-Match", h.Get("ETag")); w.Code != 304 || w.Header().Get("Cross-Origin-Resource-Policy") != "cross-origin" {
		t.Errorf("asked again with its tag: %d %v", w.Code, w.Header())
	}
	if got := g.ask("GET", "/robots.txt", "").Header().Get("Cross-Origin-Resource-Policy"); got != "same-origin" {
		t.Errorf("other files: %q", got)
	}
}

// TestARoomTellsItsSites to its own page, which obeys nobody else's window.
func TestARoomTellsItsSites(t *testing.T) {
	g := newRig(t)
	if _, _, err := g.cfg.Rooms.Create(t.Context(), "choir", room.Identity{}, room.Settings{Origins: []string{"https://choir.example"}}); err != nil {
		t.Fatal(err)
	}
	if body := g.ask("GET", "/api/v1/rooms/choir", "").Body.String(); !strings.Contains(body, `"origins":["https://choir.example"]`) {
		t.Error(body)
	}
}
