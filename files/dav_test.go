package files_test

import (
	"io"
	"os/exec"
	"regexp"
	"strings"
	"testing"
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
	// Shared locks are not offered: x/net/webdav knows exclusive ones only, and supportedlock says so.
	known := map[string]string{"locks": "1"}
	for _, m := range regexp.MustCompile("summary for `(\\w+)': of (\\d+) tests run: (\\d+) passed, (\\d+) failed").FindAllStringSubmatch(string(out), -1) {
		t.Logf("%s: %s of %s", m[1], m[3], m[2])
		if m[4] != "0" && m[4] != known[m[1]] {
			t.Errorf("%s: %s failed", m[1], m[4])
		}
	}
	if t.Failed() || err != nil {
		t.Logf("%v\n%s", err, out)
	}
}
