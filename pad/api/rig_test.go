package api

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"tablee/pad"
	"tablee/room"
	"tablee/store"
)

// rig is the handler behind a real HTTP server, over a real hub and store.
type rig struct {
	*httptest.Server
	hub    *pad.Hub
	api    *Handler
	store  *store.Store
	dir    string
	finish func()
}

// Accesses to the room salon.
const (
	asHost  = "host.salon.token"
	asGuest = "seat.salon.guest"
	asChair = "seat.salon.chair"
)

func start(t *testing.T, dir string, opts ...store.Option) *rig {
	t.Helper()
	s, err := store.Open(dir, opts...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreateRoom(t.Context(), room.Room{Name: "salon", Created: time.Now()}, []byte("hash"), 9); err != nil {
		t.Fatal(err)
	}
	seats := map[string]room.Pass{"guest": {ID: "g", Seat: 1, Name: "Zoé"}, "chair": {ID: "c", Seat: 2, Name: "Ana", Role: room.Host}}
	hub := pad.New(pad.Config{
		Store: s, Now: time.Now,
		Pass:   func(name, token string) (room.Pass, bool) { p, ok := seats[token]; return p, ok && name == "salon" },
		IsHost: func(_ context.Context, name, token string) bool { return name == "salon" && token == "token" },
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		hub.Run(ctx)
	}()
	r := &rig{hub: hub, store: s, dir: dir, api: New(Config{Hub: hub, APIKey: testKey})}
	r.Server = httptest.NewServer(r.api)
	ended := false
	r.finish = func() {
		if ended {
			return
		}
		ended = true
		cancel()
		<-done
		r.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(r.finish)
	return r
}

// answer is what came back.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

// do sends a request; body is sent as it is when it is bytes, otherwise as JSON; nil is none.
func (r *rig) do(t *testing.T, access, method, path string, body any) answer {
	t.Helper()
	var data io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		data = bytes.NewReader(b)
	case string:
		data = bytes.NewReader([]byte(b))
	default:
		text, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		data = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, r.URL+path, data)
	if err != nil {
		t.Fatal(err)
	}
	if access != "" {
		req.Header.Set("Authorization", "Bearer "+access)
	}
	res, err := r.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{t, res.StatusCode, res.Header, text}
}

// is fails unless the status is that.
func (a answer) is(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("the status is %d, not %d: %.300s", a.status, status, a.body)
	}
	return a
}

// refused fails unless it is a refusal of that code, with a sentence and in the status of the code.
func (a answer) refused(code room.Code) {
	a.t.Helper()
	var body struct {
		Error struct{ Code, Message string }
	}
	if err := json.Unmarshal(a.body, &body); err != nil || room.Code(body.Error.Code) != code || body.Error.Message == "" || a.status != code.HTTPStatus() {
		a.t.Fatalf("not refused with %s but %d: %.300s", code, a.status, a.body)
	}
}

// into reads JSON, strictly.
func into[T any](a answer) (out T) {
	a.t.Helper()
	d := json.NewDecoder(bytes.NewReader(a.body))
	if err := d.Decode(&out); err != nil {
		a.t.Fatalf("%v: %.300s", err, a.body)
	}
	return out
}

// made is what creating a pad answers.
type made struct {
	Pad   pad.Info
	Links struct{ Own, Write string }
}

func (m made) path(rest string) string { return "/api/v1/pads/" + m.Pad.ID + rest }

// pad makes a pad on its own.
func (r *rig) pad(t *testing.T, text string) made {
	t.Helper()
	return into[made](r.do(t, "", "POST", "/api/v1/pads", map[string]any{"title": "Essai", "text": text}).is(201))
}

func (r *rig) text(t *testing.T, m made) string {
	t.Helper()
	return into[struct{ Text string }](r.do(t, m.Links.Own, "GET", m.path("/text"), nil).is(200)).Text
}

// link makes a link of a right.
func (r *rig) link(t *testing.T, m made, right string) link {
	t.Helper()
	return into[link](r.do(t, m.Links.Own, "POST", m.path("/links"), map[string]any{"right": right}).is(201))
}

// count counts the pads in the database of a rig that is finished.
func (r *rig) count(rows *int) error {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(r.dir, store.FileName))
	if err != nil {
		return err
	}
	defer db.Close()
	return db.QueryRow("SELECT count(*) FROM pads").Scan(rows)
}
