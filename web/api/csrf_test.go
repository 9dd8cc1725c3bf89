package api_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"tablee/room"
)

// foreign are the headers that a browser sends with what other pages make it ask for (Fetch Metadata, RFC 6454).
var foreign = map[string][]string{
	"another site":    {"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"},
	"a sister domain": {"Origin", "http://x.meet.example", "Sec-Fetch-Site", "same-site"},
	"another port":    {"Origin", "http://meet.example:81", "Sec-Fetch-Site", "same-site"},
	"a sandbox":       {"Origin", "null", "Sec-Fetch-Site", "cross-site"},
	"an old browser":  {"Origin", "https://evil.example"},
	"only a site":     {"Sec-Fetch-Site", "cross-site"},
	"nothing at all":  nil,
}

// asForeign replaces what our own page would send.
func asForeign(pairs []string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Del("Origin")
		r.Header.Del("Sec-Fetch-Site")
		for i := 0; i < len(pairs); i += 2 {
			r.Header.Set(pairs[i], pairs[i+1])
		}
	}
}

// Every call of openapi.json that changes something refuses other sites in an admin's browser, before it reads a byte of the
// body: a new call is tested without anybody's thinking of it.
func TestOtherSitesChangeNothing(t *testing.T) {
	g := newRig(t)
	g.as("anne", room.Admin)
	mine := *g.cookie
	tried := 0
	for _, c := range calls(t) {
		if c.method == http.MethodGet {
			continue
		}
		tried++
		target := strings.NewReplacer("{name}", "choir", "{id}", "anne", "{token}", "x", "{account}", "anne").Replace(c.path)
		for name, pairs := range foreign {
			body := &watched{Reader: strings.NewReader(`{}`)}
			w := g.ask(c.method, target, "", asForeign(pairs), func(r *http.Request) {
				r.Header.Set("Content-Type", "application/json")
				r.Body = io.NopCloser(body)
			})
			if w.Code != http.StatusForbidden || codeOf(t, w) != "forbidden" {
				t.Errorf("%s: %s %s gives %d %s", name, c.method, target, w.Code, w.Body)
			}
			if body.read || len(w.Result().Cookies()) > 0 {
				t.Errorf("%s: %s %s reads the body (%v), or sets a cookie (%v)", name, c.method, target, body.read, w.Result().Cookies())
			}
		}
	}
	if tried < 30 {
		t.Errorf("openapi.json has %d calls that change something", tried)
	}
	if acc, err := g.accounts.List(t.Context()); err != nil || len(acc) != 1 || g.box.values != nil {
		t.Errorf("%v %v: something was changed (%v)", acc, g.box.values, err)
	}
	g.cookie = &mine
	g.must("GET", "/api/v1/accounts", "", nil) // nobody was logged out, either
}

// watched tells whether it was read.
type watched struct {
	io.Reader
	read bool
}

func (b *watched) Read(p []byte) (int, error) { b.read = true; return b.Reader.Read(p) }

// A GET changes nothing, so it may come from anywhere: but none of them may be what another page reads or acts by.
func TestReadingHasNoEffect(t *testing.T) {
	g := newRig(t)
	g.as("anne", room.Admin)
	for _, c := range calls(t) {
		if c.method != http.MethodGet {
			continue
		}
		target := strings.NewReplacer("{name}", "choir", "{id}", "anne", "{token}", "x", "{account}", "anne").Replace(c.path)
		w := g.ask("GET", target, "", asForeign(foreign["another site"]))
		if h := w.Header(); h.Get("Access-Control-Allow-Origin") != "" || len(w.Result().Cookies()) > 0 || !strings.HasPrefix(h.Get("Content-Type"), "application/json") {
			t.Errorf("GET %s answers another site with %v", target, h)
		}
	}
}

// Each answer that sets the session's cookie sets it with the same flags, and each way in gives a session of its own.
func TestEveryCookieOfASession(t *testing.T) {
	for _, tls := range []bool{false, true} {
		g := newRig(t)
		g.tls = tls
		setup, err := g.accounts.SetupSecret(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		given := map[string]bool{}
		in := func(path, body string) {
			t.Helper()
			planted := "AAAAAAAAAAAAAAAAAAAAAAAAAA"
			g.cookie = &http.Cookie{Name: "tablee_session", Value: planted}
			w := g.ask("POST", path, body)
			cookies := w.Result().Cookies()
			if w.Code >= 300 || len(cookies) != 1 {
				t.Fatalf("%s: %d %s %v", path, w.Code, w.Body, cookies)
			}
			holdCookie(t, path, cookies[0], tls)
			if v := cookies[0].Value; given[v] || v == planted || len(v) < 26 {
				t.Errorf("%s gives the session %q", path, v)
			}
			given[cookies[0].Value] = true
		}
		in("/api/v1/setup", `{"secret":"`+setup+`","login":"anne","password":"`+good+`"}`)
		admin := *g.cookie
		var made struct{ ID, Secret string }
		g.must("POST", "/api/v1/invitations", `{}`, &made)
		in("/api/v1/invitation/accept", `{"secret":"`+made.Secret+`","login":"bob","password":"`+good+`"}`)
		g.cookie = &admin
		g.must("POST", "/api/v1/accounts/bob/reset", "", &made)
		in("/api/v1/reset", `{"secret":"`+made.Secret+`","password":"cinq six sept huit"}`)
		in("/api/v1/login", `{"login":"bob","password":"cinq six sept huit"}`)
		for _, c := range g.ask("POST", "/api/v1/logout", "").Result().Cookies() {
			holdCookie(t, "logout", c, tls)
			if c.MaxAge >= 0 {
				t.Errorf("after logout it stays: %+v", c)
			}
		}
	}
}

func holdCookie(t *testing.T, path string, c *http.Cookie, tls bool) {
	t.Helper()
	name := map[bool]string{false: "tablee_session", true: "__Host-tablee_session"}[tls]
	if c.Name != name || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure != tls {
		t.Errorf("%s sets %+v", path, c)
	}
}
