package files_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tablee/files"
	"tablee/room"
)

func TestFolders(t *testing.T) {
	h := open(t, limits())
	folder := func(as, name, parent string) string {
		a := h.json(as, "POST", base, fmt.Sprintf(`{"name":%q,"folder":%q}`, name, parent)).want(t, 201, "")
		return between(a.body, `"id":"`, `"`)
	}
	photos := folder("Ada", "Photos", "")
	summer := folder("Ada", "Été", photos)
	h.json("Bo", "POST", base, `{"name":"PHOTOS"}`).want(t, 409, room.CodeFileExists) // a clash of capitals
	h.json("Bo", "POST", base, `{"name":"E\u0301te\u0301","folder":"`+photos+`"}`).want(t, 409, room.CodeFileExists)
	h.json("Bo", "POST", base, `{"name":"a/b"}`).want(t, 400, room.CodeFileName)
	id := h.put("Ada", "beach.txt", "sand", "&folder="+summer)
	if l := h.list("Bo", base+"?folder="+summer); l.names() != "beach.txt" || len(l.Path) != 2 || l.Path[0].Name != "Photos" || l.Entries[0].Mine {
		t.Fatalf("%+v", l)
	}
	if l := h.list("Bo", base+"?q=BEA+txt"); l.names() != "beach.txt" {
		t.Fatalf("searching finds %s", l.names())
	}
	// Who may change what: oneself, and the host.
	h.json("Bo", "PATCH", base+"/"+id, `{"name":"stolen"}`).want(t, 403, room.CodeForbidden)
	h.json("Host", "PATCH", base+"/"+id, `{"name":"strand.txt"}`).want(t, 200, "")
	h.json("Ada", "PATCH", base+"/"+id, `{"folder":""}`).want(t, 200, "")
	h.json("Ada", "PATCH", base+"/"+photos, `{"folder":"`+summer+`"}`).want(t, 409, room.CodeFileExists) // into itself
	h.json("Ada", "PATCH", base+"/"+photos, `{"owner":"x"}`).want(t, 400, room.CodeBadMessage)
	if l := h.list("Ada", base); l.names() != "Photos|strand.txt" {
		t.Fatal(l.names())
	}
	// Another room, and nobody at all.
	h.ask("Ada", "GET", "/api/v1/rooms/other/files/"+id+"/content", nil).want(t, 404, room.CodeFileUnknown)
	h.ask("", "GET", base, nil).want(t, 403, room.CodeForbidden)
	h.ask("Eve", "GET", base+"/"+id+"/content", nil).want(t, 403, room.CodeForbidden)
	// Too deep.
	parent := ""
	for i := range files.MaxDepth {
		parent = folder("Ada", fmt.Sprint("d", i), parent)
	}
	h.json("Ada", "POST", base, `{"name":"deeper","folder":"`+parent+`"}`).want(t, 413, room.CodeTooBig)
}

func between(s, from, to string) string {
	_, rest, _ := strings.Cut(s, from)
	found, _, _ := strings.Cut(rest, to)
	return found
}

func TestVersions(t *testing.T) {
	h := open(t, limits())
	id := h.put("Ada", "minutes.txt", "first")
	if again := h.put("Ada", "Minutes.TXT", "second"); again != id {
		t.Fatal("one's own file of the same name is not a new version")
	}
	if other := h.put("Bo", "minutes.txt", "somebody else's"); other == id {
		t.Fatal("a guest overwrites somebody else's file")
	}
	if l := h.list("Ada", base); l.names() != "minutes (2).txt|minutes.txt" || l.Entries[1].Versions != 1 {
		t.Fatalf("%+v", l)
	}
	a := h.ask("Bo", "GET", base+"/"+id+"/versions/1/content", nil).want(t, 200, "")
	if a.body != "first" {
		t.Fatal(a.body)
	}
	h.ask("Bo", "POST", base+"/"+id+"/versions/1", nil).want(t, 403, room.CodeForbidden)
	h.ask("Ada", "POST", base+"/"+id+"/versions/1", nil).want(t, 204, "")
	if a := h.ask("Bo", "GET", base+"/"+id+"/content", nil); a.body != "first" {
		t.Fatal(a.body)
	}
	if a := h.ask("Bo", "GET", base+"/"+id+"/versions/2/content", nil); a.body != "second" {
		t.Fatal("what was replaced by an older version is lost: ", a.body)
	}
	for i := range files.KeepEdition + 5 {
		h.put("Ada", "minutes.txt", fmt.Sprint("edition ", i))
	}
	if l := h.list("Ada", base); l.Entries[1].Versions != files.KeepEdition {
		t.Fatalf("%d versions are kept", l.Entries[1].Versions)
	}
	if n := h.blobCount(); n != files.KeepEdition+2 {
		t.Fatalf("%d contents on the disk", n)
	}
}

// blobCount counts the contents on the disk.
func (h *house) blobCount() int {
	found, err := filepath.Glob(filepath.Join(h.dir, "files", "blobs", "*", "*"))
	if err != nil {
		h.t.Fatal(err)
	}
	return len(found)
}

func TestTrash(t *testing.T) {
	h := open(t, limits())
	folder := between(h.json("Ada", "POST", base, `{"name":"Old"}`).body, `"id":"`, `"`)
	inside := h.put("Ada", "deep.txt", "deep", "&folder="+folder)
	h.ask("Bo", "DELETE", base+"/"+folder, nil).want(t, 403, room.CodeForbidden)
	h.ask("Ada", "DELETE", base+"/"+folder, nil).want(t, 204, "")
	h.json("Ada", "POST", base, `{"name":"Old"}`).want(t, 201, "") // the name is free again
	if l := h.list("Ada", base+"?q=deep"); l.names() != "" {
		t.Fatal("what is in the trash is found: ", l.names())
	}
	h.ask("Ada", "GET", base+"?folder="+folder, nil).want(t, 404, room.CodeFileUnknown)
	if l := h.list("Ada", base+"?trash"); l.names() != "Old" {
		t.Fatal(l.names())
	}
	h.json("Ada", "PATCH", base+"/"+folder, `{"restore":true}`).want(t, 200, "")
	if l := h.list("Ada", base); l.names() != "Old|Old (2)" {
		t.Fatal(l.names())
	}
	if got := h.ask("Ada", "GET", base+"/"+inside+"/content", nil); got.body != "deep" {
		t.Fatal(got.body)
	}
	h.ask("Ada", "DELETE", base+"/"+folder, nil).want(t, 204, "")
	// In the quiet hours after thirty days it is gone for good, from the disk as well.
	for range 24 * 32 {
		h.clock.Add(int64(3600e9))
		h.runOnce()
	}
	if l := h.list("Ada", base+"?trash"); l.names() != "" || h.blobCount() != 0 || l.Usage.Used != 0 {
		t.Fatalf("the trash still has %s, and the disk %d contents", l.names(), h.blobCount())
	}
	id := h.put("Ada", "secret.txt", "canary")
	h.ask("Ada", "DELETE", base+"/"+id+"?forever", nil).want(t, 204, "")
	if h.blobCount() != 0 {
		t.Fatal("deleted for good, and still on the disk")
	}
}

// What is uploaded can be anything; what comes back is harmless.
func TestContentIsHarmless(t *testing.T) {
	h := open(t, limits())
	cases := []struct{ name, content, contentType, disposition string }{
		{"a.html", "<!doctype html><script>alert(1)</script>", "application/octet-stream", "attachment"},
		{"a.png", "<html><script>alert(1)</script>", "application/octet-stream", "attachment"},
		{"a.svg", `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, "application/octet-stream", "attachment"},
		{"b.svg", "<?xml version='1.0'?><svg/>", "application/octet-stream", "attachment"},
		{"c.svg", "<!-- x --><svg/>", "application/octet-stream", "attachment"},
		{"a.js", "alert(1)", "text/plain; charset=utf-8", "inline"},
		{"p.gif", "GIF89a\x01\x00\x01\x00", "image/gif", "inline"},
		{"d.pdf", "%PDF-1.7\n", "application/pdf", "inline"},
		{"e.txt", "Grüße", "text/plain; charset=utf-8", "inline"},
		{"f.bin", "\x00\x01\x02", "application/octet-stream", "attachment"},
		{"g.mp4", "\x00\x00\x00\x18ftypmp42", "video/mp4", "inline"},
		{"h.webm", "\x1aE\xdf\xa3xxxx", "video/webm", "inline"},
	}
	for _, c := range cases {
		id := h.put("Ada", c.name, c.content)
		a := h.ask("Bo", "GET", base+"/"+id+"/content?show", nil).want(t, 200, "")
		head := a.Header
		if a.body != c.content || head.Get("Content-Type") != c.contentType || !strings.HasPrefix(head.Get("Content-Disposition"), c.disposition+";") {
			t.Errorf("%s: %v", c.name, head)
		}
		if head.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(head.Get("Content-Security-Policy"), "sandbox; default-src 'none'") {
			t.Errorf("%s: %v", c.name, head)
		}
		if a = h.ask("Bo", "GET", base+"/"+id+"/content", nil); !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment;") {
			t.Errorf("%s: %v", c.name, a.Header)
		}
	}
	h.ask("Ada", "POST", base+"/upload?name=a%0D%0AX-Evil:1.txt", strings.NewReader("x")).want(t, 400, room.CodeFileName)
}

func TestNamesInHeaders(t *testing.T) {
	h := open(t, limits())
	id := h.put("Ada", "R%C3%A9sum%C3%A9+%22neu%22+100%25.txt", "x")
	got := h.ask("Bo", "GET", base+"/"+id+"/content", nil).Header.Get("Content-Disposition")
	want := `attachment; filename="R_sum_ _neu_ 100_.txt"; filename*=UTF-8''R%C3%A9sum%C3%A9%20%22neu%22%20100%25.txt`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRanges(t *testing.T) {
	h := open(t, limits())
	id := h.put("Ada", "a.txt", "0123456789")
	url := base + "/" + id + "/content"
	a := h.ask("Bo", "GET", url, nil, "Range", "bytes=2-4").want(t, 206, "")
	tag := a.Header.Get("ETag")
	if a.body != "234" || a.Header.Get("Content-Range") != "bytes 2-4/10" || tag == "" || strings.HasPrefix(tag, "W/") {
		t.Fatal(a.body, a.Header)
	}
	if a = h.ask("Bo", "GET", url, nil, "Range", "bytes=2-4", "If-Range", tag); a.StatusCode != 206 {
		t.Fatal(a.StatusCode)
	}
	h.ask("Bo", "GET", url, nil, "If-None-Match", tag).want(t, 304, "")
	h.ask("Bo", "GET", url, nil, "Range", "bytes=20-").want(t, 416, "")
	h.put("Ada", "a.txt", "other")
	if a = h.ask("Bo", "GET", url, nil, "Range", "bytes=2-4", "If-Range", tag); a.StatusCode != 200 || a.body != "other" {
		t.Fatal("a range of one content was mixed with another", a.StatusCode, a.body)
	}
	if a = h.ask("Bo", "HEAD", url, nil); a.Header.Get("Content-Length") != "5" {
		t.Fatal(a.Header)
	}
}

func TestZip(t *testing.T) {
	h := open(t, limits())
	dir := between(h.json("Ada", "POST", base, `{"name":"a: b?"}`).body, `"id":"`, `"`)
	h.put("Ada", "x%3Fy.txt", "one", "&folder="+dir)
	h.put("Ada", "x*y.txt", "two", "&folder="+dir)
	h.put("Ada", "%C3%A9t%C3%A9.txt", strings.Repeat("summer ", 100_000))
	a := h.ask("Bo", "GET", base+"/zip", nil).want(t, 200, "")
	z, err := zip.NewReader(bytes.NewReader([]byte(a.body)), int64(len(a.body)))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range z.File {
		if strings.Contains(f.Name, "..") || strings.HasPrefix(f.Name, "/") || strings.ContainsAny(f.Name, `\:*?"<>|`) {
			t.Errorf("%q is not for every system", f.Name)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		got[f.Name] = string(content)
	}
	if len(got) != 4 || got["a_ b_/x_y.txt"] == "" || got["a_ b_/x_y (2).txt"] == "" || got["été.txt"] != strings.Repeat("summer ", 100_000) {
		t.Fatalf("%v", len(got))
	}
}

// A picture cannot send a header: the pass comes as a cookie, with which nothing can be changed.
func TestPassCookie(t *testing.T) {
	h := open(t, limits())
	id := h.put("Ada", "a.txt", "x")
	h.ask("", "POST", base+"/pass", nil).want(t, 403, room.CodeForbidden)
	h.ask("Eve", "POST", base+"/pass", nil).want(t, 403, room.CodeForbidden)
	c := h.ask("Ada", "POST", base+"/pass", nil).want(t, 204, "").Cookies()
	if len(c) != 1 || !c[0].HttpOnly || c[0].SameSite != http.SameSiteStrictMode || c[0].Path != base {
		t.Fatalf("%+v", c)
	}
	cookie := c[0].Name + "=" + c[0].Value
	h.ask("", "GET", base+"/"+id+"/content", nil, "Cookie", cookie).want(t, 200, "")
	h.ask("", "DELETE", base+"/"+id, nil, "Cookie", cookie).want(t, 403, room.CodeForbidden)
	h.ask("", "POST", base+"/upload?name=b", strings.NewReader("x"), "Cookie", cookie).want(t, 403, room.CodeForbidden)
	h.ask("", "POST", base+"/tus", nil, "Cookie", cookie, "Upload-Length", "1", "Upload-Metadata", meta("x")).want(t, 403, room.CodeForbidden)
	h.ask("", "GET", base, nil, "Authorization", "Bearer host token").want(t, 200, "")
}

// The disk in every state that a crash can leave: what the database knows is there, what it does not know goes, and an
// upload whose last step was cut off is finished by its client.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	h := openAt(t, dir, limits())
	id := h.put("Ada", "a.txt", "kept")
	path := h.create("Ada", "half.txt", 8)
	h.patch("Ada", path, 0, "1234").want(t, 204, "")
	upload := path[strings.LastIndexByte(path, '/')+1:]
	_ = h.store.Close()

	blobs, partials := filepath.Join(dir, "files", "blobs"), filepath.Join(dir, "files", "partial")
	orphan := "AAAAAAAAAAAAAAAAAAAAAA"
	write := func(path, content string) {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(blobs, "AA", orphan), "nobody knows me")
	write(filepath.Join(partials, "BBBBBBBBBBBBBBBBBBBBBB"), "nor me")
	write(filepath.Join(partials, "notes.txt"), "nor me")
	// All of it came and was renamed, and then the power went.
	write(filepath.Join(partials, upload), "1234WXYZ")
	if err := os.MkdirAll(filepath.Join(blobs, upload[:2]), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(partials, upload), filepath.Join(blobs, upload[:2], upload)); err != nil {
		t.Fatal(err)
	}

	h = openAt(t, dir, limits())
	if h.blobCount() != 1 || !strings.Contains(h.log.String(), "orphans_removed=3 uploads_reopened=1") {
		t.Fatalf("%d contents; %s", h.blobCount(), h.log.String())
	}
	if got := h.ask("Ada", "GET", base+"/"+id+"/content", nil); got.body != "kept" {
		t.Fatal(got.body)
	}
	if got := h.ask("Ada", "HEAD", path, nil).Header.Get("Upload-Offset"); got != "4" {
		t.Fatal(got)
	}
	id = h.patch("Ada", path, 4, "5678").want(t, 204, "").Header.Get("Tablee-File")
	if got := h.ask("Ada", "GET", base+"/"+id+"/content", nil); got.body != "12345678" {
		t.Fatal(got.body)
	}
}

// A body whose length nobody tells, and which breaks off, is no file.
func TestBrokenBodyIsNoFile(t *testing.T) {
	h := open(t, limits())
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(conn, "POST "+base+"/upload?name=half.txt HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer Ada\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
	for h.Stats().In == 0 { // it is being written
		if l := h.list("Ada", base); l.names() != "" {
			t.Fatal(l.names())
		}
	}
	_ = conn.Close()
	for h.Stats().Refused == 0 { // it was given up
		if l := h.list("Ada", base); l.names() != "" {
			t.Fatal("half a body became a file: ", l.names())
		}
	}
	if l := h.list("Ada", base); l.names() != "" || l.Usage.Used != 0 {
		t.Fatalf("half a body became a file, or keeps its place: %+v", l)
	}
	a := h.ask("Ada", "POST", base+"/upload?name=whole.txt", io.MultiReader(strings.NewReader("hel"), strings.NewReader("lo"))).want(t, 201, "")
	if !strings.Contains(a.body, `"size":5`) {
		t.Fatal(a.body)
	}
}
