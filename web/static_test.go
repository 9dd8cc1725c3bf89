package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

func TestCompression(t *testing.T) {
	cases := []struct {
		accept []string
		packed bool
	}{
		{nil, false},
		{[]string{""}, false},
		{[]string{"gzip, deflate, br, zstd"}, true},
		{[]string{"br", "gzip"}, true},
		{[]string{"GZIP"}, true},
		{[]string{"x-gzip"}, true},
		{[]string{"*"}, true},
		{[]string{"gzip;q=0.5"}, true},
		{[]string{"gzip; q=0"}, false},
		{[]string{"gzip;q=0, *"}, false},
		{[]string{"*, gzip;q=0"}, false},
		{[]string{"gzip;q=nonsense"}, false},
		{[]string{"identity"}, false},
		{[]string{"gzipped"}, false},
	}
	for _, c := range cases {
		g := newRig(t)
		var headers []string
		for _, a := range c.accept {
			headers = append(headers, "Accept-Encoding", a)
		}
		w := g.ask("GET", "/", "", headers...)
		if packed := w.Header().Get("Content-Encoding") == "gzip"; packed != c.packed {
			t.Errorf("%q: gzip is %t", c.accept, packed)
			continue
		}
		if n := w.Header().Get("Content-Length"); n != strconv.Itoa(w.Body.Len()) {
			t.Errorf("%q: Content-Length is %s for %d bytes", c.accept, n, w.Body.Len())
		}
		var body io.Reader = w.Body
		if c.packed {
			z, err := gzip.NewReader(body)
			if err != nil {
				t.Fatal(err)
			}
			body = z
		}
		text, err := io.ReadAll(body)
		if err != nil || string(text) != "<title>Tablée</title>" {
			t.Errorf("%q: the page is %q, %v", c.accept, text, err)
		}
		if w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: Vary is %q", c.accept, w.Header().Get("Vary"))
		}
	}
}

func TestCaching(t *testing.T) {
	g := newRig(t)
	cases := []struct{ target, cache, kind string }{
		{"/", cacheAsking, "text/html; charset=utf-8"},
		{"/r/abc", cacheAsking, "text/html; charset=utf-8"},
		{"/robots.txt", cacheAsking, "text/plain; charset=utf-8"},
		{"/assets/app-ABC123.js", cacheForever, "text/javascript; charset=utf-8"},
		{"/assets/logo-DEF.png", cacheForever, "image/png"},
	}
	for _, c := range cases {
		for _, accept := range []string{"gzip", "identity"} {
			w := g.ask("GET", c.target, "", "Accept-Encoding", accept)
			tag := w.Header().Get("ETag")
			if w.Code != 200 || w.Header().Get("Cache-Control") != c.cache || w.Header().Get("Content-Type") != c.kind || tag == "" {
				t.Errorf("%s is %d %v", c.target, w.Code, w.Header())
			}
			for _, sent := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
				again := g.ask("GET", c.target, "", "Accept-Encoding", accept, "If-None-Match", sent)
				if again.Code != 304 || again.Body.Len() != 0 || again.Header().Get("ETag") != tag {
					t.Errorf("%s with %s is %d %v", c.target, sent, again.Code, again.Header())
				}
			}
			if other := g.ask("GET", c.target, "", "If-None-Match", `"other"`); other.Code != 200 {
				t.Errorf("%s with another tag is %d", c.target, other.Code)
			}
			head := g.ask("HEAD", c.target, "", "Accept-Encoding", accept)
			if head.Code != 200 || head.Body.Len() != 0 || head.Header().Get("Content-Length") != w.Header().Get("Content-Length") {
				t.Errorf("HEAD %s is %d %v", c.target, head.Code, head.Header())
			}
		}
	}
	packed := g.ask("GET", "/", "", "Accept-Encoding", "gzip").Header().Get("ETag")
	plain := g.ask("GET", "/", "").Header().Get("ETag")
	if packed == plain {
		t.Error("two encodings have one strong tag")
	}
}

func TestNotFound(t *testing.T) {
	g := newRig(t)
	for _, target := range []string{"/nothing", "/index.html", "/index.html.gz", "/assets/app-ABC123.js.gz", "/assets/", "/assets",
		"/%2e%2e/%2e%2e/etc/passwd", "/r/", "/r/a/b", "/.git/config", "/\x00"[:1] + "%00"} {
		w := g.ask("GET", target, "")
		if redirects(w) {
			continue
		}
		if w.Code != 404 || !strings.Contains(w.Body.String(), `href="/"`) || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s is %d %q", target, w.Code, w.Body)
		}
	}
	if strings.Contains(notFoundPage, "style") || strings.Contains(notFoundPage, "script") {
		t.Error("the 404 page has what its policy forbids")
	}
}

func TestUnusablePages(t *testing.T) {
	cases := map[string]fstest.MapFS{
		"has no index.html": {"assets/a.js": {Data: []byte("x")}},
		"read index.html":   {"index.html.gz": {Data: []byte("not gzip")}},
	}
	var cut bytes.Buffer
	z := gzip.NewWriter(&cut)
	if _, err := z.Write(bytes.Repeat([]byte("abc"), 1000)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	cases["unexpected EOF"] = fstest.MapFS{"index.html.gz": {Data: cut.Bytes()[:cut.Len()-9]}}
	for want, files := range cases {
		if _, err := New(Config{Pages: files}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v", want, err)
		}
	}
}
