package mirror_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tablee/mirror"
)

// trashing is a folder of which some files are in the trash, or that is gone.
type trashing struct {
	mirror.Files
	trashed map[string]bool
	gone    bool
}

func (f *trashing) List(ctx context.Context) ([]mirror.Entry, error) {
	if f.gone {
		return nil, mirror.ErrGone
	}
	list, err := f.Files.List(ctx)
	for i := range list {
		list[i].Trashed = f.trashed[list[i].Path]
	}
	return list, err
}

func (y *yard) remove(name string) {
	y.t.Helper()
	if err := os.RemoveAll(filepath.Join(y.here, name)); err != nil {
		y.t.Fatal(err)
	}
}

// folders fails unless these are the folders there, below the mirror's.
func (y *yard) folders(want ...string) {
	y.t.Helper()
	for _, name := range []string{"deep", "deep/er", "kept"} {
		status, _ := y.there("PROPFIND", "Été & co/"+name+"/", "")
		if there := status == http.StatusMultiStatus; there != strings.Contains(" "+strings.Join(want, " ")+" ", " "+name+" ") {
			y.t.Errorf("the folder %s is there: %v; want %v", name, there, want)
		}
	}
}

func TestEmptiedFoldersGo(t *testing.T) {
	both(t, func(t *testing.T, y *yard) {
		y.write("deep/er/a", "a")
		y.write("deep/er/b", "b")
		y.write("kept/a", "a")
		want(t, y.run(), 3, 0, 0, 0)
		y.remove("deep/er/a")
		want(t, y.run(), 0, 2, 1, 0)
		y.folders("deep", "deep/er", "kept")
		y.there("PUT", "Été & co/deep/theirs", "theirs")
		y.remove("deep")
		y.remove("kept")
		want(t, y.run(), 0, 0, 2, 0)
		y.folders("deep")
		y.has("deep/theirs", "theirs")
		y.write("deep/er/a", "again")
		want(t, y.run(), 1, 0, 0, 0)
		y.has("deep/er/a", "again")
	})
}

// TestCutsWhileDeletingLeaveNothing cuts the line at each request of a run that deletes.
func TestCutsWhileDeletingLeaveNothing(t *testing.T) {
	y := newYard(t, rclone(t), "/Mirror")
	for at := 1; ; at++ {
		y.write("deep/er/a", "a")
		y.write("kept/b", "b")
		y.write("kept/c", "c")
		if r := y.run(); !r.Whole {
			t.Fatalf("before cut %d: %+v", at, r)
		}
		y.remove("deep")
		y.remove("kept/b")
		n := 0
		y.cut(func(*http.Request) bool { n++; return n != at })
		first := y.run()
		y.cut(nil)
		if n < at {
			break
		}
		second := y.run()
		if !second.Whole || first.Deleted+second.Deleted < 1 {
			t.Fatalf("cut at request %d: %+v, then %+v", at, first, second)
		}
		y.folders("kept")
		y.has("kept/b", "")
		y.has("kept/c", "c")
	}
}

// with runs a mirror of one source, at a time.
func (y *yard) with(source mirror.Source, now time.Time) mirror.Report {
	y.t.Helper()
	source.Folder = "Été & co"
	m, err := mirror.New(mirror.Config{Dir: y.data, URL: y.url + y.base, User: "ada", Password: "app", Sources: []mirror.Source{source},
		Now: func() time.Time { return now }, Log: y.logger()})
	if err != nil {
		y.t.Fatal(err)
	}
	r, err := m.Run(y.t.Context(), func() bool { return true })
	if err != nil {
		y.t.Fatal(err)
	}
	return r
}

func TestWhatIsInTheTrashStaysThere(t *testing.T) {
	y := newYard(t, tablee(t), "/dav/Home/Mirror")
	y.write("a", "a")
	y.write("b", "b")
	f := &trashing{Files: mirror.Folder{Dir: y.here}, trashed: map[string]bool{"b": true}}
	run := func() mirror.Report { return y.with(mirror.Source{Files: f}, y.now()) }
	want(t, run(), 1, 0, 0, 0) // what was never sent is not sent from the trash
	f.trashed = nil
	want(t, run(), 1, 1, 0, 0)
	f.trashed = map[string]bool{"a": true, "b": true}
	want(t, run(), 0, 0, 0, 0)
	y.has("a", "a")
	y.remove("a") // emptied
	want(t, run(), 0, 0, 1, 0)
	y.has("a", "")
	f.gone = true
	if r := run(); r.Whole || !strings.Contains(r.Failures[0].Text, "mirror.folder") {
		t.Errorf("%+v", r)
	}
	y.has("b", "b")
}

func TestWhatIsGoneStaysForAWhile(t *testing.T) {
	y := newYard(t, tablee(t), "/dav/Home/Mirror")
	y.write("a", "a")
	y.write("b", "b")
	start := y.now()
	run := func(after time.Duration) mirror.Report {
		return y.with(mirror.Source{Files: mirror.Folder{Dir: y.here}, KeepGone: 7 * 24 * time.Hour}, start.Add(after))
	}
	const day = 24 * time.Hour
	want(t, run(0), 2, 0, 0, 0)
	saved := filepath.Join(t.TempDir(), "b")
	y.remove("a")
	if err := os.Rename(filepath.Join(y.here, "b"), saved); err != nil {
		t.Fatal(err)
	}
	want(t, run(1*day), 0, 0, 0, 0)
	if err := os.Rename(saved, filepath.Join(y.here, "b")); err != nil {
		t.Fatal(err)
	}
	want(t, run(2*day), 0, 1, 0, 0)
	y.remove("b") // its week begins anew
	want(t, run(3*day), 0, 0, 0, 0)
	want(t, run(8*day), 0, 0, 1, 0)
	y.has("a", "")
	y.has("b", "b")
	want(t, run(10*day), 0, 0, 1, 0)
	y.has("b", "")
}

func TestTemporaryNamesAreNotMirrored(t *testing.T) {
	y := newYard(t, tablee(t), "/dav/Home/Mirror")
	y.write("deep/.tablee-0011223344556677.part", "a")
	y.write("b", "b")
	if r := y.run(); r.Failed != 1 || r.Files != 1 || !strings.Contains(r.Failures[0].Text, "choose another") {
		t.Errorf("%+v", r)
	}
}

// TestPrivateAuthority has a target whose certificate nobody knows but who is told of it.
func TestPrivateAuthority(t *testing.T) {
	s := httptest.NewTLSServer(tablee(t))
	defer s.Close()
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	y := &yard{t: t, here: t.TempDir(), data: t.TempDir(), url: s.URL, base: "/dav/Home/Mirror"}
	y.write("a", "a")
	if r := y.run(); r.Whole || r.Failed != 1 || !strings.Contains(r.Failures[0].Text, "mirror.ca_roots") {
		t.Errorf("without the roots: %+v", r)
	}
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	m, err := mirror.New(mirror.Config{Dir: y.data, URL: y.url + y.base, User: "ada", Password: "app", Roots: roots, Now: y.now, Log: y.logger(),
		Sources: []mirror.Source{{Folder: "F", Files: mirror.Folder{Dir: y.here}}}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := m.Run(t.Context(), func() bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	want(t, r, 1, 0, 0, 0)
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	defer client.CloseIdleConnections()
	q, err := http.NewRequestWithContext(t.Context(), "GET", y.url+y.base+"/F/a", nil)
	if err != nil {
		t.Fatal(err)
	}
	q.SetBasicAuth("ada", "app")
	resp, err := client.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil || string(body) != "a" {
		t.Errorf("%q, %v", body, err)
	}
}
