package web

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// plain is a handler of which only the way to TLS is asked.
func plain(authority []byte) *Handler {
	return &Handler{cfg: Config{Secure: true, Authority: authority, Ready: func() bool { return true }}, refused: newCounters()}
}

func TestRedirectToTLS(t *testing.T) {
	for _, c := range []struct {
		host, path, port string
		status           int
		location         string
	}{
		{"meet.example.org", "/r/demo?a=b", "", 308, "https://meet.example.org/r/demo?a=b"},
		{"meet.example.org:80", "/", "443", 308, "https://meet.example.org/"},
		{"meet.example.org", "/", "8443", 308, "https://meet.example.org:8443/"},
		{"[2001:db8::1]:80", "/", "", 308, "https://[2001:db8::1]/"},
		{"203.0.113.7", "//evil.example/", "", 308, "https://203.0.113.7//evil.example/"},
		{"evil.example/path", "/", "", 400, ""},
		{"a@evil.example", "/", "", 400, ""},
		{"", "/", "", 400, ""},
		{strings.Repeat("a", 300), "/", "", 400, ""},
	} {
		r := httptest.NewRequest(http.MethodGet, "http://x/", nil)
		r.Host, r.URL.Path, r.RemoteAddr = c.host, "", "203.0.113.9:1"
		r.URL.Path, r.URL.RawQuery, _ = strings.Cut(c.path, "?")
		w := httptest.NewRecorder()
		plain(nil).Redirect(nil, c.port).ServeHTTP(w, r)
		if w.Code != c.status || w.Header().Get("Location") != c.location {
			t.Errorf("%s%s at %q: %d to %q", c.host, c.path, c.port, w.Code, w.Header().Get("Location"))
		}
	}
}

func TestAChallengeIsAnsweredInTheClear(t *testing.T) {
	asked := false
	challenge := func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.URL.Path, "/.well-known/acme-challenge/") {
			return false
		}
		asked = true
		_, _ = w.Write([]byte("proof"))
		return true
	}
	w := httptest.NewRecorder()
	plain(nil).Redirect(challenge, "").ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://meet.example.org/.well-known/acme-challenge/x", nil))
	if !asked || w.Code != http.StatusOK || w.Body.String() != "proof" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
}

func TestWhoComesInTheClearOnTheSecurePort(t *testing.T) {
	h := plain([]byte("certificate"))
	inner := h.toTLS(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	for _, c := range []struct {
		remote, host, path string
		secure             bool
		want               int
	}{
		{"203.0.113.9:1", "meet.example.org", "/", false, 308},
		{"203.0.113.9:1", "meet.example.org", "/", true, 418},
		{"203.0.113.9:1", "meet.example.org", "/trust", false, 418}, // who does not trust us yet must be able to learn
		{"127.0.0.1:1", "localhost", "/metrics", false, 418},
		{"127.0.0.1:1", "meet.example.org", "/", false, 308},
	} {
		r := httptest.NewRequest(http.MethodGet, "http://"+c.host+c.path, nil)
		r.RemoteAddr = c.remote
		if c.secure {
			r.TLS = &tls.ConnectionState{}
		}
		w := httptest.NewRecorder()
		inner.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%+v: %d", c, w.Code)
		}
	}
}

func TestStatusIsForThisMachineAlone(t *testing.T) {
	h := plain(nil)
	h.cfg.Status = func() any { return map[string]string{"password": "secret"} }
	for _, c := range []struct {
		remote, host, header string
		want                 int
	}{
		{"127.0.0.1:1", "localhost:443", "", 200},
		{"203.0.113.9:1", "localhost:443", "", 404},
		{"127.0.0.1:1", "meet.example.org", "", 404},             // through a proxy, or a name bound anew
		{"127.0.0.1:1", "localhost:443", "X-Forwarded-For", 404}, // through a proxy
		{"127.0.0.1:1", "localhost:443", "Sec-Fetch-Site", 404},  // a page in a browser on this machine
	} {
		r := httptest.NewRequest(http.MethodGet, "http://x/api/v1/status", nil)
		r.RemoteAddr, r.Host = c.remote, c.host
		if c.header != "" {
			r.Header.Set(c.header, "1")
		}
		w := httptest.NewRecorder()
		h.status(w, r)
		if w.Code != c.want || (w.Code != 200) == strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%+v: %d %s", c, w.Code, w.Body)
		}
	}
}
