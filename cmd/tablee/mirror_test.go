package main

import (
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/webdav"

	"tablee/files"
	"tablee/mirror"
	"tablee/pad"
	"tablee/room"
)

// TestMirror has a running server send a room's pad and a snapshot to a WebDAV server, by the machine's own command.
func TestMirror(t *testing.T) {
	there := webdav.NewMemFS()
	cloud := httptest.NewServer(&webdav.Handler{FileSystem: there, LockSystem: webdav.NewMemLS()})
	defer cloud.Close()
	data := filepath.Join(t.TempDir(), "data")
	s := localServer(t, options(map[string]string{"data": data, "mirror-url": cloud.URL + "/Tablee", "mirror-user": "ada"}), deps{Console: true})
	defer begin(t, s)()
	do(t, data, exitOK, "room", "add", "choir")
	for _, title := range []string{"Notes: mardi", "twice", "Twice"} {
		if _, _, _, _, err := s.pads.Create(t.Context(), pad.NewPad{Room: "choir", Title: title, Text: "# " + title + "\n"}, pad.Who{Right: room.PadOwn}); err != nil {
			t.Fatal(err)
		}
	}
	snap, err := s.box.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if out := do(t, data, exitOK, "mirror", "status"); !strings.Contains(out, "not run yet") {
		t.Error(out)
	}
	if out := do(t, data, exitOK, "mirror", "run"); !strings.Contains(out, "Sent: 4 files") || !strings.Contains(out, "Failed: 0") {
		t.Error(out)
	}
	const most = 30 // runs: when a pad was changed is noted a while after its text
	for n := 1; ; n++ {
		out := do(t, data, exitOK, "mirror", "run")
		if strings.Contains(out, "Sent: 0 files") && strings.Contains(out, "There already: 4") {
			break
		}
		if n == most {
			t.Fatal("each run sends something: " + out)
		}
	}
	f, err := there.OpenFile(t.Context(), "/Tablee/Pads/choir/Notes- mardi.md", os.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(f); err != nil || !strings.HasPrefix(string(text), "# Notes: mardi") {
		t.Errorf("the pad there is %q, %v", text, err)
	}
	if info, err := there.Stat(t.Context(), "/Tablee/Backups/"+snap.Name); err != nil || info.Size() != snap.Size {
		t.Errorf("the snapshot there: %v, %v", info, err)
	}
}

// TestMirrorWithoutAServer says what to do, and still tells of the last run.
func TestMirrorWithoutAServer(t *testing.T) {
	data := newData(t)
	do(t, data, exitFailed, "mirror", "run")
	if out := do(t, data, exitOK, "mirror", "status"); !strings.Contains(out, "mirror.url") {
		t.Error(out)
	}
}

func TestMirrorIsDueInQuietHours(t *testing.T) {
	at := func(hour, minute int) time.Time { return time.Date(2026, 11, 27, hour, minute, 0, 0, time.UTC) }
	night, short := files.Quiet{From: 120, To: 300}, files.Quiet{From: 120, To: 125}
	yesterday := mirror.Report{Whole: true, Ended: at(2, 30).AddDate(0, 0, -1)}
	for _, c := range []struct {
		name  string
		now   time.Time
		quiet files.Quiet
		last  mirror.Report
		due   bool
	}{
		{"by day", at(14, 0), night, mirror.Report{}, false},
		{"before the snapshot", at(2, 5), night, yesterday, false},
		{"at night", at(2, 10), night, yesterday, true},
		{"short quiet hours", at(2, 1), short, yesterday, true},
		{"done already", at(4, 0), night, mirror.Report{Whole: true, Ended: at(2, 30)}, false},
		{"failed just now", at(2, 40), night, mirror.Report{Ended: at(2, 30)}, false},
		{"failed a while ago", at(3, 0), night, mirror.Report{Ended: at(2, 30)}, true},
		{"no quiet hours", at(2, 30), files.Quiet{}, mirror.Report{}, false},
	} {
		if got := mirrorDue(c.now, c.quiet, c.last); got != c.due {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestMirrorNamesSuitEverySystem(t *testing.T) {
	for title, want := range map[string]string{"": "pad", "..": "pad", " a/b\\c:d ": "a-b-c-d", "x\x00y": "x-y", ".hidden": "hidden",
		strings.Repeat("é", 150): strings.Repeat("é", 100), "\xff": "-"} {
		if got := mirrorName(title); got != want {
			t.Errorf("%q becomes %q, want %q", title, got, want)
		}
	}
}
