package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// TestWebhooksOfAMeeting: through the real WebSocket, the first who sits down and the end are told, and nobody's name.
func TestWebhooksOfAMeeting(t *testing.T) {
	from := options(map[string]string{"data": filepath.Join(t.TempDir(), "data"), "webhooks-private": "yes"})
	s := localServer(t, from, deps{})
	told := make(chan string, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		told <- string(body)
	}))
	defer receiver.Close()
	if _, _, err := s.webhooks.Add(t.Context(), receiver.URL); err != nil {
		t.Fatal(err)
	}
	stop := begin(t, s)
	address := s.listener.Addr().String()
	resp, err := http.Post("http://"+address+"/api/v1/rooms", "application/json", strings.NewReader(`{"name":"choir"}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if word := firstWord(t, address, map[string]any{"name": "Zoé"}); word["t"] != "welcome" {
		t.Fatalf("the room says %v", word)
	}
	var got struct {
		Type string
		Data struct{ Room string }
	}
	text := <-told
	if err := json.Unmarshal([]byte(text), &got); err != nil || got.Type != "room.started" || got.Data.Room != "choir" || strings.Contains(text, "Zo") {
		t.Errorf("told %s, %v", text, err)
	}
	// The end at a stop is stored, to be told after the next start.
	stop()
	stop = begin(t, localServer(t, from, deps{}))
	if text := <-told; !strings.Contains(text, `"room.ended"`) || !strings.Contains(text, `"max_participants":1`) {
		t.Errorf("told %s", text)
	}
	stop()
}
