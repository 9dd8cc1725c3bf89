package webhook_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tablee/room"
	"tablee/store"
	"tablee/webhook"
)

// rig is hooks over a real store, a receiver, and a clock that stands still.
type rig struct {
	*webhook.Hooks
	t        *testing.T
	store    *store.Store
	receiver *httptest.Server

	mu     sync.Mutex // guards what follows
	now    time.Time
	secret string
	status int // that the receiver answers
	got    []string
	ids    []string
	came   chan struct{}
}

func newRig(t *testing.T, private bool) *rig {
	g := &rig{t: t, now: time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC), status: 204, came: make(chan struct{}, 100)}
	var err error
	if g.store, err = store.Open(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.store.Close() })
	g.receiver = httptest.NewServer(g)
	t.Cleanup(g.receiver.Close)
	g.Hooks = g.again(private)
	return g
}

// again is the hooks after a restart.
func (g *rig) again(private bool) *webhook.Hooks {
	return webhook.New(webhook.Config{Store: g.store, Key: []byte("the server's own secret"), Private: private, Now: g.clock})
}

func (g *rig) clock() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.now
}

func (g *rig) add() webhook.Hook {
	g.t.Helper()
	h, secret, err := g.Add(g.t.Context(), g.receiver.URL)
	if err != nil {
		g.t.Fatal(err)
	}
	g.secret = secret
	return h
}

// ServeHTTP is a receiver that verifies as docs/webhooks.md says.
func (g *rig) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	key, bad := base64.StdEncoding.DecodeString(strings.TrimPrefix(g.secret, "whsec_"))
	if err != nil || bad != nil || len(key) != 32 {
		g.t.Errorf("the body or the secret cannot be read: %v %v", err, bad)
	}
	id, at := r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp")
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + at + "." + string(body)))
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); r.Header.Get("webhook-signature") != want || r.Method != "POST" {
		g.t.Errorf("a %s is signed %s, and %s is right", r.Method, r.Header.Get("webhook-signature"), want)
	}
	if seconds, _ := json.Marshal(g.now.Unix()); at != string(seconds) {
		g.t.Errorf("sent at %s, at %s", at, seconds)
	}
	g.got, g.ids = append(g.got, string(body)), append(g.ids, id)
	if g.status == http.StatusFound {
		w.Header().Set("Location", "/elsewhere")
	}
	w.WriteHeader(g.status)
	g.came <- struct{}{}
}

// hook is the only hook as the list has it.
func (g *rig) hook() webhook.Hook {
	g.t.Helper()
	all, err := g.List(g.t.Context())
	if err != nil || len(all) != 1 {
		g.t.Fatalf("%+v %v", all, err)
	}
	return all[0]
}

func (g *rig) last() webhook.Result { return g.hook().Last }

func (g *rig) round(h *webhook.Hooks) time.Duration {
	wake := h.Round(g.t.Context())
	if wake.IsZero() {
		return -1
	}
	return wake.Sub(g.clock())
}

func TestMessages(t *testing.T) {
	g := newRig(t, true)
	g.add()
	began := time.Date(2026, 11, 27, 7, 0, 0, 0, time.UTC)
	g.Tell(webhook.Event{Room: "choir", Began: began})
	g.Tell(webhook.Event{Room: "choir", Began: began, Ended: began.Add(90 * time.Second), Most: 7})
	g.round(g.Hooks)
	g.round(g.Hooks)
	want := map[string]bool{
		`{"type":"room.started","timestamp":"2026-11-27T07:00:00.000Z","data":{"room":"choir","started":"2026-11-27T07:00:00.000Z"}}`: true,
		`{"type":"room.ended","timestamp":"2026-11-27T07:01:30.000Z","data":{"room":"choir","started":"2026-11-27T07:00:00.000Z",` +
			`"ended":"2026-11-27T07:01:30.000Z","duration_seconds":90,"max_participants":7}}`: true,
	}
	if len(g.got) != 2 || !want[g.got[0]] || !want[g.got[1]] || g.got[0] == g.got[1] {
		t.Errorf("told %q", g.got)
	}
	if s := g.Stats(); s.Delivered != 2 || s.Waiting != 0 {
		t.Errorf("counted %+v", s)
	}
}

// A receiver that is down is told later, after a restart of ours too, with the same id; and at the end given up.
func TestDownThenUp(t *testing.T) {
	g := newRig(t, true)
	g.add()
	g.status = 503
	g.Tell(webhook.Event{Room: "choir", Began: g.now})
	waits := []time.Duration{5 * time.Second, time.Minute, 5 * time.Minute}
	for i, want := range waits {
		if wait := g.round(g.Hooks); wait != want {
			t.Fatalf("after try %d it waits %v, not %v", i, wait, want)
		}
		if g.round(g.Hooks); len(g.got) != i+1 {
			t.Fatalf("%d tries before the time came", len(g.got))
		}
		g.now = g.now.Add(want)
	}
	failed := webhook.Result{At: g.now.Add(-waits[2]), Status: 503, Reason: webhook.BadStatus}
	if k := g.hook(); k.Last != failed || k.Waiting != 1 {
		t.Errorf("while it is down the list says %+v", k)
	}
	h := g.again(true)
	g.status = 200
	if g.round(h); h.Stats().Delivered != 1 || len(g.got) != 4 || g.ids[0] != g.ids[3] || g.ids[0] == "" {
		t.Errorf("after the restart: %+v, ids %v", h.Stats(), g.ids)
	}
	if wait := g.round(h); wait != -1 || len(g.got) != 4 {
		t.Errorf("it goes on after %v", wait)
	}
	if k := g.hook(); k.Last != (webhook.Result{At: g.now, Status: 200}) || k.Waiting != 0 {
		t.Errorf("when it was told the list says %+v", k)
	}

	g.status = 500
	h.Tell(webhook.Event{Room: "choir", Began: g.now})
	for range 8 {
		g.now = g.now.Add(max(0, g.round(h)))
	}
	if s := h.Stats(); s.Dropped["given_up"] != 1 || s.Failed["status"] != 8 || s.Waiting != 0 || g.round(h) != -1 {
		t.Errorf("after eight tries: %+v", s)
	}
}

func TestNoRedirect(t *testing.T) {
	g := newRig(t, true)
	h := g.add()
	g.status = http.StatusFound
	r, problem, err := g.Ping(t.Context(), h.ID)
	if r != (webhook.Result{At: g.now, Status: 302, Reason: webhook.BadStatus}) || problem == "" || err != nil || len(g.got) != 1 {
		t.Errorf("a redirect: %+v %q %v, %d requests", r, problem, err, len(g.got))
	}
	if last := g.last(); last != r {
		t.Errorf("%+v is remembered of it", last)
	}
	g.status = http.StatusGone
	g.Tell(webhook.Event{Room: "choir", Began: g.now})
	if g.round(g.Hooks); g.Stats().Dropped["given_up"] != 1 {
		t.Errorf("410 is tried again: %+v", g.Stats())
	}
}

// An answer without end is not read to its end.
func TestEndlessAnswer(t *testing.T) {
	g := newRig(t, true)
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 4096)); err != nil {
				return
			}
		}
	}))
	defer endless.Close()
	h, _, err := g.Add(t.Context(), endless.URL)
	if err != nil {
		t.Fatal(err)
	}
	if r, problem, err := g.Ping(t.Context(), h.ID); r.Status != 200 || r.Reason != webhook.Taken || problem != "" || err != nil {
		t.Errorf("an endless answer: %+v %q %v", r, problem, err)
	}
}

// Private addresses are refused when they are dialled, whatever their name; and http:// when a hook is made.
func TestPrivateRefused(t *testing.T) {
	g := newRig(t, false)
	if _, _, err := g.Add(t.Context(), g.receiver.URL); room.CodeOf(err) != room.CodeBadMessage {
		t.Errorf("http:// is taken: %v", err)
	}
	for _, name := range []string{"localhost", "127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[fe80::1]", "[fd00::1]", "[::ffff:127.0.0.1]",
		"[64:ff9b::7f00:1]", "100.64.0.1", "0.0.0.0"} {
		h, _, err := g.Add(t.Context(), "https://"+name+":1/x")
		if err != nil {
			t.Fatal(err)
		}
		if r, problem, err := g.Ping(t.Context(), h.ID); r.Status != 0 || r.Reason != webhook.Private || !strings.Contains(problem, "webhooks.private") || err != nil {
			t.Errorf("%s: %+v %q %v", name, r, problem, err)
		}
		if err := g.Remove(t.Context(), h.ID); err != nil {
			t.Error(err)
		}
	}
	if s := g.Stats(); s.Failed["private"] != 11 || len(g.got) != 0 {
		t.Errorf("counted %+v, %d requests came", s, len(g.got))
	}
}

// Memory and queue have bounds; what goes beyond is counted. A hook that is removed takes its messages with it.
func TestBounds(t *testing.T) {
	g := newRig(t, true)
	for range webhook.MaxFresh + 3 {
		g.Tell(webhook.Event{Room: "choir", Began: g.now})
	}
	if s := g.Stats(); s.Dropped["full"] != 3 {
		t.Errorf("memory takes too many: %+v", s)
	}
	g.round(g.Hooks) // nobody is to be told
	h := g.add()
	for _, bad := range []string{"", "ftp://a.example", "https://", "https://a:b@c.example", "https://a.example/" + strings.Repeat("x", webhook.MaxURL)} {
		if _, _, err := g.Add(t.Context(), bad); room.CodeOf(err) != room.CodeBadMessage {
			t.Errorf("%.30q is taken: %v", bad, err)
		}
	}
	list := make([]webhook.Delivery, webhook.MaxQueue+2)
	for i := range list {
		list[i] = webhook.Delivery{ID: time.Duration(i).String(), Hook: h.ID, Body: []byte("{}"), Due: g.now}
	}
	if dropped, err := g.store.QueueWebhooks(t.Context(), list, webhook.MaxQueue); dropped != 2 || err != nil {
		t.Errorf("dropped %d, %v", dropped, err)
	}
	g.Tell(webhook.Event{Room: "choir", Began: g.now})
	if g.round(g.Hooks); g.Stats().Dropped["full"] != 4 {
		t.Errorf("the queue takes too many: %+v", g.Stats())
	}
	if err := g.Remove(t.Context(), h.ID); err != nil {
		t.Error(err)
	}
	if waiting, err := g.store.WaitingWebhooks(t.Context()); len(waiting) != 0 || err != nil {
		t.Errorf("%d wait for nobody, %v", len(waiting), err)
	}
	for range webhook.MaxHooks {
		g.add()
	}
	if _, _, err := g.Add(t.Context(), g.receiver.URL); room.CodeOf(err) != room.CodeLinksFull {
		t.Errorf("too many hooks: %v", err)
	}
}

// Run sends what it is told, and stores what it could not send before its end.
func TestRun(t *testing.T) {
	g := newRig(t, true)
	g.add()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- g.Run(ctx) }()
	g.Tell(webhook.Event{Room: "choir", Began: g.clock()})
	<-g.came
	stop()
	if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	h := g.again(true)
	h.Tell(webhook.Event{Room: "last", Began: g.clock()})
	if err := h.Run(ctx); err != nil {
		t.Error(err)
	}
	waiting, err := g.store.WaitingWebhooks(t.Context())
	if err != nil || len(waiting) == 0 || !strings.Contains(string(waiting[len(waiting)-1].Body)+string(waiting[0].Body), `"last"`) {
		t.Errorf("what happened last is not stored: %d, %v", len(waiting), err)
	}
}
