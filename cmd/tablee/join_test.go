package main

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"tablee/jointoken"
	"tablee/room"
)

// firstWord says hello to a room and returns the first message that comes back.
func firstWord(t *testing.T, address string, hello map[string]any) map[string]any {
	t.Helper()
	ws, resp, err := websocket.DefaultDialer.Dial("ws://"+address+"/ws/room/choir", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	t.Cleanup(func() { ws.Close() })
	hello["t"], hello["v"] = "hello", 1
	if err := ws.WriteJSON(hello); err != nil {
		t.Fatal(err)
	}
	if err := ws.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	var word map[string]any
	if err := ws.ReadJSON(&word); err != nil {
		t.Fatal(err)
	}
	return word
}

// TestJoinTokensAtTheDoor: through the real WebSocket, a join token gives its role and its name, past a lobby; it is good
// for its room, and once when it says so.
func TestJoinTokensAtTheDoor(t *testing.T) {
	var log strings.Builder
	s := localServer(t, options(map[string]string{"data": filepath.Join(t.TempDir(), "data")}),
		deps{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	stop := begin(t, s)
	address := s.listener.Addr().String()
	for _, name := range []string{"choir", "other"} {
		resp, err := http.Post("http://"+address+"/api/v1/rooms", "application/json", strings.NewReader(`{"name":"`+name+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	if _, err := s.store.UpdateRoom(t.Context(), "choir", func(r *room.Room) error { r.Settings.Lobby = true; return nil }); err != nil {
		t.Fatal(err)
	}
	key, _, err := s.joins.NewKey(t.Context(), jointoken.Key{Label: "a site"})
	if err != nil {
		t.Fatal(err)
	}
	sign := func(w jointoken.Wish) string {
		token, _, err := s.joins.Sign(t.Context(), key.ID, w)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	once := sign(jointoken.Wish{Room: "choir", Role: room.Moderator, Name: "Zoé", Once: true})
	if w := firstWord(t, address, map[string]any{"name": "Bo"}); w["t"] != "waiting" {
		t.Errorf("without a token: %v", w)
	}
	w := firstWord(t, address, map[string]any{"name": "Mallory", "token": once})
	text, _ := json.Marshal(w["members"])
	if w["t"] != "welcome" || w["role"] != "moderator" || !strings.Contains(string(text), "Zoé") || strings.Contains(string(text), "Mallory") {
		t.Errorf("with a token: %v", w)
	}
	back := firstWord(t, address, map[string]any{"name": "Mallory", "token": once, "resume": w["resume"]})
	text, _ = json.Marshal(back["members"])
	if back["t"] != "welcome" || back["id"] != w["id"] || strings.Contains(string(text), "Mallory") {
		t.Errorf("coming back: %v", back)
	}
	for name, token := range map[string]string{"used": once, "of another room": sign(jointoken.Wish{Room: "other"}), "none at all": "x.y.z"} {
		if w := firstWord(t, address, map[string]any{"name": "Bo", "token": token}); w["t"] != "error" || w["code"] != "link_invalid" {
			t.Errorf("a token that is %s: %v", name, w)
		}
	}
	if w := firstWord(t, address, map[string]any{"name": "Bo", "token": strings.Repeat("x", 2049)}); w["code"] != "bad_message" {
		t.Errorf("a token that is too long: %v", w)
	}
	stop()
	for _, secret := range []string{once, "Zoé", "Mallory"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%q is in the log", secret)
		}
	}
}
