package files_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tablee/files"
	"tablee/store"
)

// slowLook is a store in which the answer to a look at an upload comes late: between(id) runs once it was read.
type slowLook struct {
	*store.Store

	mu      sync.Mutex
	between func(looks int) // guarded by mu; nil for nothing
	looks   int             // guarded by mu
	finish  chan struct{}   // Finish begins when it can be received from; nil for at once
	ready   chan struct{}   // closed when Finish is about to begin
}

func (s *slowLook) Upload(ctx context.Context, id string) (files.Upload, error) {
	s.mu.Lock()
	s.looks++
	looks, between := s.looks, s.between
	if looks == 2 {
		s.between = nil
	}
	s.mu.Unlock()
	if between == nil || looks != 2 {
		return s.Store.Upload(ctx, id)
	}
	between(0)
	u, err := s.Store.Upload(ctx, id)
	between(1)
	return u, err
}

func (s *slowLook) Finish(ctx context.Context, id string, n files.Node, keep int, pick files.Picker) (files.Node, []string, error) {
	if s.finish != nil {
		close(s.ready)
		<-s.finish
	}
	return s.Store.Finish(ctx, id, n, keep, pick)
}

// Who asks how far an upload came, while its last part becomes a file on another connection, hears that it is whole: any
// refusal but 423 makes tus-js-client begin anew, and what it began first stays unfinished.
func TestTusAskedWhileItEnds(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	slow := &slowLook{Store: s, finish: make(chan struct{}), ready: make(chan struct{})}
	h := openOver(t, dir, limits(), s, slow)
	path := h.create("Ada", "a", 4)
	patched := make(chan answer, 1)
	slow.mu.Lock()
	slow.looks, slow.between = 0, func(step int) {
		if step == 0 { // HEAD found nobody writing; now the last part comes, and is noted
			go func() { patched <- h.patch("Ada", path, 0, "1234") }()
			<-slow.ready
			return
		}
		close(slow.finish) // HEAD has read that all is there, and no file yet; now it is one
		(<-patched).want(t, 204, "")
	}
	slow.mu.Unlock()
	a := h.ask("Ada", "HEAD", path, nil)
	if a.StatusCode != 200 || a.Header.Get("Upload-Offset") != "4" || a.Header.Get("Tablee-File") == "" {
		t.Fatalf("HEAD: %d %v", a.StatusCode, a.Header)
	}
	if l := h.list("Ada", base); l.names() != "a" || strings.Contains(h.log.String(), "ERROR") {
		t.Fatalf("%+v\n%s", l, &h.log)
	}
}

// TestTerminationOutlivesItsClient ends an upload for a client that does not stay for the answer.
func TestTerminationOutlivesItsClient(t *testing.T) {
	h := open(t, limits())
	path := h.create("Ada", "given up", 10)
	h.patch("Ada", path, 0, "abc").want(t, 204, "")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(gone, "DELETE", path, nil)
	r.Header.Set("Authorization", "Bearer Ada")
	r.Header.Set("Tus-Resumable", "1.0.0")
	w := httptest.NewRecorder()
	h.ServeRoom(w, r, "salon", strings.TrimPrefix(path, base+"/"))
	if w.Code != http.StatusNoContent {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	h.ask("Ada", "HEAD", path, nil).want(t, 404, "")
	if left, err := filepath.Glob(filepath.Join(h.dir, "files", "partial", "*")); err != nil || len(left) > 0 {
		t.Errorf("%d contents are left, %v", len(left), err)
	}
}
