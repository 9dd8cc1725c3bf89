package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tablee/cmd/tablee/config"
	"tablee/sfu"
)

// localServer makes a server with these settings on this machine's loopback, on ports of its own. d says what else it gets;
// without a Log it tells nothing.
func localServer(t *testing.T, from config.Source, d deps) *server {
	t.Helper()
	cfg, err := config.Load(from)
	if err != nil {
		t.Fatal(err)
	}
	if d.Listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if d.MediaConns, err = sfu.Listen(0); err != nil {
		t.Fatal(err)
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	s, err := newServer(cfg, d)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// options are settings as they are typed on the command line, and none of a file.
func options(flags map[string]string) config.Source { return config.Source{NoFile: true, Flags: flags} }

// begin runs the server until stop, which waits for its end, or the test's.
func begin(t *testing.T, s *server) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the server ends with %v", err)
		}
	})
	t.Cleanup(stop)
	for !s.ready.Load() { // until then it answers nobody
		select {
		case err := <-done:
			done <- err
			return stop
		case <-time.After(time.Millisecond):
		}
	}
	return stop
}

// askPages asks a server's pages for something; without a token, as nobody. The answer is read into into, unless that is nil.
func askPages(t *testing.T, s *server, method, path, token, body string, want int, into any) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "http://localhost:8080"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	s.pages.ServeHTTP(w, r)
	if w.Code != want {
		t.Fatalf("%s %s: %d, not %d: %s", method, path, w.Code, want, w.Body)
	}
	if into != nil {
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
			t.Fatal(err)
		}
	}
}
