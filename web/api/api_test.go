package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tablee/accounts"
	"tablee/jointoken"
	"tablee/password"
	"tablee/room"
	"tablee/store"
	"tablee/web/api"
	"tablee/webhook"
)

// box is a server of the test's.
type box struct {
	values map[string]*string
	age    time.Duration // of what was purged last
}

func (b *box) Now() api.Now {
	return api.Now{Version: "test", Rooms: []api.RoomNow{{Name: "choir", People: 3}}}
}
func (b *box) History() api.History {
	return api.History{Every: 10, People: []float64{1}, Uplink: []float64{2.5}, CPU: []float64{0}}
}
func (b *box) Health(context.Context) api.Health {
	return api.Health{Notices: []api.Notice{{Code: "disk_low"}}}
}
func (b *box) Network(context.Context) api.Report {
	return api.Report{Verdict: "ok", Checks: []api.Check{{ID: "udp", Title: "UDP", Verdict: "ok", Text: "it gets through."}}}
}
func (b *box) Storage(context.Context) (api.Storage, error) {
	return api.Storage{Parts: []api.Part{{Code: "trash", Bytes: 7, Count: 2}}, Shares: []api.Share{{Kind: "room", ID: "choir", Name: "choir", Bytes: 9}},
		Snapshots: []api.Snapshot{{Name: "x", Created: "2026-11-27T08:00:00Z"}}}, nil
}
func (b *box) Purge(_ context.Context, what []string, age time.Duration) (list []api.Freed, err error) {
	b.age = age
	for _, w := range what {
		list = append(list, api.Freed{What: w, Count: 1, Bytes: 5})
	}
	return list, nil
}
func (b *box) Log() []api.Line {
	return []api.Line{{At: "2026-11-27T08:00:00Z", Level: "info", Text: "serving"}}
}
func (b *box) Front() api.Front   { return api.Front{Name: "The choir"} }
func (b *box) Openers() room.Role { return room.Guest }
func (b *box) Settings() []api.Setting {
	return []api.Setting{
		{Name: "listen", Value: ":1", Place: "default", Help: "x", Kind: "text"},
		{Name: "rooms.open", Value: "member", Place: "admin", Help: "x", Kind: "choice", Choices: []string{"guest", "member"}, Live: true, Set: true},
		{Name: "rooms.max", Value: "7", Default: "9", Place: "default", Help: "x", Kind: "number", Low: 1, High: 100, Live: true, Set: true},
	}
}
func (b *box) Change(_ context.Context, values map[string]*string) error {
	b.values = values
	return nil
}
func (b *box) Snapshot(context.Context) (api.Snapshot, error) {
	return api.Snapshot{Name: "x", Created: "2026-11-27T08:00:00Z"}, nil
}
func (b *box) Mirror() api.Mirror {
	return api.Mirror{Configured: true, Started: "2026-11-27T02:10:00Z", Failed: 1, Failures: []api.MirrorFailure{{Folder: "Pads", Text: "x", Files: 1}}}
}
func (b *box) RunMirror() error { return nil }
func (b *box) Backup(_ context.Context, w http.ResponseWriter) error {
	_, err := io.WriteString(w, "everything")
	return err
}

// rig is the API over a real store.
type rig struct {
	*api.API
	t        testing.TB
	accounts *accounts.Accounts
	now      time.Time
	box      *box
	cookie   *http.Cookie // of the browser that asks
	tls      bool
	console  bool
	cfg      api.Config
}

func newRig(t testing.TB) *rig {
	t.Helper()
	g := &rig{t: t, now: time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC), box: &box{}}
	s, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	now := func() time.Time { return g.now }
	g.accounts = accounts.New(s, password.NewCheapHasher(), now)
	g.cfg = api.Config{
		Accounts: g.accounts, Rooms: room.NewRegistry(s, room.DefaultLimits(), now, room.WithPasswords(password.NewCheapHasher())), Server: g.box, Quotas: s,
		Heads: func() map[string]int { return map[string]int{"choir": 3} }, Ready: func() bool { return true }, Now: now,
		Log: slog.New(slog.DiscardHandler),
	}
	g.cfg.Joins = jointoken.New(s, []byte("the server's own secret"), now)
	g.cfg.Webhooks = webhook.New(webhook.Config{Store: s, Key: []byte("the server's own secret"), Private: true, Now: now})
	g.API = api.New(g.cfg)
	return g
}

const good = "cheval agrafe pile"

// ask sends what our own page would send; change makes it something else.
func (g *rig) ask(method, target, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	scheme := "http://"
	if g.tls {
		scheme = "https://"
	}
	r := httptest.NewRequest(method, scheme+"meet.example"+target, strings.NewReader(body))
	r.RemoteAddr = "192.0.2.7:1234"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if g.cookie != nil {
		r.AddCookie(g.cookie)
	}
	if method != "GET" && !g.console {
		r.Header.Set("Origin", scheme+"meet.example")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	var h http.Handler = g.API
	if g.console {
		h = api.Console(h)
	}
	h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		g.cookie = c
		if c.MaxAge < 0 {
			g.cookie = nil
		}
	}
	return w
}

// must sends a request that has to work, and reads the answer.
func (g *rig) must(method, target, body string, into any) {
	g.t.Helper()
	w := g.ask(method, target, body)
	if w.Code >= 300 {
		g.t.Fatalf("%s %s: %d %s", method, target, w.Code, w.Body)
	}
	if into != nil {
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
			g.t.Fatalf("%s %s: %v", method, target, err)
		}
	}
}

// as makes an account and logs in to it.
func (g *rig) as(login string, role room.Role) accounts.Account {
	g.t.Helper()
	acc, err := g.accounts.Create(g.t.Context(), accounts.Wish{Login: login, Password: good}, role)
	if err != nil && !errors.Is(err, &room.Error{Code: room.CodeAccountExists}) {
		g.t.Fatal(err)
	}
	g.cookie = nil
	g.must("POST", "/api/v1/login", `{"login":"`+login+`","password":"`+good+`"}`, nil)
	return acc
}

func codeOf(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	var b struct{ Error struct{ Code string } }
	if err := json.Unmarshal(w.Body.Bytes(), &b); err != nil {
		t.Errorf("%d %q is no refusal", w.Code, w.Body)
	}
	return b.Error.Code
}

// want sends a request that has to be refused.
func (g *rig) want(code, method, target, body string, change ...func(*http.Request)) {
	g.t.Helper()
	if w := g.ask(method, target, body, change...); w.Code < 400 || codeOf(g.t, w) != code {
		g.t.Errorf("%s %s: %d %s, not %s", method, target, w.Code, w.Body, code)
	}
}
