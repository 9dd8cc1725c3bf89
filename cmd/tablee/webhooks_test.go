package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"tablee/cmd/tablee/config"
	"tablee/sfu"
)

// TestWebhooksOfAMeeting: through the real WebSocket, the first who sits down and the end are told, and nobody's name.
func TestWebhooksOfAMeeting(t *testing.T) {
	cfg, err := config.Load(config.Source{NoFile: true, Flags: map[string]string{"data": filepath.Join(t.TempDir(), "data"), "webhooks-private": "yes"}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conns, err := sfu.Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newServer(cfg, deps{Listener: l, MediaConns: conns, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan string, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		told <- string(body)
	}))
	defer receiver.Close()
	if _, _, err := s.webhooks.Add(t.Context(), receiver.URL); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	resp, err := http.Post("http://"+l.Addr().String()+"/api/v1/rooms", "application/json", strings.NewReader(`{"name":"choir"}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if word := firstWord(t, l.Addr().String(), map[string]any{"name": "Zoé"}); word["t"] != "welcome" {
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
	if err := <-done; err != nil {
		t.Error(err)
	}
	again, err := newServerOn(t, cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop = context.WithCancel(context.Background())
	go func() { done <- again.Run(ctx) }()
	if text := <-told; !strings.Contains(text, `"room.ended"`) || !strings.Contains(text, `"max_participants":1`) {
		t.Errorf("told %s", text)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// newServerOn is a server on cfg's data folder and on ports of its own.
func newServerOn(t *testing.T, cfg config.Config) (*server, error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conns, err := sfu.Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	return newServer(cfg, deps{Listener: l, MediaConns: conns, Log: slog.New(slog.DiscardHandler)})
}
