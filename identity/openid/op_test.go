package openid_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/op"

	"tablee/identity/openid/optest"
)

// opServer is a real OpenID provider (zitadel's library), with people of the test's.
type opServer struct {
	*httptest.Server
	groups optest.Groups
	down   atomic.Bool
	asked  atomic.Int64 // requests for tokens
	keys   op.Storage
}

// newOP starts a provider that knows a client "tablee" at a redirect address.
func newOP(t testing.TB, redirects ...string) *opServer {
	t.Helper()
	s := &opServer{groups: optest.Groups{}}
	var handler http.Handler
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case s.down.Load():
			http.Error(w, "down", http.StatusBadGateway)
			return
		case strings.HasSuffix(r.URL.Path, "/token"):
			s.asked.Add(1)
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	handler, s.keys = optest.New(s.URL, s.groups, redirects...)
	return s
}

// login walks a browser through the provider's own pages, from where it was led, and returns where it is led back to.
func (s *opServer) login(t testing.TB, address, user, password string) *url.URL {
	t.Helper()
	b := newBrowser(t)
	b.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), s.URL) {
			return http.ErrUseLastResponse
		}
		return nil
	}
	page, err := b.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(page.Body)
	page.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	if to := page.Header.Get("Location"); to != "" { // refused at once
		u, _ := url.Parse(to)
		return u
	}
	_, rest, ok := strings.Cut(string(text), `name="id" value="`)
	id, _, _ := strings.Cut(rest, `"`)
	if !ok {
		t.Fatalf("the provider shows no login: %s", text)
	}
	back, err := b.PostForm(s.URL+"/login/username", url.Values{"id": {id}, "username": {user}, "password": {password}})
	if err != nil {
		t.Fatal(err)
	}
	back.Body.Close()
	u, err := url.Parse(back.Header.Get("Location"))
	if err != nil || u.Query().Get("code") == "" {
		t.Fatalf("the provider does not lead back: %s %v", back.Status, u)
	}
	return u
}

// sign makes a token as the provider signs its own; one that is to be forged is signed with another key.
func (s *opServer) sign(t testing.TB, claims map[string]any) string {
	t.Helper()
	key, err := s.keys.SigningKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	secret := key.Key()
	if claims["forged"] != nil {
		if secret, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			t.Fatal(err)
		}
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: key.SignatureAlgorithm(), Key: jose.JSONWebKey{Key: secret, KeyID: key.ID()}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}
