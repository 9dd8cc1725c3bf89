package jointoken_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"tablee/jointoken"
	"tablee/room"
	"tablee/store"
)

// rig is a server's tokens over a real store, with a clock that stands.
type rig struct {
	*jointoken.Tokens
	now    time.Time
	key    jointoken.Key
	secret string
}

func newRig(t testing.TB, k jointoken.Key) *rig {
	t.Helper()
	s, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	g := &rig{now: time.Date(2026, 12, 1, 18, 0, 0, 0, time.UTC)}
	g.Tokens = jointoken.New(s, []byte("the server's own secret"), func() time.Time { return g.now })
	k.Label = "a site"
	if g.key, g.secret, err = g.NewKey(t.Context(), k); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *rig) claims(change func(jwt.MapClaims)) jwt.MapClaims {
	c := jwt.MapClaims{"room": "choir", "exp": g.now.Add(time.Hour).Unix()}
	if change != nil {
		change(c)
	}
	return c
}

func (g *rig) sign(t testing.TB, method jwt.SigningMethod, kid any, key any, c jwt.MapClaims) string {
	t.Helper()
	j := jwt.NewWithClaims(method, c)
	j.Header["kid"] = kid
	text, err := j.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (g *rig) good(t testing.TB, change func(jwt.MapClaims)) string {
	return g.sign(t, jwt.SigningMethodHS256, g.key.ID, []byte(g.secret), g.claims(change))
}

// TestClaims: what a token may say, and what is made of it.
func TestClaims(t *testing.T) {
	g := newRig(t, jointoken.Key{Role: room.Moderator})
	set := func(k string, v any) func(jwt.MapClaims) { return func(c jwt.MapClaims) { c[k] = v } }
	unix := func(d time.Duration) int64 { return g.now.Add(d).Unix() }
	for name, c := range map[string]struct {
		change func(jwt.MapClaims)
		role   room.Role
		reason string // of a refusal
	}{
		"a guest":             {nil, room.Guest, ""},
		"a listener":          {set("role", "listener"), room.Listener, ""},
		"a moderator":         {set("role", "moderator"), room.Moderator, ""},
		"a name as typed":     {set("room", "Choir"), room.Guest, ""},
		"just expired":        {set("exp", unix(-10*time.Second)), room.Guest, ""},
		"the farthest exp":    {set("exp", unix(jointoken.MaxLife)), room.Guest, ""},
		"more than the key":   {set("role", "host"), 0, "key"},
		"an admin":            {set("role", "admin"), 0, "bad"},
		"nobody":              {set("role", "nobody"), 0, "bad"},
		"an unknown role":     {set("role", "king"), 0, "bad"},
		"a role of no type":   {set("role", 3), 0, "bad"},
		"another room":        {set("room", "other"), 0, "key"},
		"no room":             {func(c jwt.MapClaims) { delete(c, "room") }, 0, "bad"},
		"a room that is none": {set("room", "../x"), 0, "bad"},
		"a name that is none": {set("name", strings.Repeat("x", 65)), 0, "bad"},
		"no exp":              {func(c jwt.MapClaims) { delete(c, "exp") }, 0, "bad"},
		"an exp of no type":   {set("exp", "tomorrow"), 0, "bad"},
		"expired":             {set("exp", unix(-time.Minute)), 0, "expired"},
		"too far":             {set("exp", unix(jointoken.MaxLife+time.Hour)), 0, "bad"},
		"early":               {set("nbf", unix(time.Minute)), 0, "early"},
		"a long jti":          {set("jti", strings.Repeat("x", 129)), 0, "bad"},
		"too long":            {set("x", strings.Repeat("x", jointoken.MaxToken)), 0, "bad"},
	} {
		before := g.Stats().Refused[c.reason]
		got, err := g.Look(t.Context(), "choir", g.good(t, c.change))
		switch {
		case c.reason == "" && (err != nil || got.Role != c.role || got.Room != "choir"):
			t.Errorf("%s: %+v, %v", name, got, err)
		case c.reason != "" && (room.CodeOf(err) != room.CodeLinkInvalid || g.Stats().Refused[c.reason] != before+1):
			t.Errorf("%s: %v, counted %v", name, err, g.Stats().Refused)
		}
	}
	if got, err := g.Look(t.Context(), "choir", g.good(t, set("name", " Zoé  B. "))); err != nil || got.Name != "Zoé B." {
		t.Errorf("the name is %q, %v", got.Name, err)
	}
}

// TestOneAlgorithm: a token is believed for an HMAC-SHA256 by our key, whatever it says of itself (RFC 8725, section 2.1).
func TestOneAlgorithm(t *testing.T) {
	g := newRig(t, jointoken.Key{})
	pair, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	good := g.good(t, nil)
	head, rest, _ := strings.Cut(good, ".")
	body, mac, _ := strings.Cut(rest, ".")
	part := func(v map[string]any) string {
		b, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(b)
	}
	bySecret := []byte(g.secret)
	for name, token := range map[string]string{
		"none":                 g.sign(t, jwt.SigningMethodNone, g.key.ID, jwt.UnsafeAllowNoneSignatureType, g.claims(nil)),
		"None":                 part(map[string]any{"alg": "None", "kid": g.key.ID}) + "." + body + ".",
		"none with a mac":      part(map[string]any{"alg": "none", "kid": g.key.ID}) + "." + body + "." + mac,
		"HS512 by the key":     g.sign(t, jwt.SigningMethodHS512, g.key.ID, bySecret, g.claims(nil)),
		"RS256":                g.sign(t, jwt.SigningMethodRS256, g.key.ID, pair, g.claims(nil)),
		"no signature":         head + "." + body + ".",
		"another secret":       g.sign(t, jwt.SigningMethodHS256, g.key.ID, []byte("x"), g.claims(nil)),
		"an empty secret":      g.sign(t, jwt.SigningMethodHS256, g.key.ID, []byte{}, g.claims(nil)),
		"an unknown key":       g.sign(t, jwt.SigningMethodHS256, "abcdefghijklmnop", bySecret, g.claims(nil)),
		"no key":               g.sign(t, jwt.SigningMethodHS256, nil, bySecret, g.claims(nil)),
		"a key of no type":     g.sign(t, jwt.SigningMethodHS256, 7, bySecret, g.claims(nil)),
		"another body":         head + "." + part(map[string]any{"room": "choir", "role": "host", "exp": g.now.Add(time.Hour).Unix()}) + "." + mac,
		"padded":               good + "=",
		"something behind":     good + ".x",
		"nothing":              "",
		"an API token":         "tablee_ABCDEFGHIJKLMNOPQRSTUVWXYZ",
		"an extension in crit": part(map[string]any{"alg": "HS256", "kid": g.key.ID, "crit": []string{"b64"}}) + "." + body + "." + mac,
	} {
		if _, err := g.Look(t.Context(), "choir", token); room.CodeOf(err) != room.CodeLinkInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := g.Look(t.Context(), "choir", good); err != nil {
		t.Error(err)
	}
}

// TestOnceAndRevoked: a jti lets in once; a revoked key lets nobody in; a key for a room is for that room.
func TestOnceAndRevoked(t *testing.T) {
	g := newRig(t, jointoken.Key{Room: "Choir"})
	ctx := t.Context()
	once, _, err := g.Sign(ctx, g.key.ID, jointoken.Wish{Room: "choir", Once: true})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // looking uses nothing up
		if _, err := g.Look(ctx, "choir", once); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.Take(ctx, "choir", once); err != nil {
		t.Fatal(err)
	}
	g.now = g.now.Add(time.Hour + jointoken.Leeway - time.Second) // as long as it would still be good
	if err := g.Take(ctx, "choir", once); room.CodeOf(err) != room.CodeLinkInvalid {
		t.Errorf("the second time: %v", err)
	}
	if _, err := g.Look(ctx, "choir", once); room.CodeOf(err) != room.CodeLinkInvalid {
		t.Errorf("looked at after its use: %v", err)
	}
	if _, _, err := g.Sign(ctx, g.key.ID, jointoken.Wish{Room: "other"}); room.CodeOf(err) != room.CodeBadMessage {
		t.Errorf("signed for another room: %v", err)
	}
	any := g.good(t, nil)
	if err := g.Revoke(ctx, g.key.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Look(ctx, "choir", any); room.CodeOf(err) != room.CodeLinkInvalid {
		t.Errorf("after the key was revoked: %v", err)
	}
	if err := g.Revoke(ctx, g.key.ID); room.CodeOf(err) != room.CodeLinkUnknown {
		t.Errorf("revoked twice: %v", err)
	}
}

// FuzzOpen: whatever is found good was signed by our key with HMAC-SHA256.
func FuzzOpen(f *testing.F) {
	g := newRig(f, jointoken.Key{})
	good := g.good(f, nil)
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add("..")
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add(g.good(f, func(c jwt.MapClaims) { c["jti"], c["role"], c["name"] = "1", "host", "Zoé" }))
	f.Fuzz(func(t *testing.T, token string) {
		got, err := g.Look(t.Context(), "choir", token)
		if err != nil {
			if room.CodeOf(err) != room.CodeLinkInvalid {
				t.Fatalf("%v", err)
			}
			return
		}
		last := strings.LastIndexByte(token, '.')
		mac := hmac.New(sha256.New, []byte(g.secret))
		mac.Write([]byte(token[:last]))
		signature, err := base64.RawURLEncoding.DecodeString(token[last+1:])
		if err != nil || !hmac.Equal(signature, mac.Sum(nil)) || got.Room != "choir" || got.Role < room.Listener || got.Role > room.Host {
			t.Fatalf("%+v by a token that we have not signed", got)
		}
	})
}
