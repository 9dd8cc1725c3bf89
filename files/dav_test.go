package files_test

import (
	"io"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"tablee/files"
)

func (h *house) dav(method, path, body string, headers ...string) answer {
	h.t.Helper()
	return h.ask("", method, "/dav/"+path, strings.NewReader(body), append([]string{"Authorization", "Basic YWRhOmFwcA=="}, headers...)...)
}

func (a answer) status(t *testing.T, status int) answer {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("%d %s, want %d", a.StatusCode, a.body, status)
	}
	return a
}

func TestDAV(t *testing.T) {
	h := open(t, limits())
	if a := h.ask("", "PROPFIND", "/dav/Home/", nil); a.StatusCode != 401 || !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Basic ") {
		t.Fatal(a.StatusCode, a.Header)
	}
	if a := h.dav("PROPFIND", "", "").status(t, 207); !strings.Contains(a.body, "/dav/Home/") || !strings.Contains(a.body, "/dav/Team/") {
		t.Fatal(a.body)
	}
	h.dav("PUT", "Home/a.txt", "hello").status(t, 201)
	tag := h.dav("HEAD", "Home/a.txt", "").Header.Get("ETag")
	h.dav("PUT", "Home/a.txt", "x", "If-None-Match", "*").status(t, 412)
	h.dav("PUT", "Home/a.txt", "x", "If-Match", `"other"`).status(t, 412)
	h.dav("PUT", "Home/A.txt", "again", "If-Match", tag).status(t, 204)
	if a := h.dav("GET", "Home/a.txt", "", "Range", "bytes=1-2").status(t, 206); a.body != "ga" || a.Header.Get("Content-Security-Policy") == "" {
		t.Fatal(a.body)
	}
	h.dav("PUT", "Home/none/a.txt", "x").status(t, 409)
	h.dav("PUT", "Home/CON", "x").status(t, 403)
	h.dav("PUT", "Home/..%2f..%2fetc", "x").status(t, 201) // no way leads out of the space
	h.dav("DELETE", "Home/etc", "").status(t, 204)
	h.dav("MKCOL", "Home/Photos", "").status(t, 201)
	h.dav("COPY", "Home/a.txt", "", "Destination", h.url+"/dav/Home/Photos/b.txt").status(t, 201)
	h.dav("MOVE", "Home/a.txt", "", "Destination", h.url+"/dav/Home/Photos/%C3%A9t%C3%A9.txt").status(t, 201)
	if a := h.dav("GET", "Home/Photos/%C3%A9t%C3%A9.txt", "").status(t, 200); a.body != "again" {
		t.Fatal(a.body)
	}
	h.dav("PUT", "Home/big", strings.Repeat("x", 33<<20)).status(t, 507)
	h.dav("PUT", "Home/big", "", "Content-Length", "0").status(t, 201)
	a := h.dav("PROPFIND", "Home/", `<propfind xmlns="DAV:"><prop><quota-available-bytes/><quota-used-bytes/></prop></propfind>`, "Depth", "0").status(t, 207)
	if !strings.Contains(a.body, "quota-used-bytes") || strings.Contains(a.body, "404") || !regexp.MustCompile(`>16<`).MatchString(a.body) {
		t.Fatal(a.body)
	}
	h.dav("PROPFIND", "Home/", "", "Depth", "infinity").status(t, 403)
	h.dav("DELETE", "Home/Photos", "").status(t, 204)
	h.dav("GET", "Home/Photos/b.txt", "").status(t, 404)
	h.dav("DELETE", "Home/", "").status(t, 405)
	// Everybody's Home is their own; Team is of all.
	bo := func(method, path string) answer {
		return h.ask("", method, "/dav/"+path, nil, "Authorization", "Basic Ym86YXBw")
	}
	h.dav("PUT", "Team/plan.txt", "ours").status(t, 201)
	if a := bo("GET", "Team/plan.txt").status(t, 200); a.body != "ours" {
		t.Fatal(a.body)
	}
	bo("GET", "Home/big").status(t, 404)
}

// A PUT without a length that breaks off is no file.
func TestDAVStreamed(t *testing.T) {
	h := open(t, limits())
	a := h.ask("", "PUT", "/dav/Home/streamed", io.MultiReader(strings.NewReader("strea"), strings.NewReader("med")), "Authorization", "Basic YWRhOmFwcA==")
	a.status(t, 201)
	if a := h.dav("GET", "Home/streamed", ""); a.body != "streamed" {
		t.Fatal(a.body)
	}
}

func TestDAVLocksShow(t *testing.T) {
	h := open(t, limits())
	h.dav("PUT", "Home/a.txt", "x").status(t, 201)
	info := `<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype><owner>me</owner></lockinfo>`
	token := h.dav("LOCK", "Home/a.txt", info, "Timeout", "Infinite").status(t, 200).Header.Get("Lock-Token")
	h.dav("PUT", "Home/a.txt", "y").status(t, 423)
	a := h.dav("PROPFIND", "Home/a.txt", `<propfind xmlns="DAV:"><prop><lockdiscovery/></prop></propfind>`, "Depth", "0").status(t, 207)
	if !strings.Contains(a.body, strings.Trim(token, "<>")) || !strings.Contains(a.body, "Second-3") {
		t.Fatal(a.body)
	}
	h.dav("PUT", "Home/a.txt", "y", "If", "("+token+")").status(t, 204)
	h.dav("UNLOCK", "Home/a.txt", "", "Lock-Token", token).status(t, 204)
	h.dav("PUT", "Home/a.txt", "z").status(t, 204)
}

const sharedLock = `<lockinfo xmlns="DAV:"><lockscope><shared/></lockscope><locktype><write/></locktype></lockinfo>`
const ownLock = `<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>`

// TestSharedLocks has two who write with locks of their own, and keep others away.
func TestSharedLocks(t *testing.T) {
	h := open(t, limits())
	h.dav("PUT", "Home/a.txt", "x").status(t, 201)
	first := h.dav("LOCK", "Home/a.txt", sharedLock).status(t, 200).Header.Get("Lock-Token")
	second := h.dav("LOCK", "Home/A.txt", sharedLock).status(t, 200).Header.Get("Lock-Token") // the same file
	h.dav("LOCK", "Home/a.txt", ownLock).status(t, 423)
	h.dav("PUT", "Home/a.txt", "y").status(t, 423)
	for _, token := range []string{first, second} {
		h.dav("PUT", "Home/a.txt", "y", "If", "("+token+")").status(t, 204)
	}
	h.dav("PUT", "Home/a.txt", "y", "If", "(<urn:uuid:none>)").status(t, 412)
	h.dav("MOVE", "Home/a.txt", "", "Destination", h.url+"/dav/Home/b.txt", "If", "("+first+")").status(t, 201) // to where nothing is locked
	h.dav("MOVE", "Home/b.txt", "", "Destination", h.url+"/dav/Home/a.txt", "If", "("+first+")").status(t, 201)
	a := h.dav("PROPFIND", "Home/a.txt", `<propfind xmlns="DAV:"><prop><lockdiscovery/><supportedlock/></prop></propfind>`, "Depth", "0").status(t, 207)
	if strings.Count(a.body, "<D:activelock") != 2 || strings.Count(a.body, "<D:shared/>") != 3 || strings.Count(a.body, "<D:supportedlock>") != 1 {
		t.Error(a.body)
	}
	h.dav("LOCK", "Home/a.txt", "", "If", "("+second+")", "Timeout", "Second-10").status(t, 200)
	h.dav("LOCK", "Home/other.txt", "", "If", "("+second+")").status(t, 412)
	h.dav("UNLOCK", "Home/a.txt", "", "Lock-Token", first).status(t, 204)
	h.dav("UNLOCK", "Home/a.txt", "", "Lock-Token", first).status(t, 409)
	h.dav("PUT", "Home/a.txt", "z").status(t, 423)
	h.clock.Store(int64(11e9)) // the second was refreshed for ten seconds
	h.dav("LOCK", "Home/a.txt", ownLock).status(t, 200)
}

func TestLocksReachAsFarAsTheyShould(t *testing.T) {
	h := open(t, limits())
	h.dav("MKCOL", "Home/f", "").status(t, 201)
	deep := h.dav("LOCK", "Home/f", ownLock).status(t, 200).Header.Get("Lock-Token")
	h.dav("PUT", "Home/f/a", "x").status(t, 423)
	h.dav("LOCK", "Home/f/a", sharedLock).status(t, 423)
	h.dav("PUT", "Home/f/a", "x", "If", "("+deep+")").status(t, 201)
	h.dav("LOCK", "Home/", ownLock).status(t, 423) // there is one below
	h.dav("LOCK", "Home/", ownLock, "Depth", "0").status(t, 200)
	h.dav("UNLOCK", "Home/f", "", "Lock-Token", deep).status(t, 204)
	h.dav("LOCK", "Home/none/a", ownLock).status(t, 409)
	h.dav("LOCK", "Home/f", ownLock, "Depth", "1").status(t, 400)
	h.dav("LOCK", "Home/f", `<lockinfo xmlns="DAV:"><lockscope/></lockinfo>`).status(t, 400)
	h.dav("LOCK", "Home/f/new", ownLock).status(t, 201)
	if a := h.dav("GET", "Home/f/new", "").status(t, 200); a.body != "" {
		t.Error(a.body)
	}
	// Who may only read keeps nobody away.
	h.dav("PUT", "Home/f/b", "x").status(t, 201)
	id := strings.Trim(between(h.ask("ada", "GET", "/api/v1/files/user/id-ada", nil).body, `"id":"`, `"`), `"`)
	h.json("ada", "PUT", "/api/v1/files/user/id-ada/"+id+"/rights", `{"rights":[{"who":"member/id-bo","level":"read"}]}`).want(t, 204, "")
	bo := func(method, path, body string) answer {
		return h.ask("", method, "/dav/"+path, strings.NewReader(body), "Authorization", "Basic Ym86YXBw")
	}
	bo("LOCK", "Shared/f/b", ownLock).status(t, 403)
	bo("LOCK", "Shared/f/c", ownLock).status(t, 403)
	// A lock in Shared is one in the owner's Home.
	h.json("ada", "PUT", "/api/v1/files/user/id-ada/"+id+"/rights", `{"rights":[{"who":"member/id-bo","level":"write"}]}`).want(t, 204, "")
	bo("LOCK", "Shared/f/b", ownLock).status(t, 200)
	h.dav("PUT", "Home/f/b", "y").status(t, 423)
}

// TestTimesOfFiles sets when files were changed in each way that clients know.
func TestTimesOfFiles(t *testing.T) {
	h := open(t, limits())
	shows := func(path, want string) {
		t.Helper()
		a := h.dav("PROPFIND", path, `<propfind xmlns="DAV:"><prop><getlastmodified/></prop></propfind>`, "Depth", "0").status(t, 207)
		if got := between(a.body, "<D:getlastmodified>", "<"); got != want {
			t.Errorf("%s was changed %s, want %s", path, got, want)
		}
	}
	a := h.dav("PUT", "Home/a", "x", "X-OC-Mtime", "1000000000.25", "OC-Checksum", "SHA1:11f6ad8ec52a2984abaafd7c3b516503785c2072").status(t, 201)
	if a.Header.Get("X-OC-Mtime") != "accepted" {
		t.Error(a.Header)
	}
	shows("Home/a", "Sun, 09 Sep 2001 01:46:40 GMT")
	h.dav("PUT", "Home/a", "y", "X-OC-Mtime", "1000000000", "OC-Checksum", "SHA1:11f6ad8ec52a2984abaafd7c3b516503785c2072").status(t, 400)
	if a := h.dav("GET", "Home/a", ""); a.body != "x" {
		t.Error(a.body)
	}
	h.dav("COPY", "Home/a", "", "Destination", h.url+"/dav/Home/b").status(t, 201)
	shows("Home/b", "Sun, 09 Sep 2001 01:46:40 GMT")
	patch := func(prop string, want string) {
		t.Helper()
		a := h.dav("PROPPATCH", "Home/a", `<?xml version="1.0"?><Z:propertyupdate xmlns:Z="DAV:" xmlns:W="urn:schemas-microsoft-com:"><Z:set><Z:prop>`+prop+
			`</Z:prop></Z:set></Z:propertyupdate>`).status(t, 207)
		if !strings.Contains(a.body, want) {
			t.Errorf("%s: %s", prop, a.body)
		}
	}
	patch("<Z:getlastmodified>Mon, 10 Sep 2001 00:00:00 GMT</Z:getlastmodified>", "<D:getlastmodified></D:getlastmodified></D:prop><D:status>HTTP/1.1 200 OK")
	shows("Home/a", "Mon, 10 Sep 2001 00:00:00 GMT")
	patch("<Z:lastmodified>1000166400</Z:lastmodified>", "200 OK")
	shows("Home/a", "Tue, 11 Sep 2001 00:00:00 GMT")
	patch("<W:Win32LastModifiedTime>Wed, 12 Sep 2001 00:00:00 GMT</W:Win32LastModifiedTime><W:Win32FileAttributes>00000020</W:Win32FileAttributes>", "200 OK")
	shows("Home/a", "Wed, 12 Sep 2001 00:00:00 GMT")
	patch("<Z:getlastmodified>yesterday</Z:getlastmodified>", "403 Forbidden")
	patch("<Z:lastmodified>-1</Z:lastmodified>", "409 Conflict")
	patch("<Z:getetag>x</Z:getetag>", "403 Forbidden")
	for _, bad := range []string{"", "yesterday", "-1", "NaN", "1e300", "Inf"} {
		h.dav("PUT", "Home/c", "x", "X-OC-Mtime", bad)
		if a := h.dav("PROPFIND", "Home/c", "", "Depth", "0").status(t, 207); strings.Contains(a.body, " 1970 ") {
			t.Errorf("%q is believed: %s", bad, a.body)
		}
	}
}

// FuzzDAVBodies has bodies of PROPPATCH and LOCK read.
func FuzzDAVBodies(f *testing.F) {
	f.Add(`<propertyupdate xmlns="DAV:"><set><prop><getlastmodified>Mon, 10 Sep 2001 00:00:00 GMT</getlastmodified><a/></prop></set></propertyupdate>`)
	f.Add(`<propertyupdate xmlns="DAV:"><remove><prop><getlastmodified/></prop></remove><set><prop><getlastmodified>x<b/></getlastmodified></prop></set></propertyupdate>`)
	f.Add(sharedLock)
	f.Fuzz(func(t *testing.T, body string) {
		out, asked := files.Settable([]byte(body))
		if !asked && string(out) != body {
			t.Fatalf("%q becomes %q", body, out)
		}
		if files.WellFormed([]byte(body)) && !files.WellFormed(out) {
			t.Fatalf("%q becomes %q, which is no XML", body, out)
		}
		if strings.Contains(files.OnlyToken(body), ">") {
			t.Fatal("a token with more in it")
		}
	})
}

// TestLitmus runs Debian's litmus, where it is installed. What it finds is in docs/files.md.
func TestLitmus(t *testing.T) {
	litmus, err := exec.LookPath("litmus")
	if err != nil {
		t.Skip("litmus is not installed")
	}
	h := open(t, limits())
	cmd := exec.CommandContext(t.Context(), litmus, "-k", h.url+"/dav/Home/", "ada", "app")
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	all := map[string]string{"basic": "16", "copymove": "13", "props": "30", "locks": "41", "http": "4"} // none skipped, either
	for _, m := range regexp.MustCompile("summary for `(\\w+)': of (\\d+) tests run: (\\d+) passed, (\\d+) failed").FindAllStringSubmatch(string(out), -1) {
		t.Logf("%s: %s of %s", m[1], m[3], m[2])
		if m[3] != all[m[1]] {
			t.Errorf("%s: %s passed, want %s", m[1], m[3], all[m[1]])
		}
		delete(all, m[1])
	}
	if len(all) > 0 {
		t.Errorf("not run: %v", all)
	}
	if t.Failed() || err != nil {
		t.Logf("%v\n%s", err, out)
	}
}
