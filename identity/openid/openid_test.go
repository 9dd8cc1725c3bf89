package openid_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tablee/accounts"
	"tablee/identity/openid"
	"tablee/password"
	"tablee/room"
	"tablee/store"
	"tablee/web"
	"tablee/web/api"
)

// rig is our API over a real store, a real OpenID provider, and browsers between them.
type rig struct {
	t        *testing.T
	op       *opServer
	accounts *accounts.Accounts
	url      string
	log      bytes.Buffer
	provider *openid.Provider
}

const start, back = "/api/v1/login/provider", "/api/v1/login/provider/back"

func newRig(t *testing.T, change ...func(*openid.Config)) *rig {
	t.Helper()
	g := &rig{t: t}
	var calls http.Handler
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { calls.ServeHTTP(w, r) }))
	t.Cleanup(s.Close)
	g.url = s.URL
	g.op = newOP(t, s.URL+back)
	cfg := openid.Config{Issuer: g.op.URL, Name: "Home", ClientID: "tablee", ClientSecret: "s3cret", Secure: web.OverTLS, Now: time.Now,
		Log: slog.New(slog.NewTextHandler(&g.log, nil))}
	for _, f := range change {
		f(&cfg)
	}
	var err error
	if g.provider, err = openid.New(cfg); err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	g.accounts = accounts.New(st, password.NewCheapHasher(), time.Now)
	calls = api.New(api.Config{Accounts: g.accounts, Provider: g.provider, Ready: func() bool { return true }, Now: time.Now, Log: cfg.Log})
	return g
}

// browser keeps cookies and follows no redirects by itself.
type browser struct{ *http.Client }

func newBrowser(t testing.TB) browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return browser{&http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// led asks for a page and says where it leads.
func (b browser) led(t testing.TB, address string) string {
	t.Helper()
	answer, err := b.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: %s", address, answer.Status)
	}
	return answer.Header.Get("Location")
}

// cookie is a browser's cookie of ours, "" for none.
func (g *rig) cookie(b browser, name string) string {
	u, _ := url.Parse(g.url)
	for _, c := range b.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// who is whom a browser is logged in as.
func (g *rig) who(b browser) accounts.Account {
	a, _, _ := g.accounts.FromSession(g.t.Context(), g.cookie(b, "tablee_session"))
	return a
}

// comes walks a browser all the way through, and says where it ends up.
func (g *rig) comes(b browser, user, query string) string {
	g.t.Helper()
	word := map[string]string{"anne": "le mot d'Anne", "lea": "le mot de Léa"}[user]
	return b.led(g.t, g.op.login(g.t, b.led(g.t, g.url+start+query), user, word).String())
}

func TestLogin(t *testing.T) {
	g := newRig(t)
	if _, err := g.accounts.Create(t.Context(), accounts.Wish{Login: "anne", Password: "cheval agrafe pile"}, room.Admin); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t)
	to, err := url.Parse(b.led(t, g.url+start))
	if err != nil {
		t.Fatal(err)
	}
	q := to.Query()
	if q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || len(q.Get("state")) != 26 || len(q.Get("nonce")) != 26 ||
		q.Get("response_type") != "code" || q.Get("scope") != "openid profile" || q.Get("redirect_uri") != g.url+back {
		t.Errorf("the browser is led to %v", to)
	}
	if at := g.comes(b, "anne", ""); at != "/account" {
		t.Fatal(at, g.log.String())
	}
	anne := g.who(b)
	if anne.Login != "anne-2" || anne.Name != "Anne Martin" || anne.Source != accounts.OIDC || anne.Subject != g.op.URL+" u1" || anne.Role != room.AccountHolder {
		t.Errorf("%+v", anne) // the local anne is somebody else
	}
	if g.cookie(b, "tablee_login") != "" {
		t.Error("the ticket is still there")
	}
	other := newBrowser(t)
	if g.comes(other, "anne", ""); g.who(other).ID != anne.ID {
		t.Error("the second login is another account")
	}
	if g.comes(other, "lea", ""); g.who(other).Login != "lea" {
		t.Error("lea is", g.who(other))
	}
	if text := g.log.String(); strings.Contains(text, "anne") || strings.Contains(text, "Martin") {
		t.Error(text)
	}
}

// Session fixation: the session that a browser had is worth nothing after the login, nor is one that it made up.
func TestSessionFixation(t *testing.T) {
	g := newRig(t)
	b := newBrowser(t)
	g.comes(b, "lea", "")
	planted := g.cookie(b, "tablee_session")
	g.comes(b, "anne", "")
	if g.cookie(b, "tablee_session") == planted {
		t.Error("the session stayed")
	}
	if _, _, err := g.accounts.FromSession(t.Context(), planted); room.CodeOf(err) != room.CodeLoginWrong {
		t.Error("the planted session is good:", err)
	}
}

// CSRF on the way back: a login is finished in the browser that began it, once, and with its own state.
func TestWayBack(t *testing.T) {
	g := newRig(t)
	const expired = "/login?error=login_expired"
	mallory, victim := newBrowser(t), newBrowser(t)
	begun := g.op.login(t, mallory.led(t, g.url+start), "lea", "le mot de Léa")
	if at := victim.led(t, begun.String()); at != expired || g.who(victim).ID != "" { // a link that mallory sent
		t.Error("without a ticket:", at)
	}
	victim.led(t, g.url+start) // the victim has a login of their own under way
	if at := victim.led(t, begun.String()); at != expired || g.who(victim).ID != "" {
		t.Error("with another ticket:", at)
	}
	tokens := g.op.asked.Load()
	for name, change := range map[string]func(url.Values){
		"no state":       func(q url.Values) { q.Del("state") },
		"an empty state": func(q url.Values) { q.Set("state", "") },
		"a wrong state":  func(q url.Values) { q.Set("state", strings.Repeat("A", 26)) },
		"another issuer": func(q url.Values) { q.Set("iss", "https://evil.example") },
	} {
		b := newBrowser(t)
		u := g.op.login(t, b.led(t, g.url+start), "lea", "le mot de Léa")
		q := u.Query()
		change(q)
		broken := *u
		broken.RawQuery = q.Encode()
		if at := b.led(t, broken.String()); at != expired {
			t.Errorf("%s: %s", name, at)
		}
		if at := b.led(t, u.String()); at != expired { // the ticket is used up
			t.Errorf("%s, and then right: %s", name, at)
		}
	}
	if g.op.asked.Load() != tokens {
		t.Error("the provider was asked about logins that are not ours")
	}
	b := newBrowser(t)
	u := g.op.login(t, b.led(t, g.url+start), "lea", "le mot de Léa")
	if at := b.led(t, u.String()); at != "/account" {
		t.Fatal(at)
	}
	if at := b.led(t, u.String()); at != expired {
		t.Error("the same way back twice:", at)
	}
	// A code that was seen on the way is worth nothing in a login of somebody else's: the verifier is another (RFC 7636).
	stolen := g.op.login(t, newBrowser(t).led(t, g.url+start), "lea", "le mot de Léa").Query().Get("code")
	thief := newBrowser(t)
	u = g.op.login(t, thief.led(t, g.url+start), "anne", "le mot d'Anne")
	q := u.Query()
	q.Set("code", stolen)
	u.RawQuery = q.Encode()
	if at := thief.led(t, u.String()); at == "/account" || g.who(thief).ID != "" {
		t.Error("a stolen code:", at)
	}
}

// An ID token that answers another login is not taken, though the provider has signed it for us (OpenID Connect Core 1.0,
// section 3.1.3.7).
func TestNonce(t *testing.T) {
	g := newRig(t)
	b := newBrowser(t)
	address := b.led(t, g.url+start)
	parts := strings.Split(g.cookie(b, "tablee_login"), ".")
	parts[1] = strings.Repeat("A", 26)
	u, _ := url.Parse(g.url)
	b.Jar.SetCookies(u, []*http.Cookie{{Name: "tablee_login", Value: strings.Join(parts, "."), Path: "/"}})
	if at := b.led(t, g.op.login(t, address, "lea", "le mot de Léa").String()); at != "/login?error=login_expired" || g.who(b).ID != "" {
		t.Error(at)
	}
}

// The provider ends sessions by a logout token that it has signed for us; anything else ends none.
func TestBackChannelLogout(t *testing.T) {
	g := newRig(t)
	b, other := newBrowser(t), newBrowser(t)
	g.comes(b, "anne", "")
	g.comes(other, "lea", "")
	send := func(change func(map[string]any)) int {
		t.Helper()
		claims := map[string]any{"iss": g.op.URL, "aud": "tablee", "sub": "u1", "jti": "x", "iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
			"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}}
		change(claims)
		answer, err := http.PostForm(g.url+"/api/v1/login/provider/ended", url.Values{"logout_token": {g.op.sign(t, claims)}})
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	for name, change := range map[string]func(map[string]any){
		"for another":    func(c map[string]any) { c["aud"] = "other" },
		"by another":     func(c map[string]any) { c["iss"] = "https://evil.example" },
		"expired":        func(c map[string]any) { c["exp"] = time.Now().Add(-time.Hour).Unix() },
		"an ID token":    func(c map[string]any) { delete(c, "events") },
		"with a nonce":   func(c map[string]any) { c["nonce"] = "x" },
		"of nobody":      func(c map[string]any) { delete(c, "sub"); c["sid"] = "x" },
		"signed with no": func(c map[string]any) { c["forged"] = true },
	} {
		if status := send(change); status != http.StatusBadRequest || g.who(b).ID == "" {
			t.Errorf("%s: %d", name, status)
		}
	}
	if status := send(func(map[string]any) {}); status != http.StatusOK || g.who(b).ID != "" || g.who(other).ID == "" {
		t.Error(status, g.who(b), g.who(other))
	}
	if status := send(func(c map[string]any) { c["sub"] = "nobody" }); status != http.StatusOK {
		t.Error(status)
	}
}

func TestProviderRefuses(t *testing.T) {
	g := newRig(t)
	for code, want := range map[string]string{"access_denied": "login_refused", "invalid_scope": "login_unavailable", "<script>anne": "login_unavailable"} {
		b := newBrowser(t)
		to, _ := url.Parse(b.led(t, g.url+start))
		q := url.Values{"state": {to.Query().Get("state")}, "error": {code}}
		if at := b.led(t, g.url+back+"?"+q.Encode()); at != "/login?error="+want {
			t.Errorf("%s: %s", code, at)
		}
	}
	wrong := newRig(t, func(c *openid.Config) { c.ClientSecret = "wrong" })
	if at := wrong.comes(newBrowser(t), "anne", ""); at != "/login?error=login_unavailable" || !strings.Contains(wrong.log.String(), "oidc.client_secret") {
		t.Error(at, wrong.log.String())
	}
}

func TestGroups(t *testing.T) {
	g := newRig(t, func(c *openid.Config) { c.Allowed, c.Admins = []string{"choir"}, []string{"admins"} })
	if _, err := g.accounts.Create(t.Context(), accounts.Wish{Login: "root", Password: "cheval agrafe pile"}, room.Admin); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		groups []string
		at     string
		role   room.Role
	}{
		{nil, "/login?error=login_refused", room.Nobody},
		{[]string{"choirs"}, "/login?error=login_refused", room.Nobody},
		{[]string{"x", "choir"}, "/account", room.AccountHolder},
		{[]string{"/choir"}, "/account", room.AccountHolder}, // as Keycloak writes it
		{[]string{"admins"}, "/admin", room.Admin},
		{[]string{"choir"}, "/account", room.AccountHolder}, // no admin any more
	} {
		g.op.groups["u1"] = c.groups
		b := newBrowser(t)
		if at := g.comes(b, "anne", ""); at != c.at || g.who(b).Role != c.role {
			t.Errorf("%q: %s %v", c.groups, at, g.who(b).Role)
		}
	}
}

// Open redirects: after a login one goes to a page of ours, whatever the link said.
func TestWhereToGo(t *testing.T) {
	g := newRig(t)
	for to, want := range map[string]string{
		"/r/choir": "/r/choir", "/r/choir?x=1": "/r/choir?x=1", "/admin/rooms": "/admin/rooms", "": "/account",
		"https://evil.example": "/account", "//evil.example": "/account", `/\evil.example`: "/account", `\\evil.example`: "/account", "/\t/evil.example": "/account",
		"///evil.example": "/account", "/.//evil.example": "/account", "/..//evil.example": "/account", "javascript:alert(1)": "/account", "r/choir": "/account",
		"/r/x\r\nSet-Cookie: a=b": "/account", "/api/v1/logout": "/account", "/sso": "/account", "/%5cevil.example": "/account",
		"/r/" + strings.Repeat("x", 600): "/account",
	} {
		b := newBrowser(t)
		if at := g.comes(b, "lea", "?to="+url.QueryEscape(to)); at != want {
			t.Errorf("%q leads to %q", to, at)
		}
	}
	// Nor does a cookie that was written by somebody else.
	b := newBrowser(t)
	address := b.led(t, g.url+start)
	parts := strings.Split(g.cookie(b, "tablee_login"), ".")
	parts[3] = base64.RawURLEncoding.EncodeToString([]byte("https://evil.example/"))
	u, _ := url.Parse(g.url)
	b.Jar.SetCookies(u, []*http.Cookie{{Name: "tablee_login", Value: strings.Join(parts, "."), Path: "/"}})
	if at := b.led(t, g.op.login(t, address, "lea", "le mot de Léa").String()); at != "/account" {
		t.Error(at)
	}
}

// A provider that is down when the server starts is found when it is there, and is told about once.
func TestProviderDown(t *testing.T) {
	now := time.Now()
	g := newRig(t, func(c *openid.Config) { c.Now = func() time.Time { return now } })
	g.op.down.Store(true)
	b := newBrowser(t)
	for range 3 {
		if at := b.led(t, g.url+start); at != "/login?error=login_unavailable" {
			t.Error(at)
		}
		now = now.Add(time.Minute)
	}
	if g.provider.Failure() == nil || strings.Count(g.log.String(), "level=WARN") != 1 {
		t.Errorf("%v; %s", g.provider.Failure(), &g.log)
	}
	g.op.down.Store(false)
	if at := g.comes(b, "anne", ""); at != "/account" || g.provider.Failure() != nil {
		t.Error(at, g.provider.Failure())
	}
	if err := g.provider.Probe(t.Context()); err != nil {
		t.Error(err)
	}
	g.op.down.Store(true) // what is known stays known, and an exchange that fails is told
	u := g.op.URL
	if err := g.provider.Probe(t.Context()); err == nil || !strings.Contains(err.Error(), u) {
		t.Error(err)
	}
}

func TestTicketCookie(t *testing.T) {
	g := newRig(t)
	for _, tls := range []bool{false, true} {
		r := httptest.NewRequest("GET", "https://meet.example"+start, nil)
		if r.RemoteAddr = "192.0.2.1:1"; !tls {
			r.TLS = nil
		}
		w := httptest.NewRecorder()
		if _, err := g.provider.Start(w, r, "/r/choir"); err != nil {
			t.Fatal(err)
		}
		c := w.Result().Cookies()[0]
		name := map[bool]string{false: "tablee_login", true: "__Host-tablee_login"}[tls]
		if c.Name != name || !c.HttpOnly || c.Secure != tls || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 600 {
			t.Errorf("%+v", c)
		}
	}
}

func TestLogout(t *testing.T) {
	g := newRig(t, func(c *openid.Config) { c.Leave = true })
	b := newBrowser(t)
	g.comes(b, "anne", "")
	r, _ := http.NewRequest("POST", g.url+"/api/v1/logout", nil)
	r.Header.Set("Origin", g.url)
	answer, err := b.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	if answer.StatusCode != 200 || !strings.Contains(string(text), g.op.URL+"/end_session?client_id=tablee") || !strings.Contains(string(text), url.QueryEscape(g.url+"/login")) {
		t.Errorf("%s %s", answer.Status, text)
	}
	if g.who(b).ID != "" {
		t.Error("the session is still there")
	}
}

func TestSettings(t *testing.T) {
	for want, c := range map[string]openid.Config{
		"oidc.issuer":     {Issuer: "id.example.org", ClientID: "x"},
		"https://":        {Issuer: "http://id.example.org", ClientID: "x"},
		"oidc.client_id":  {Issuer: "https://id.example.org"},
		"must be an addr": {Issuer: "https://a:b@id.example.org", ClientID: "x"},
	} {
		if _, err := openid.New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
	g := newRig(t, func(c *openid.Config) { c.Issuer += "/" })
	if err := g.provider.Probe(t.Context()); err == nil || !strings.Contains(err.Error(), "calls itself") {
		t.Error(err)
	}
}
