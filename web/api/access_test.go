package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tablee/ratelimit"
	"tablee/room"
)

// Who may do what: each call of the table by nobody, by a member, by an admin; nobody learns more than the refusal.
func TestEachCallAsksWho(t *testing.T) {
	g := newRig(t)
	g.as("anne", room.Admin)
	admin := g.cookie
	g.as("bob", room.AccountHolder)
	bob := g.cookie
	for _, c := range calls(t) {
		if c.need == "" {
			continue
		}
		target := strings.NewReplacer("{name}", "choir", "{id}", "nobody", "{token}", "x").Replace(c.path)
		g.cookie = nil
		g.want("account_needed", c.method, target, "")
		g.cookie = bob
		if c.need == "admins" {
			g.want("forbidden", c.method, target, "")
		}
		g.cookie = admin
		if strings.Contains(c.need, "console") {
			g.want("forbidden", c.method, target, "")
		}
	}
	g.want("forbidden", "GET", "/api/v1/server/backup.tar", "") // an admin of the page does not read along
	g.console = true
	if w := g.ask("GET", "/api/v1/server/backup.tar", ""); w.Body.String() != "everything" {
		t.Error(w.Code, w.Body)
	}
}

// A session that was planted before the login is worth nothing after it.
func TestSessionFixation(t *testing.T) {
	g := newRig(t)
	g.as("mallory", room.AccountHolder)
	planted := *g.cookie
	if _, err := g.accounts.Create(t.Context(), wish("anne"), room.Admin); err != nil {
		t.Fatal(err)
	}
	g.must("POST", "/api/v1/login", `{"login":"anne","password":"`+good+`"}`, nil)
	if g.cookie.Value == planted.Value {
		t.Fatal("the login kept the session that was there")
	}
	g.cookie = &planted
	g.want("account_needed", "GET", "/api/v1/me/secrets", "")
	g.cookie = &http.Cookie{Name: "tablee_session", Value: "AAAAAAAAAAAAAAAAAAAAAAAAAA"} // one that nobody gave
	g.must("POST", "/api/v1/login", `{"login":"anne","password":"`+good+`"}`, nil)
	if g.cookie.Value == "AAAAAAAAAAAAAAAAAAAAAAAAAA" {
		t.Error("a session was taken that the browser made up")
	}
}

func TestLogout(t *testing.T) {
	g := newRig(t)
	g.as("anne", room.Admin)
	was := *g.cookie
	g.must("POST", "/api/v1/logout", "", nil)
	if g.cookie != nil {
		t.Error("the cookie is still there")
	}
	g.cookie = &was
	g.want("account_needed", "GET", "/api/v1/accounts", "")
}

func TestCookieFlags(t *testing.T) {
	g := newRig(t)
	g.as("anne", room.Admin)
	if c := g.cookie; c.Name != "tablee_session" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure {
		t.Errorf("in the clear: %+v", c)
	}
	clear := *g.cookie
	g.tls = true
	g.cookie = nil
	g.must("POST", "/api/v1/login", `{"login":"anne","password":"`+good+`"}`, nil)
	if c := g.cookie; c.Name != "__Host-tablee_session" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || !c.Secure {
		t.Errorf("over TLS: %+v", c)
	}
	g.cookie = &clear // somebody on the way can set this one, so it is not believed over TLS
	g.want("account_needed", "GET", "/api/v1/accounts", "")
}

// CSRF: another site in an admin's browser changes nothing (fault 26), nor does a request without an origin that has but a
// cookie (27).
func TestOtherSites(t *testing.T) {
	g := newRig(t)
	g.as("anne", room.Admin)
	header := func(pairs ...string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Del("Origin")
			r.Header.Del("Sec-Fetch-Site")
			for i := 0; i < len(pairs); i += 2 {
				r.Header.Add(pairs[i], pairs[i+1])
			}
		}
	}
	const own = "http://meet.example"
	for name, change := range map[string]func(*http.Request){
		"another site":          header("Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"),
		"another port":          header("Origin", "http://meet.example:81", "Sec-Fetch-Site", "same-site"),
		"a sister domain":       header("Origin", "http://x.meet.example", "Sec-Fetch-Site", "same-site"),
		"a lying Origin":        header("Origin", own, "Sec-Fetch-Site", "cross-site"),
		"an opaque origin":      header("Origin", "null", "Sec-Fetch-Site", "cross-site"),
		"an old browser":        header("Origin", "https://evil.example"),
		"two origins":           header("Origin", own, "Origin", "https://evil.example"),
		"neither":               header(),
		"a form":                header("Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site", "Content-Type", "text/plain"),
		"a prefix of our name":  header("Origin", "http://meet.example.evil.example"),
		"our name as user info": header("Origin", "http://meet.example@evil.example"),
	} {
		for _, c := range [][3]string{{"POST", "/api/v1/invitations", `{"role":"admin"}`}, {"DELETE", "/api/v1/accounts/anne", ""},
			{"PATCH", "/api/v1/server/settings", `{"values":{"media.uplink":"1"}}`}, {"POST", "/api/v1/logout", ""}} {
			if w := g.ask(c[0], c[1], c[2], change); w.Code != http.StatusForbidden {
				t.Errorf("%s: %s %s gives %d %s", name, c[0], c[1], w.Code, w.Body)
			}
		}
		if name != "neither" { // without a cookie it is a program's
			g2 := newRig(t)
			g2.want("forbidden", "POST", "/api/v1/login", `{"login":"anne","password":"x"}`, change) // nor logs somebody in
		}
	}
	if w := g.ask("POST", "/api/v1/invitations", `{}`, header("Origin", own)); w.Code != 200 {
		t.Errorf("our own page in a browser without Fetch Metadata: %d %s", w.Code, w.Body)
	}
	if g.box.values != nil {
		t.Error("a setting was changed")
	}
}

func TestTokens(t *testing.T) {
	g := newRig(t)
	acc := g.as("anne", room.Admin)
	token, _, err := g.accounts.NewToken(t.Context(), acc.ID, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	g.cookie = nil
	with := func(header string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Del("Origin")
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set("Authorization", header)
		}
	}
	if w := g.ask("POST", "/api/v1/invitations", `{}`, with("Bearer "+token)); w.Code != 200 {
		t.Error(w.Code, w.Body)
	}
	g.want("login_wrong", "GET", "/api/v1/me", "", with("Bearer tablee_AAAAAAAAAAAAAAAAAAAAAAAAAA"))
	g.want("account_needed", "GET", "/api/v1/accounts", "", with("Basic "+token))
	g.want("forbidden", "POST", "/api/v1/me/tokens", `{}`, with("Bearer "+token)) // a leaked token makes no further ones
	g.want("forbidden", "POST", "/api/v1/me/apps", `{}`, with("Bearer "+token))
	if g.cookie != nil {
		t.Error("a token gave a cookie")
	}
}

// A member manages their own rooms, and no others; tells themselves no other role; and is told nobody's password.
func TestMembersKeepToTheirOwn(t *testing.T) {
	g := newRig(t)
	g.as("anne", room.Admin)
	g.must("PUT", "/api/v1/rooms/hers", `{"password":"sesame ouvre"}`, nil)
	g.as("bob", room.AccountHolder)
	g.must("PUT", "/api/v1/rooms/Les%20voisins", `{"settings":{"lobby":true}}`, nil)
	for _, c := range [][3]string{{"GET", "/api/v1/rooms/hers/settings", ""}, {"PATCH", "/api/v1/rooms/hers", `{"title":"x"}`}, {"DELETE", "/api/v1/rooms/hers", ""},
		{"POST", "/api/v1/rooms/hers/close", ""}, {"PUT", "/api/v1/rooms/hers/password", `{"password":""}`},
		{"GET", "/api/v1/rooms/hers/links", ""}, {"POST", "/api/v1/rooms/hers/links", `{"role":"host"}`}, {"DELETE", "/api/v1/rooms/hers/links/x", ""}} {
		g.want("forbidden", c[0], c[1], c[2])
	}
	var mine struct{ Items []struct{ Name string } }
	g.must("GET", "/api/v1/rooms", "", &mine)
	if len(mine.Items) != 1 || mine.Items[0].Name != "les-voisins" {
		t.Errorf("bob sees %+v", mine)
	}
	g.want("bad_message", "PATCH", "/api/v1/me", `{"name":"Bob","role":"admin"}`)
	g.must("PATCH", "/api/v1/rooms/les-voisins", `{"settings":{"locked":true,"password_hash":"$argon2id$x"}}`, nil)
	w := g.ask("GET", "/api/v1/rooms/les-voisins/settings", "")
	if strings.Contains(w.Body.String(), "hash") || strings.Contains(w.Body.String(), `"password":true`) {
		t.Error(w.Body)
	}
	g.as("anne", room.Admin)
	w = g.ask("GET", "/api/v1/rooms", "")
	if !strings.Contains(w.Body.String(), `"password":true`) || strings.Contains(w.Body.String(), "argon") || strings.Contains(w.Body.String(), "sesame") {
		t.Error(w.Body)
	}
}

// Bad bodies are refused in words, whatever they are.
func TestBadBodies(t *testing.T) {
	g := newRig(t)
	g.as("anne", room.Admin)
	for _, body := range []string{"{", "[]", `"x"`, "null1", `{"role":"admin"}{}`, `{"roles":"admin"}`, `{"role":7}`, `{"role":"king"}`, `{"hours":-1}`,
		`{"hours":1e99}`, `{"role":"host"}`, strings.Repeat("[", 10_000), `{"label":"` + strings.Repeat("x", 100) + `"}`} {
		g.want("bad_message", "POST", "/api/v1/invitations", body)
	}
	g.want("too_big", "POST", "/api/v1/invitations", `{"label":"`+strings.Repeat("x", 20_000)+`"}`)
	g.want("bad_message", "POST", "/api/v1/invitations", `{}`, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") })
	w := g.ask("PUT", "/api/v1/invitations", "{}")
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, POST" {
		t.Error(w.Code, w.Header())
	}
	if w := g.ask("GET", "/api/v1/nothing", ""); w.Code != http.StatusNotFound {
		t.Error(w.Code)
	}
}

func TestGuessesAreSlowedDown(t *testing.T) {
	g := newRig(t)
	g.as("anne", room.Admin)
	g.cookie = nil
	for range 12 {
		g.want("login_wrong", "POST", "/api/v1/login", `{"login":"anne","password":"x"}`)
	}
	w := g.ask("POST", "/api/v1/login", `{"login":"anne","password":"x"}`)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "30" {
		t.Error(w.Code, w.Header(), w.Body)
	}
}

// Whoever comes with secrets of links that lead nowhere waits after some of them, whichever call they try, and a good one
// waits with them; nobody else does.
func TestGuessingSecretsIsSlow(t *testing.T) {
	g := newRig(t)
	g.as("anne", room.Admin)
	var made struct{ Secret string }
	g.must("POST", "/api/v1/invitations", `{}`, &made)
	g.cookie = nil
	const tries = 600
	looked, calls := 0, []string{"/api/v1/setup", "/api/v1/invitation", "/api/v1/invitation/accept", "/api/v1/reset"}
	for n := range tries {
		g.now = g.now.Add(time.Second)
		body := `{"secret":"made up"}`
		switch w := g.ask("POST", calls[n%len(calls)], body); codeOf(t, w) {
		case "link_invalid":
			looked++
		case "rate_limited":
			if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
				t.Fatalf("%d %v", w.Code, w.Header())
			}
		default:
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	if want := ratelimit.Links().Burst + tries/3; looked < want-2 || looked > want+2 {
		t.Errorf("%d of %d are looked at, %d may be", looked, tries, want)
	}
	secret := `{"secret":"` + made.Secret + `"}`
	g.ask("POST", "/api/v1/invitation", `{"secret":"made up"}`)
	g.want("rate_limited", "POST", "/api/v1/invitation", secret)
	g.must("POST", "/api/v1/login", `{"login":"anne","password":"`+good+`"}`, nil) // is no link
	if w := g.ask("POST", "/api/v1/invitation", secret, func(r *http.Request) { r.RemoteAddr = "192.0.2.8:1" }); w.Code != 200 {
		t.Errorf("somebody else is told %d %s", w.Code, w.Body)
	}
	g.now = g.now.Add(ratelimit.Links().Every)
	g.must("POST", "/api/v1/invitation", secret, nil)
}
