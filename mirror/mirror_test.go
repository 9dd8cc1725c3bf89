package mirror_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tablee/mirror"
)

// escaper writes a path as part of a URL.
type escaper struct{ path string }

func (e *escaper) String() string { return (&url.URL{Path: e.path}).EscapedPath() }

// both runs a test against another Tablée and against rclone.
func both(t *testing.T, test func(t *testing.T, y *yard)) {
	t.Run("tablee", func(t *testing.T) { test(t, newYard(t, tablee(t), "/dav/Home/Mirror")) })
	t.Run("rclone", func(t *testing.T) { test(t, newYard(t, rclone(t), "/Mirror")) })
}

func want(t *testing.T, r mirror.Report, files, kept, deleted, failed int) {
	t.Helper()
	if r.Files != files || r.Kept != kept || r.Deleted != deleted || r.Failed != failed || r.Whole != (failed == 0) || r.Running {
		t.Fatalf("%+v, want %d files, %d kept, %d deleted, %d failed", r, files, kept, deleted, failed)
	}
}

func TestSecondRunSendsNothing(t *testing.T) {
	both(t, func(t *testing.T, y *yard) {
		y.write("one.txt", "one")
		y.write("deep/er/à 100 % #1?.txt", strings.Repeat("x", 1<<20))
		y.write("empty", "")
		r := y.run()
		want(t, r, 3, 0, 0, 0)
		if r.Bytes != 3+1<<20 || r.Ended.Before(r.Started) {
			t.Errorf("%+v", r)
		}
		y.has("one.txt", "one")
		y.has("deep/er/à 100 % #1?.txt", strings.Repeat("x", 1<<20))
		want(t, y.run(), 0, 3, 0, 0)
		if y.asked("PUT")+y.asked("MOVE")+y.asked("DELETE") != 0 {
			t.Errorf("the second run asked for %v", y.methods)
		}
		y.write("one.txt", "another one")
		if err := os.RemoveAll(filepath.Join(y.here, "deep")); err != nil {
			t.Fatal(err)
		}
		want(t, y.run(), 1, 1, 1, 0)
		y.has("one.txt", "another one")
		y.has("deep/er/à 100 % #1?.txt", "")
		if again, err := mirror.ReadReport(y.data); err != nil || again.Files != 1 {
			t.Errorf("the report is %+v, %v", again, err)
		}
	})
}

func TestForeignFilesAreLeftAlone(t *testing.T) {
	both(t, func(t *testing.T, y *yard) {
		y.write("ours.txt", "ours")
		y.write("changed.txt", "ours")
		y.write("vanished.txt", "ours")
		want(t, y.run(), 3, 0, 0, 0)
		y.there("PUT", "Été & co/theirs.txt", "theirs")
		y.there("PUT", "Été & co/other.txt", "theirs")
		y.there("PUT", "Été & co/changed.txt", "theirs too")
		y.there("DELETE", "Été & co/vanished.txt", "")
		y.write("theirs.txt", "clash")
		want(t, y.run(), 1, 1, 0, 2) // what somebody deleted comes back
		y.has("theirs.txt", "theirs")
		y.has("other.txt", "theirs")
		y.has("changed.txt", "theirs too")
		y.has("vanished.txt", "ours")
		for _, name := range []string{"theirs.txt", "changed.txt", "ours.txt"} {
			if err := os.Remove(filepath.Join(y.here, name)); err != nil {
				t.Fatal(err)
			}
		}
		want(t, y.run(), 0, 1, 1, 1) // changed.txt is theirs from now on
		y.has("changed.txt", "theirs too")
		y.has("theirs.txt", "theirs")
		y.has("ours.txt", "")
		want(t, y.run(), 0, 1, 0, 0)
	})
}

// TestCutsLeaveNoHalfFile cuts the line at each request of a run in turn; the next run makes it whole.
func TestCutsLeaveNoHalfFile(t *testing.T) {
	both(t, func(t *testing.T, y *yard) {
		long := strings.Repeat("0123456789", 100_000)
		for at := 1; ; at++ {
			y.write("a.txt", long+strings.Repeat("a", at))
			y.write("b/b.txt", long+strings.Repeat("b", at))
			n := 0
			y.cut(func(r *http.Request) bool {
				if n++; n != at {
					return true
				}
				_, _ = r.Body.Read(make([]byte, 1000)) // the middle of a file
				return false
			})
			first := y.run()
			y.cut(nil)
			if n < at {
				break
			}
			status, body := y.there("GET", "Été & co/a.txt", "")
			if status == 200 && len(body) != len(long)+at && len(body) != len(long)+at-1 {
				t.Fatalf("cut at request %d: half a file of %d bytes", at, len(body))
			}
			second := y.run()
			if !second.Whole || first.Files+second.Files < 1 {
				t.Fatalf("cut at request %d: %+v, then %+v", at, first, second)
			}
			y.has("a.txt", long+strings.Repeat("a", at))
			y.has("b/b.txt", long+strings.Repeat("b", at))
			if _, listing := y.there("PROPFIND", "Été & co/", ""); strings.Contains(listing, ".part") {
				t.Fatalf("cut at request %d: a temporary file is left", at)
			}
		}
	})
}

// TestMirrorSurvivesKills kills a process in the middle of a file, again and again, until one run ends by itself.
func TestMirrorSurvivesKills(t *testing.T) {
	both(t, func(t *testing.T, y *yard) {
		content := strings.Repeat("0123456789", 50_000)
		names := []string{"a", "b", "c", "d", "e"}
		for _, n := range names {
			y.write(n, content+n)
		}
		kills := 0
		for at, ended := 4, false; !ended; at += 2 {
			cmd := exec.Command(os.Args[0], "-test.run", "^TestHelperRun$")
			cmd.Env = append(os.Environ(), "MIRROR_HERE="+y.here, "MIRROR_DATA="+y.data, "MIRROR_URL="+y.url+y.base)
			n, started := 0, make(chan struct{})
			y.cut(func(r *http.Request) bool {
				if n++; n == at {
					<-started
					_, _ = r.Body.Read(make([]byte, 1000))
					_ = cmd.Process.Kill()
					kills++
				}
				return n < at
			})
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			close(started)
			ended = cmd.Wait() == nil
			if at > 200 {
				t.Fatal("it never comes to an end")
			}
		}
		y.cut(nil)
		if r := y.run(); kills == 0 || !r.Whole || r.Kept != len(names) {
			t.Fatalf("%d kills, then %+v", kills, r)
		}
		for _, n := range names {
			y.has(n, content+n)
		}
		if _, listing := y.there("PROPFIND", "Été & co/", ""); strings.Contains(listing, ".part") {
			t.Error("a temporary file is left")
		}
	})
}

// TestHelperRun is the process that TestMirrorSurvivesKills kills.
func TestHelperRun(t *testing.T) {
	if os.Getenv("MIRROR_HERE") == "" {
		t.Skip("it is run by another test")
	}
	y := &yard{t: t, here: os.Getenv("MIRROR_HERE"), data: os.Getenv("MIRROR_DATA"), url: os.Getenv("MIRROR_URL")}
	if r := y.run(); !r.Whole {
		t.Fatalf("%+v", r)
	}
}

func TestRefusalsSaySoInWords(t *testing.T) {
	for _, c := range []struct {
		status int
		text   string
	}{{401, "app password"}, {507, "no room left"}, {307, "another address"}, {409, "make it"}, {503, "503 Service Unavailable"}, {200, ""}} {
		t.Run(http.StatusText(c.status), func(t *testing.T) {
			elsewhere := 0
			y := newYard(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/elsewhere" {
					elsewhere++
				}
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.status)
			}), "/x")
			y.write("secret name.txt", "one")
			r := y.run()
			if r.Whole || r.Failed != 1 || !strings.Contains(r.Failures[0].Text, c.text) || elsewhere > 0 {
				t.Errorf("%+v", r)
			}
			if strings.Contains(y.log.String()+r.Failures[0].Text, "secret") {
				t.Error("a file is named")
			}
		})
	}
}

func TestRunStopsWhenTimeIsOver(t *testing.T) {
	y := newYard(t, tablee(t), "/dav/Home/Mirror")
	y.write("a", "a")
	y.write("b", "b")
	asked := 0
	r, err := y.mirror().Run(t.Context(), func() bool { asked++; return asked < 2 })
	if err != nil || r.Files != 1 || r.Whole {
		t.Fatalf("%+v, %v", r, err)
	}
	want(t, y.run(), 1, 1, 0, 0)
}

// TestRateIsAsked has every byte of a content asked for before it goes on.
func TestRateIsAsked(t *testing.T) {
	y := newYard(t, tablee(t), "/dav/Home/Mirror")
	y.write("a", strings.Repeat("a", 100_000))
	passed := 0
	m, err := mirror.New(mirror.Config{Dir: y.data, URL: y.url + y.base, User: "ada", Password: "app", Now: y.now, Log: y.logger(),
		Sources: []mirror.Source{{Folder: "F", Files: mirror.Folder{Dir: y.here}}},
		Wait:    func(_ context.Context, n int) error { passed += n; return nil }})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := m.Run(t.Context(), func() bool { return true }); err != nil || !r.Whole || passed < 100_000 {
		t.Errorf("%+v, %v: %d bytes were asked for", r, err, passed)
	}
}

func TestSourceThatIsNeverEmptyDeletesNothing(t *testing.T) {
	y := newYard(t, tablee(t), "/dav/Home/Mirror")
	y.write("a", "a")
	run := func() mirror.Report {
		m, err := mirror.New(mirror.Config{Dir: y.data, URL: y.url + y.base, User: "ada", Password: "app", Now: y.now, Log: y.logger(),
			Sources: []mirror.Source{{Folder: "Été & co", Files: mirror.Folder{Dir: y.here}, NeverEmpty: true}}})
		if err != nil {
			t.Fatal(err)
		}
		r, err := m.Run(t.Context(), func() bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	want(t, run(), 1, 0, 0, 0)
	if err := os.Remove(filepath.Join(y.here, "a")); err != nil {
		t.Fatal(err)
	}
	want(t, run(), 0, 0, 0, 1)
	y.has("a", "a")
}

func TestAddressIsSafe(t *testing.T) {
	for _, good := range []string{"https://cloud.example.org/remote.php/dav/files/ada/T/", "http://127.0.0.1:1/x", "http://localhost/x", "http://[::1]/"} {
		if _, err := mirror.CheckURL(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "cloud.example.org", "http://cloud.example.org/", "ftp://x/", "https://a:b@x/", "https://x/?a", "https://x/#a", "https://"} {
		if _, err := mirror.CheckURL(bad); err == nil {
			t.Errorf("%q passes", bad)
		}
	}
}

func TestDamagedManifestDeletesNothing(t *testing.T) {
	y := newYard(t, tablee(t), "/dav/Home/Mirror")
	y.write("a", "a")
	want(t, y.run(), 1, 0, 0, 0)
	path := filepath.Join(y.data, "mirror.jsonl")
	data, err := os.ReadFile(path)
	if err = errors.Join(err, os.WriteFile(path, append(data, "x\n"...), 0o600)); err != nil {
		t.Fatal(err)
	}
	if r := y.run(); r.Whole || !strings.Contains(r.Failures[0].Text, "mirror.jsonl") {
		t.Errorf("%+v", r)
	}
	if err := os.WriteFile(path, append(data, `{"path":"torn`...), 0o600); err != nil { // a kill in the middle of a line
		t.Fatal(err)
	}
	want(t, y.run(), 0, 1, 0, 0)
}
