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
