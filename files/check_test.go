package files_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tablee/files"
)

// night moves the clock on by so many days, to where quiet hours are.
func (h *house) night(days int) {
	now := h.now().AddDate(0, 0, days)
	h.clock.Add(int64(time.Date(now.Year(), now.Month(), now.Day(), 3, 0, 0, 0, now.Location()).Sub(h.now())))
}

func (h *house) check() files.Stats {
	h.t.Helper()
	if err := h.Check(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	return h.Stats()
}

// blob is where the content of the only file that has this content lies.
func (h *house) blob(content string) string {
	h.t.Helper()
	all, err := filepath.Glob(filepath.Join(h.dir, "files", "blobs", "*", "*"))
	if err != nil {
		h.t.Fatal(err)
	}
	for _, path := range all {
		if data, err := os.ReadFile(path); err == nil && string(data) == content {
			return path
		}
	}
	h.t.Fatal("no file has this content")
	return ""
}

// TestFlippedByteIsFound flips one byte of what is stored: it is told, and nothing is deleted.
func TestFlippedByteIsFound(t *testing.T) {
	h := open(t, limits())
	good := strings.Repeat("good", 100_000)
	h.put("Ada", "good", good)
	h.put("Ada", "bad", "what was stored")
	h.put("Ada", "gone", "will be gone")
	path, gone := h.blob("what was stored"), h.blob("will be gone")
	h.night(1)
	if s := h.check(); s.Checked != 0 || s.Unsound != 0 {
		t.Fatalf("what has just come is read again: %+v", s)
	}
	h.night(31)
	if s := h.check(); s.Checked != 3 || s.Unsound != 0 {
		t.Fatalf("%+v", s)
	}
	data := []byte("what was stored")
	data[3] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	h.clock.Add(int64(40*24*time.Hour + 9*time.Hour)) // by day
	if s := h.check(); s.Checked != 3 {
		t.Fatalf("it reads by day: %+v", s)
	}
	h.night(1)
	if s := h.check(); s.Checked != 6 || s.Unsound != 2 {
		t.Fatalf("%+v", s)
	}
	if log := h.log.String(); !strings.Contains(log, filepath.Base(path)) || strings.Contains(log, "bad") {
		t.Errorf("the log says %s", log)
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, data) {
		t.Errorf("the damaged content is %q, %v", now, err)
	}
	if l := h.list("Ada", base); l.names() != "bad|gone|good" {
		t.Error(l.names())
	}
	// One is mended from a backup, the other deleted for good.
	if err := os.WriteFile(path, []byte("what was stored"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, e := range h.list("Ada", base).Entries {
		if e.Name == "gone" {
			h.ask("Ada", "DELETE", base+"/"+e.ID+"?forever", nil).want(t, 204, "")
		}
	}
	h.night(31)
	if s := h.check(); s.Unsound != 0 {
		t.Fatalf("%+v", s)
	}
}

// TestSumsComeWithUploads sends a file in parts, with a wrong one among them, and asks for the sum that was noted.
func TestSumsComeWithUploads(t *testing.T) {
	h := open(t, limits())
	path := h.create("Ada", "parts", 9)
	h.patch("Ada", path, 0, "abc").want(t, 204, "")
	h.patch("Ada", path, 3, "xyz", "Upload-Checksum", "sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA=").want(t, 460, "file_damaged")
	h.patch("Ada", path, 3, "def").want(t, 204, "")
	h.patch("Ada", path, 6, "ghi").want(t, 204, "")
	h.create("Ada", "empty", 0)
	want := map[string]string{}
	for _, content := range []string{"abcdefghi", ""} {
		sum := sha256.Sum256([]byte(content))
		want[filepath.Base(h.blob(content))] = hex.EncodeToString(sum[:])
	}
	list, err := h.store.Unchecked(t.Context(), h.now().Add(time.Hour), 10)
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	for _, s := range list {
		if hex.EncodeToString(s.Sum) != want[s.Blob] || s.Checked.IsZero() {
			t.Errorf("%+v, want %s", s, want[s.Blob])
		}
	}
}
