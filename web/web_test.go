package web

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"tablee/room"
	"tablee/room/roomtest"
	"tablee/signaling"
)

// rig is a handler with everything around it under the test's control.
type rig struct {
	*Handler
	registry *room.Registry
	store    *roomtest.Store
	ready    atomic.Bool
	now      time.Time
	seated   []signaling.Seated
	hub      http.HandlerFunc
	log      bytes.Buffer
}

func builtPage(t testing.TB) fstest.MapFS {
	t.Helper()
	pack := func(text string) *fstest.MapFile {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := io.WriteString(z, text); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return &fstest.MapFile{Data: b.Bytes()}
	}
	return fstest.MapFS{
		"index.html.gz":           pack("<title>Tablée</title>"),
		"robots.txt.gz":           pack("User-agent: *\n"),
		"assets/app-ABC123.js.gz": pack(strings.Repeat("let a = 1;\n", 100)),
		"embed.js.gz":             pack("window.Tablee = 1;\n"),
		"assets/logo-DEF.png":     &fstest.MapFile{Data: []byte("\x89PNG")},
	}
}

func newRig(t testing.TB) *rig {
	t.Helper()
	g := &rig{
		store: roomtest.New(),
		now:   time.Unix(1_000_000, 0),
		hub:   func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "hub "+r.PathValue("name")) },
	}
	g.ready.Store(true)
	g.registry = room.NewRegistry(g.store, room.Limits{MaxRooms: 100}, func() time.Time { return g.now })
	h, err := New(Config{
		Rooms:           g.registry,
		Hub:             http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.hub(w, r) }),
		Seated:          func(string) []signaling.Seated { return g.seated },
		MaxParticipants: func() int { return 25 },
		Ready:           g.ready.Load,
		Now:             func() time.Time { return g.now },
		Log:             slog.New(slog.NewTextHandler(&g.log, nil)),
		Pages:           builtPage(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	g.Handler = h
	return g
}

// ask sends a request; headers come in pairs.
func (g *rig) ask(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w
}

// open asks for a room as the page does.
func (g *rig) open(name string, headers ...string) *httptest.ResponseRecorder {
	body, err := json.Marshal(map[string]string{"name": name})
	if err != nil {
		panic(err) // a string always marshals
	}
	return g.ask("POST", "/api/v1/rooms", string(body), append([]string{"Content-Type", "application/json"}, headers...)...)
}

// refusal is the JSON of an error.
type refusal struct {
	Error struct {
		Code    room.Code `json:"code"`
		Message string    `json:"message"`
	} `json:"error"`
}

// codeOf is the code of a refusal.
func codeOf(t testing.TB, w *httptest.ResponseRecorder) room.Code {
	t.Helper()
	var body refusal
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Errorf("%d with %q is no refusal: %v", w.Code, w.Body, err)
	}
	return body.Error.Code
}

func TestHealth(t *testing.T) {
	g := newRig(t)
	if w := g.ask("GET", "/healthz", ""); w.Code != 200 || w.Body.String() != "ok\n" {
		t.Errorf("ready is %d %q", w.Code, w.Body)
	}
	g.ready.Store(false)
	if w := g.ask("GET", "/healthz", ""); w.Code != 503 {
		t.Errorf("not ready is %d", w.Code)
	}
	for _, w := range []*httptest.ResponseRecorder{g.open("x1"), g.ask("GET", "/ws/room/x1", ""), g.ask("GET", "/api/v1/rooms/x1", "")} {
		if w.Code != 503 || codeOf(t, w) != room.CodeShuttingDown || w.Header().Get("Retry-After") == "" {
			t.Errorf("not ready is %d %q", w.Code, w.Body)
		}
	}
}

func TestMethods(t *testing.T) {
	g := newRig(t)
	cases := map[string]string{ // what is allowed
		"/healthz":          "GET, HEAD",
		"/api/v1/rooms":     "POST",
		"/api/v1/rooms/abc": "GET, HEAD",
		"/ws/room/abc":      "GET",
		"/r/abc":            "GET, HEAD",
		"/":                 "GET, HEAD",
		"/robots.txt":       "GET, HEAD",
	}
	for target, allow := range cases {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"} {
			if strings.Contains(allow, method) {
				continue
			}
			w := g.ask(method, target, "")
			if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != allow {
				t.Errorf("%s %s is %d, Allow %q", method, target, w.Code, w.Header().Get("Allow"))
			}
		}
	}
	for _, target := range []string{"/api/v2/rooms", "/api/", "/api/v1/rooms/a/b", "/ws/", "/ws/room/a/b", "/api/" + strings.Repeat("x", 5000)} {
		if w := g.ask("GET", target, ""); w.Code != 404 || codeOf(t, w) != room.CodeBadMessage || w.Body.Len() > 300 {
			t.Errorf("GET %.40s is %d %.400q", target, w.Code, w.Body)
		}
	}
}

func TestSecurityHeadersAreOnEverything(t *testing.T) {
	g := newRig(t)
	g.hub = func(http.ResponseWriter, *http.Request) {}
	for _, target := range []string{"/", "/r/abc", "/r/a%00b", "/nothing", "/assets/app-ABC123.js", "/healthz", "/api/v1/rooms",
		"/api/v1/rooms/unknown", "/ws/room/abc", "//evil.example/", "/a/../b"} {
		header := g.ask("GET", target, "").Header()
		want := map[string]string{
			"Content-Security-Policy":      "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob: mediastream:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
			"X-Content-Type-Options":       "nosniff",
			"Referrer-Policy":              "no-referrer",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Strict-Transport-Security":    "",
		}
		for name, value := range want {
			if got := header.Get(name); got != value {
				t.Errorf("%s has %s: %q", target, name, got)
			}
		}
		policy := header.Get("Permissions-Policy")
		for _, feature := range []string{"camera=(self)", "microphone=(self)", "display-capture=(self)"} {
			if !strings.Contains(policy, feature) {
				t.Errorf("%s has Permissions-Policy: %q", target, policy)
			}
		}
	}
	tls := g.ask("GET", "https://meet.example/", "")
	if tls.Header().Get("Strict-Transport-Security") != strictTransport {
		t.Error("over TLS there is no Strict-Transport-Security")
	}
}

func TestTheHubGetsItsRequests(t *testing.T) {
	g := newRig(t)
	if w := g.ask("GET", "/ws/room/abc", "", "Origin", "https://elsewhere.example"); w.Body.String() != "hub abc" {
		t.Errorf("the hub's answer is %d %q", w.Code, w.Body)
	}
}

func TestPanicsAreTold(t *testing.T) {
	g := newRig(t)
	g.hub = func(http.ResponseWriter, *http.Request) { panic("a bug") }
	func() {
		defer func() {
			if p := recover(); p != http.ErrAbortHandler {
				t.Errorf("the handler ends with %v", p)
			}
		}()
		g.ask("GET", "/ws/room/abc", "")
	}()
	if s := g.Stats(); s.Panics != 1 || s.Refused[room.CodeInternal] != 1 {
		t.Errorf("counted is %+v", s)
	}
	if log := g.log.String(); !strings.Contains(log, "a bug") || !strings.Contains(log, "web_test.go") || strings.Contains(log, "192.0.2.1") {
		t.Errorf("logged is %q", log)
	}
}

func TestEmbeddedPage(t *testing.T) {
	h, err := New(Config{Hub: http.NotFoundHandler()})
	if err != nil {
		t.Fatal(err)
	}
	f := h.pages.files[indexName]
	if !f.gzipped {
		t.Error("index.html is embedded without compression")
	}
}
