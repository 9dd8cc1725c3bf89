package files_test

import (
	"crypto/sha1"
	"encoding/base64"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tablee/files"
	"tablee/room"
	"tablee/testkit"
)

func TestTusInParts(t *testing.T) {
	h := open(t, limits())
	a := h.ask("", "OPTIONS", base+"/tus", nil)
	if a.StatusCode != 200 || a.Header.Get("Tus-Version") != "1.0.0" || !strings.Contains(a.Header.Get("Tus-Extension"), "creation-with-upload") {
		t.Fatalf("OPTIONS: %d %v", a.StatusCode, a.Header)
	}
	path := h.create("Ada", "Protokoll.txt", 10)
	if !strings.HasPrefix(path, base+"/tus/") {
		t.Fatal(path)
	}
	if got := h.patch("Ada", path, 0, "hello").want(t, 204, "").Header.Get("Upload-Offset"); got != "5" {
		t.Fatal(got)
	}
	a = h.ask("Ada", "HEAD", path, nil)
	if a.StatusCode != 200 || a.Header.Get("Upload-Offset") != "5" || a.Header.Get("Upload-Length") != "10" || a.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("HEAD: %d %v", a.StatusCode, a.Header)
	}
	if l := h.list("Ada", base); len(l.Entries) != 0 || l.Usage.Used != 10 {
		t.Fatalf("an unfinished upload shows, or has no place reserved: %+v", l)
	}
	id := h.patch("Ada", path, 5, "world").want(t, 204, "").Header.Get("Tablee-File")
	if got := h.ask("Bo", "GET", base+"/"+id+"/content", nil).want(t, 200, ""); got.body != "helloworld" {
		t.Fatal(got.body)
	}
	// The last answer may have been lost: who asks again hears that all is there, and makes no second file.
	a = h.ask("Ada", "HEAD", path, nil)
	if a.StatusCode != 200 || a.Header.Get("Upload-Offset") != "10" || a.Header.Get("Tablee-File") != id {
		t.Fatalf("HEAD of a finished one: %d %v", a.StatusCode, a.Header)
	}
	h.patch("Ada", path, 10, "").want(t, 204, "")
	if l := h.list("Ada", base); l.names() != "Protokoll.txt" || l.Usage.Used != 10 || l.Entries[0].By != "Ada" {
		t.Fatalf("%+v", l)
	}
}

func TestTusRefusals(t *testing.T) {
	h := open(t, limits())
	path := h.create("Ada", "a", 4)
	h.patch("Ada", path, 2, "xx").want(t, 409, room.CodeFileOffset)
	h.patch("Ada", path, 0, "12345").want(t, 413, room.CodeTooBig)
	h.patch("Bo", path, 0, "1234").want(t, 404, room.CodeFileUnknown) // somebody else's
	h.ask("Ada", "PATCH", path, strings.NewReader("1234"), "Upload-Offset", "0").want(t, 415, room.CodeBadMessage)
	h.ask("Ada", "PATCH", path, strings.NewReader("1234"), "Upload-Offset", "-1", "Content-Type", "application/offset+octet-stream").want(t, 400, room.CodeBadMessage)
	h.ask("Ada", "POST", base+"/tus", nil, "Tus-Resumable", "0.2.2", "Upload-Length", "1").want(t, 412, room.CodeVersion)
	h.ask("Ada", "POST", base+"/tus", nil, "Upload-Metadata", meta("x")).want(t, 400, room.CodeBadMessage)
	h.ask("Ada", "POST", base+"/tus", nil, "Upload-Length", "-3", "Upload-Metadata", meta("x")).want(t, 400, room.CodeBadMessage)
	h.ask("Ada", "POST", base+"/tus", nil, "Upload-Length", "3", "Upload-Metadata", "filename !!!").want(t, 400, room.CodeBadMessage)
	h.ask("Ada", "POST", base+"/tus", nil, "Upload-Length", "3", "Upload-Metadata", meta("../x")).want(t, 400, room.CodeFileName)
	h.ask("Ada", "POST", base+"/tus", nil, "Upload-Length", "3", "Upload-Metadata", meta("x", "folder", "nowhere")).want(t, 404, room.CodeFileUnknown)
	h.ask("Eve", "POST", base+"/tus", nil, "Upload-Length", "3", "Upload-Metadata", meta("x")).want(t, 403, room.CodeForbidden)
	h.ask("Ada", "POST", base+"/tus", nil, "Upload-Length", "40000000", "Upload-Metadata", meta("x")).want(t, 413, room.CodeQuotaFull)
	// An overrun whose length is not told beforehand: what came in order stays.
	pr, pw := io.Pipe()
	go func() {
		_, _ = pw.Write([]byte("12345"))
		_ = pw.Close()
	}()
	h.ask("Ada", "PATCH", path, pr, "Upload-Offset", "0", "Content-Type", "application/offset+octet-stream").want(t, 413, room.CodeTooBig)
	h.patch("Ada", path, 0, "1234").want(t, 204, "")
	h.ask("Ada", "DELETE", path, nil).want(t, 204, "")
	h.ask("Ada", "HEAD", path, nil).want(t, 404, "")
	if l := h.list("Ada", base); l.names() != "a" {
		t.Fatal("ending a finished upload takes the file away")
	}
}

func TestTusChecksum(t *testing.T) {
	h := open(t, limits())
	path := h.create("Ada", "a", 6)
	sum := sha1.Sum([]byte("abc"))
	good := "sha1 " + base64.StdEncoding.EncodeToString(sum[:])
	h.patch("Ada", path, 0, "abX", "Upload-Checksum", good).want(t, 460, room.CodeFileDamaged)
	if got := h.ask("Ada", "HEAD", path, nil).Header.Get("Upload-Offset"); got != "0" {
		t.Fatalf("a damaged part was kept up to %s", got)
	}
	h.patch("Ada", path, 0, "abc", "Upload-Checksum", "crc32 AAAA").want(t, 400, room.CodeBadMessage)
	h.patch("Ada", path, 0, "abc", "Upload-Checksum", good).want(t, 204, "")
	id := h.patch("Ada", path, 3, "def").want(t, 204, "").Header.Get("Tablee-File")
	if got := h.ask("Ada", "GET", base+"/"+id+"/content", nil); got.body != "abcdef" {
		t.Fatal(got.body)
	}
	if h.Stats().Damaged != 1 {
		t.Fatal(h.Stats())
	}
}

func TestTusDeferredWithUploadEmptyAndOverride(t *testing.T) {
	h := open(t, limits())
	a := h.ask("Ada", "POST", base+"/tus", strings.NewReader("abc"), "Upload-Defer-Length", "1", "Upload-Metadata", meta("later"),
		"Content-Type", "application/offset+octet-stream").want(t, 201, "")
	path := a.Header.Get("Location")
	if a.Header.Get("Upload-Offset") != "3" {
		t.Fatal(a.Header)
	}
	if a = h.ask("Ada", "HEAD", path, nil); a.Header.Get("Upload-Defer-Length") != "1" || a.Header.Get("Upload-Length") != "" {
		t.Fatal(a.Header)
	}
	h.patch("Ada", path, 3, "", "Upload-Length", "2").want(t, 400, room.CodeBadMessage)
	// By POST, as behind proxies that know no PATCH.
	a = h.ask("Ada", "POST", path, strings.NewReader("def"), "X-HTTP-Method-Override", "PATCH", "Upload-Offset", "3", "Upload-Length", "6",
		"Content-Type", "application/offset+octet-stream").want(t, 204, "")
	if a.Header.Get("Tablee-File") == "" {
		t.Fatal("not finished", a.Header)
	}
	a = h.ask("Ada", "POST", base+"/tus", nil, "Upload-Length", "0", "Upload-Metadata", meta("empty")).want(t, 201, "")
	if a.Header.Get("Tablee-File") == "" {
		t.Fatal("an empty file is not finished at once", a.Header)
	}
	// Without a length the quota is kept while it grows.
	path = h.ask("Ada", "POST", base+"/tus", nil, "Upload-Defer-Length", "1", "Upload-Metadata", meta("big")).want(t, 201, "").Header.Get("Location")
	h.patch("Ada", path, 0, strings.Repeat("x", 33<<20)).want(t, 413, room.CodeQuotaFull)
	if l := h.list("Ada", base); l.Usage.Used > 32<<20 || l.names() != "empty|later" {
		t.Fatalf("%+v", l)
	}
}

// Two who write to one upload at once: one is told that it is busy. Who asks how far it came ends the one before, and
// goes on from what that one brought.
func TestTusTwoWriters(t *testing.T) {
	h := open(t, limits())
	path := h.create("Ada", "a", 8)
	pr, pw := io.Pipe()
	var wait sync.WaitGroup
	wait.Go(func() { // a connection that hangs
		r, _ := http.NewRequestWithContext(t.Context(), "PATCH", h.url+path, pr)
		for k, v := range map[string]string{"Authorization": "Bearer Ada", "Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"} {
			r.Header.Set(k, v)
		}
		if resp, err := http.DefaultTransport.RoundTrip(r); err == nil {
			resp.Body.Close()
		}
	})
	if _, err := pw.Write([]byte("1234")); err != nil {
		t.Fatal(err)
	}
	for h.Stats().In == 0 { // its bytes are in, and it holds the upload
		if a := h.patch("Ada", path, 0, "1234"); a.StatusCode == 423 {
			break
		} else if a.StatusCode != 204 && a.StatusCode != 409 {
			t.Fatal(a.StatusCode, a.body)
		}
	}
	var offset string
	for offset != "4" {
		offset = h.ask("Ada", "HEAD", path, nil).want(t, 200, "").Header.Get("Upload-Offset")
	}
	_ = pw.CloseWithError(io.ErrUnexpectedEOF)
	wait.Wait()
	if id := h.patch("Ada", path, 4, "5678").want(t, 204, "").Header.Get("Tablee-File"); id == "" {
		t.Fatal("not finished")
	}
}

func TestTusExpires(t *testing.T) {
	h := open(t, limits())
	path := h.create("Ada", "a", 8)
	h.patch("Ada", path, 0, "1234").want(t, 204, "")
	done := h.create("Ada", "b", 1)
	h.patch("Ada", done, 0, "x").want(t, 204, "")
	h.clock.Add(int64(files.KeepUploads + time.Minute))
	h.runOnce()
	h.ask("Ada", "HEAD", path, nil).want(t, 404, "")
	if left, _ := filepath.Glob(filepath.Join(h.dir, "files", "partial", "*")); len(left) != 0 {
		t.Fatal(left)
	}
	if l := h.list("Ada", base); l.names() != "b" || l.Usage.Used != 1 {
		t.Fatalf("%+v", l)
	}
}

// Two uploads for the last byte of the quota: one wins, whoever it is.
func TestQuotaRace(t *testing.T) {
	l := limits()
	l.Room = 100
	h := open(t, l)
	h.put("Ada", "first", strings.Repeat("x", 90))
	var wait sync.WaitGroup
	results := make([]int, 20)
	for i := range results {
		wait.Go(func() {
			results[i] = h.ask("Ada", "POST", base+"/tus", nil, "Upload-Length", "10", "Upload-Metadata", meta("more")).StatusCode
		})
	}
	wait.Wait()
	won := 0
	for _, s := range results {
		switch s {
		case 201:
			won++
		case 413:
		default:
			t.Errorf("status %d", s)
		}
	}
	if won != 1 {
		t.Fatalf("%d uploads got the place of one", won)
	}
}

func TestFloor(t *testing.T) {
	l := limits()
	l.Floor = 1 << 60
	h := open(t, l)
	h.ask("Ada", "POST", base+"/tus", nil, "Upload-Length", "1", "Upload-Metadata", meta("a")).want(t, 507, room.CodeDiskFull)
	if h.Stats().Full != 1 {
		t.Fatal(h.Stats())
	}
}

// A disk that gets full in mid-upload: 507, what was acknowledged stays, and it goes on when there is room.
func TestDiskFull(t *testing.T) {
	disk := t.TempDir()
	testkit.SmallDisk(t, disk, "24m")
	l := limits()
	dir := filepath.Join(disk, "data")
	h := openAt(t, dir, l)
	path := h.create("Ada", "large", 20<<20)
	h.patch("Ada", path, 0, strings.Repeat("a", 4<<20)).want(t, 204, "")
	hog := filepath.Join(disk, "hog")
	if err := os.WriteFile(hog, make([]byte, 14<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	a := h.patch("Ada", path, 4<<20, strings.Repeat("b", 16<<20)).want(t, 507, room.CodeDiskFull)
	if got := a.Header.Get("Upload-Offset"); got != "4194304" {
		t.Fatalf("the offset is %s", got)
	}
	if got := h.ask("Ada", "HEAD", path, nil).Header.Get("Upload-Offset"); got != "4194304" {
		t.Fatalf("afterwards the offset is %s", got)
	}
	if err := os.Remove(hog); err != nil {
		t.Fatal(err)
	}
	id := h.patch("Ada", path, 4<<20, strings.Repeat("b", 16<<20)).want(t, 204, "").Header.Get("Tablee-File")
	got := h.ask("Ada", "GET", base+"/"+id+"/content", nil)
	if got.body != strings.Repeat("a", 4<<20)+strings.Repeat("b", 16<<20) {
		t.Fatal("the content is damaged")
	}
}
