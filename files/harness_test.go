package files_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tablee/files"
	"tablee/password"
	"tablee/room"
	"tablee/store"
)

// house is the files over a real store on a real disk, answering over a real network; only who sits where is said here.
type house struct {
	*files.Files
	t      *testing.T
	dir    string
	store  *store.Store
	url    string
	clock  atomic.Int64 // added to the time, in nanoseconds
	rate   atomic.Int64
	log    bytes.Buffer
	groups map[string][]files.Seat // nil for the usual ones
}

// Everybody's pass is their name; who is called Host is one.
func (h *house) Pass(name, token string) (room.Pass, bool) {
	switch token {
	case "Ada", "Bo":
		return room.Pass{Room: name, ID: "id-" + token, Name: token, Seat: len(token), Role: room.Guest}, true
	case "Host":
		return room.Pass{Room: name, ID: "id-host", Name: token, Role: room.Host}, true
	}
	return room.Pass{}, false
}

func (h *house) IsHost(_ context.Context, _, token string) bool { return token == "host token" }

// Member knows two members; their app password is "app".
func (h *house) Member(_ context.Context, _ netip.Addr, login, password string) (files.Member, error) {
	if _, known := h.seats()[login]; known && password == "app" {
		return files.Member{ID: "id-" + login, Name: login}, nil
	}
	return files.Member{}, &room.Error{Code: room.CodePasswordNeeded}
}

// seats says who is in which group: Ada manages the choir, Bo sings in it, Cy is in none, Di is a member of the board.
func (h *house) seats() map[string][]files.Seat {
	if h.groups != nil {
		return h.groups
	}
	return map[string][]files.Seat{"ada": {{ID: "choir", Name: "Choir", Manager: true}}, "bo": {{ID: "choir", Name: "Choir"}}, "cy": nil,
		"di": {{ID: "board", Name: "Board"}}}
}

// Asks believes the header.
func (h *house) Asks(r *http.Request) files.Member {
	login := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if _, known := h.seats()[login]; !known {
		return files.Member{}
	}
	return files.Member{ID: "id-" + login, Name: login}
}

// Seats implements files.Team.
func (h *house) Seats(_ context.Context, member string) ([]files.Seat, bool, error) {
	seats, ok := h.seats()[strings.TrimPrefix(member, "id-")]
	return seats, ok, nil
}

// People implements files.Team.
func (h *house) People(context.Context) (list []files.Person, err error) {
	for login, seats := range h.seats() {
		list = append(list, files.Person{Who: "member/id-" + login, Name: login})
		for _, s := range seats {
			list = append(list, files.Person{Who: "group/" + s.ID, Name: s.Name})
		}
	}
	return list, nil
}

func (h *house) now() time.Time { return time.Now().Add(time.Duration(h.clock.Load())) }

func limits() files.Limits {
	return files.Limits{Server: 64 << 20, Room: 32 << 20, Drop: 32 << 20, Owner: 32 << 20, Group: 32 << 20, TrashDays: 30, Drops: true,
		Quiet: files.Quiet{From: 120, To: 300}}
}

func open(t *testing.T, l files.Limits) *house {
	t.Helper()
	return openAt(t, t.TempDir(), l)
}

func openAt(t *testing.T, dir string, l files.Limits, opts ...store.Option) *house {
	t.Helper()
	s, err := store.Open(dir, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return openOver(t, dir, l, s, s)
}

// openOver has the files see another store than s, which the test looks into.
func openOver(t *testing.T, dir string, l files.Limits, s *store.Store, seen files.Store) *house {
	t.Helper()
	h := &house{t: t, dir: dir, store: s}
	var err error
	h.Files, err = files.New(t.Context(), files.Config{
		Dir: filepath.Join(dir, "files"), Store: seen, Passes: h, Hosts: h, Members: h, Team: h, Passwords: password.NewCheapHasher(), Key: []byte("key"), Limits: l, Rate: h.rate.Load, Now: h.now,
		Client: func(*http.Request) netip.Addr { return netip.MustParseAddr("192.0.2.1") },
		Secure: func(*http.Request) bool { return false }, Log: slog.New(slog.NewTextHandler(&h.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	inRoom := func(w http.ResponseWriter, r *http.Request) {
		h.ServeRoom(w, r, r.PathValue("name"), r.PathValue("rest"))
	}
	mux.HandleFunc("/api/v1/rooms/{name}/files", inRoom)
	mux.HandleFunc("/api/v1/rooms/{name}/files/{rest...}", inRoom)
	mux.HandleFunc("/api/v1/files", func(w http.ResponseWriter, r *http.Request) { h.ServeTeam(w, r, "") })
	mux.HandleFunc("/api/v1/files/{rest...}", func(w http.ResponseWriter, r *http.Request) { h.ServeTeam(w, r, r.PathValue("rest")) })
	mux.HandleFunc("/api/v1/drops", func(w http.ResponseWriter, r *http.Request) { h.ServeDrops(w, r, "") })
	mux.HandleFunc("/api/v1/drops/{rest...}", func(w http.ResponseWriter, r *http.Request) { h.ServeDrops(w, r, r.PathValue("rest")) })
	mux.HandleFunc("/dav/", h.ServeDAV)
	server := httptest.NewServer(mux)
	h.url = server.URL
	t.Cleanup(func() {
		server.Close()
		_ = s.Close()
	})
	return h
}

// answer is what came back.
type answer struct {
	*http.Response
	body string
}

func (a answer) code() string {
	var e struct{ Error struct{ Code string } }
	_ = json.Unmarshal([]byte(a.body), &e)
	return e.Error.Code
}

// ask sends a request as somebody; headers are pairs.
func (h *house) ask(as, method, path string, body io.Reader, headers ...string) answer {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, body)
	if err != nil {
		h.t.Fatal(err)
	}
	if as != "" {
		r.Header.Set("Authorization", "Bearer "+as)
	}
	if strings.Contains(path, "/tus") {
		r.Header.Set("Tus-Resumable", "1.0.0")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer{resp, string(data)}
}

func (h *house) json(as, method, path, body string) answer {
	h.t.Helper()
	return h.ask(as, method, path, strings.NewReader(body), "Content-Type", "application/json")
}

// want fails unless the status and, when it is not "", the code are these.
func (a answer) want(t *testing.T, status int, code room.Code) answer {
	t.Helper()
	if a.StatusCode != status || a.code() != string(code) {
		t.Fatalf("%d %s, want %d %s", a.StatusCode, a.body, status, code)
	}
	return a
}

const base = "/api/v1/rooms/salon/files"

func meta(name string, more ...string) string {
	out := "filename " + base64.StdEncoding.EncodeToString([]byte(name))
	for i := 0; i < len(more); i += 2 {
		out += "," + more[i] + " " + base64.StdEncoding.EncodeToString([]byte(more[i+1]))
	}
	return out
}

// create begins an upload and returns its path.
func (h *house) create(as, name string, length int) string {
	h.t.Helper()
	a := h.ask(as, "POST", base+"/tus", nil, "Upload-Length", strconv.Itoa(length), "Upload-Metadata", meta(name)).want(h.t, 201, "")
	return a.Header.Get("Location")
}

func (h *house) patch(as, path string, offset int, body string, headers ...string) answer {
	h.t.Helper()
	return h.ask(as, "PATCH", path, strings.NewReader(body),
		append([]string{"Content-Type", "application/offset+octet-stream", "Upload-Offset", strconv.Itoa(offset)}, headers...)...)
}

// put uploads a whole file and returns its id.
func (h *house) put(as, name, content string, query ...string) string {
	h.t.Helper()
	a := h.ask(as, "POST", base+"/upload?name="+strings.ReplaceAll(name, " ", "+")+strings.Join(query, ""), strings.NewReader(content)).want(h.t, 201, "")
	var n struct{ ID string }
	if err := json.Unmarshal([]byte(a.body), &n); err != nil {
		h.t.Fatal(err)
	}
	return n.ID
}

type list struct {
	Path    []struct{ ID, Name string }
	Entries []struct {
		ID, Name, Type, By, Parent string
		Size                       int64
		Folder, Show, Mine, Share  bool
		Versions                   int
	}
	Usage struct{ Used, Quota int64 }
	May   struct{ Write, Manage, Share bool }
}

func (h *house) list(as, path string) (l list) {
	h.t.Helper()
	a := h.ask(as, "GET", path, nil).want(h.t, 200, "")
	if err := json.Unmarshal([]byte(a.body), &l); err != nil {
		h.t.Fatal(err)
	}
	return l
}

func (l list) names() string {
	var names []string
	for _, e := range l.Entries {
		names = append(names, e.Name)
	}
	return strings.Join(names, "|")
}

// runOnce takes away what has expired.
func (h *house) runOnce() { h.Purge(h.t.Context()) }
