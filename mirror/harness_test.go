package mirror_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tablee/files"
	"tablee/mirror"
	"tablee/password"
	"tablee/room"
	"tablee/store"
)

// ada is the one member of the other Tablée.
type ada struct{}

func (ada) Member(_ context.Context, _ netip.Addr, login, password string) (files.Member, error) {
	if login == "ada" && password == "app" {
		return files.Member{ID: "id-ada", Name: "ada"}, nil
	}
	return files.Member{}, &room.Error{Code: room.CodePasswordNeeded}
}

func (ada) Asks(*http.Request) files.Member { return files.Member{} }

func (ada) Seats(_ context.Context, member string) ([]files.Seat, bool, error) {
	return nil, member == "id-ada", nil
}

func (ada) People(context.Context) ([]files.Person, error) { return nil, nil }

// tablee is another Tablée's /dav/, over a real store on a real disk.
func tablee(t *testing.T) http.Handler {
	t.Helper()
	dir := t.TempDir()
	s, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	f, err := files.New(t.Context(), files.Config{
		Dir: filepath.Join(dir, "files"), Store: s, Members: ada{}, Team: ada{}, Passwords: password.NewCheapHasher(), Key: []byte("key"), Now: time.Now,
		Limits: files.Limits{Server: 64 << 20, Owner: 32 << 20, Room: 1 << 20}, Log: slog.New(slog.DiscardHandler),
		Client: func(*http.Request) netip.Addr { return netip.MustParseAddr("192.0.2.1") }, Secure: func(*http.Request) bool { return false },
	})
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(f.ServeDAV)
}

// rclone is `rclone serve webdav` behind a proxy, which counts.
func rclone(t *testing.T) http.Handler {
	t.Helper()
	path, err := exec.LookPath("rclone")
	if err != nil {
		t.Skip("rclone is not installed; scripts/tools.sh does it")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	cmd := exec.Command(path, "serve", "webdav", t.TempDir(), "--addr", address, "--user", "ada", "--pass", "app",
		"--config", filepath.Join(t.TempDir(), "none"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for { // the test's own deadline bounds it
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := r.Clone(r.Context())
		out.URL.Scheme, out.URL.Host, out.RequestURI = "http", address, ""
		out.Header.Set("Destination", strings.Replace(r.Header.Get("Destination"), r.Host, address, 1))
		out.Host = address
		resp, err := http.DefaultTransport.RoundTrip(out)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer resp.Body.Close()
		for k, v := range resp.Header {
			w.Header()[k] = v
		}
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	})
}

// yard is a mirror, the folder that it mirrors, and the server that it mirrors to.
type yard struct {
	t          *testing.T
	here, data string
	url        string // of the server
	base       string // path of the folder there
	log        strings.Builder

	mu      sync.Mutex
	before  func(*http.Request) bool // guarded by mu, called with it held; false cuts the connection
	methods []string                 // guarded by mu: what was asked
}

// newYard stands before a server with a folder of its own there.
func newYard(t *testing.T, server http.Handler, base string) *yard {
	t.Helper()
	y := &yard{t: t, here: t.TempDir(), data: t.TempDir(), base: base}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		y.mu.Lock()
		y.methods = append(y.methods, r.Method)
		cut := y.before != nil && !y.before(r)
		y.mu.Unlock()
		if cut {
			panic(http.ErrAbortHandler)
		}
		server.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	y.url = s.URL
	return y
}

func (y *yard) mirror() *mirror.Mirror {
	y.t.Helper()
	m, err := mirror.New(mirror.Config{Dir: y.data, URL: y.url + y.base, User: "ada", Password: "app", Now: time.Now,
		Sources: []mirror.Source{{Folder: "Été & co", Files: mirror.Folder{Dir: y.here}}}, Log: slog.New(slog.NewTextHandler(&y.log, nil))})
	if err != nil {
		y.t.Fatal(err)
	}
	return m
}

// run runs as a program started anew does.
func (y *yard) run() mirror.Report {
	y.t.Helper()
	y.mu.Lock()
	y.methods = nil
	y.mu.Unlock()
	r, err := y.mirror().Run(y.t.Context(), func() bool { return true })
	if err != nil {
		y.t.Fatal(err)
	}
	return r
}

// asked counts requests of a method since the last run began.
func (y *yard) asked(method string) (n int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	for _, m := range y.methods {
		if m == method {
			n++
		}
	}
	return n
}

func (y *yard) cut(before func(*http.Request) bool) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.before = before
}

func (y *yard) write(name, content string) {
	y.t.Helper()
	path := filepath.Join(y.here, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
		y.t.Fatal(err)
	}
}

// there sends a request to the folder there, as its owner does.
func (y *yard) there(method, name, body string) (int, string) {
	y.t.Helper()
	u := y.url + y.base + "/" + (&escaper{name}).String()
	r, err := http.NewRequestWithContext(y.t.Context(), method, u, strings.NewReader(body))
	if err != nil {
		y.t.Fatal(err)
	}
	r.SetBasicAuth("ada", "app")
	r.Header.Set("Depth", "1")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		y.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		y.t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

// has fails unless a file there has this content; "" for no file.
func (y *yard) has(name, content string) {
	y.t.Helper()
	status, body := y.there("GET", "Été & co/"+name, "")
	if content == "" && status != 404 || content != "" && (status != 200 || body != content) {
		y.t.Errorf("%s: %d, %d bytes; want %d", name, status, len(body), len(content))
	}
}

func (y *yard) now() time.Time { return time.Now() }

func (y *yard) logger() *slog.Logger { return slog.New(slog.NewTextHandler(&y.log, nil)) }
