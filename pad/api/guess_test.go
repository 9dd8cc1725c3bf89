package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tablee/pad"
	"tablee/pad/api"
	"tablee/ratelimit"
	"tablee/room"
	"tablee/store"
)

// Links of pads and of published pages that lead nowhere: after some of them the good ones wait as well, from there, by HTTP and
// by WebSocket, and from nowhere else; seats are not concerned.
func TestGuessingPadsIsSlow(t *testing.T) {
	s, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	hub := pad.New(pad.Config{Store: s, Pass: func(string, string) (room.Pass, bool) { return room.Pass{}, false },
		IsHost: func(context.Context, string, string) bool { return false }, Now: time.Now})
	p, own, _, _, err := hub.Create(t.Context(), pad.NewPad{Title: "Minutes"}, pad.Who{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)
	h := api.New(api.Config{Hub: hub, Client: func(r *http.Request) netip.Addr { return netip.MustParseAddr(r.RemoteAddr) }, Now: func() time.Time { return now }})
	wrong := own[:len(own)-8] + "AAAAAAAA"
	ask := func(from, path, access string) int {
		t.Helper()
		r := httptest.NewRequest("GET", path, nil)
		r.RemoteAddr = from
		switch {
		case strings.HasPrefix(path, "/ws/"):
			r.Header.Set("Sec-WebSocket-Protocol", "tablee.pad, access."+access)
		case access != "":
			r.Header.Set("Authorization", "Bearer "+access)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") != "3" {
			t.Errorf("%s: Retry-After %q", path, w.Header().Get("Retry-After"))
		}
		return w.Code
	}
	const here, there = "192.0.2.1", "192.0.2.2"
	call, ws := "/api/v1/pads/"+p.ID, "/ws/pad/"+p.ID
	for range 50 {
		if got := ask(here, call, "seat.salon.old"); got != http.StatusNotFound {
			t.Fatalf("a seat that is none any more gives %d", got)
		}
	}
	for n := range ratelimit.Links().Burst {
		var got, want int
		switch n % 3 {
		case 0:
			got, want = ask(here, call, wrong), http.StatusNotFound
		case 1:
			got, want = ask(here, "/pub/made-up", ""), http.StatusNotFound
		case 2:
			got, want = ask(here, ws, wrong), http.StatusBadRequest // as this is no WebSocket
		}
		if got != want {
			t.Fatalf("wrong link %d gives %d, not %d", n, got, want)
		}
	}
	for path, access := range map[string]string{call: own, ws: own, "/pub/made-up": ""} {
		if got := ask(here, path, access); got != http.StatusTooManyRequests {
			t.Errorf("%s then gives %d", path, got)
		}
	}
	if a, b := ask(there, call, own), ask(here, call, "seat.salon.old"); a != http.StatusOK || b != http.StatusNotFound {
		t.Errorf("from elsewhere %d, a seat %d", a, b)
	}
	now = now.Add(ratelimit.Links().Every)
	if got := ask(here, call, own); got != http.StatusOK {
		t.Errorf("after the wait %d", got)
	}
}
