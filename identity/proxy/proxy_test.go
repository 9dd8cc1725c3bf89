package proxy_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"tablee/accounts"
	"tablee/identity/proxy"
	"tablee/room"
)

// rig is a server that only says for whom a request vouches, over real HTTP.
type rig struct {
	t   *testing.T
	url string
	log bytes.Buffer
}

func newRig(t *testing.T, change func(*proxy.Config)) *rig {
	t.Helper()
	g := &rig{t: t}
	cfg := proxy.Config{Header: "Ynh-User", NameHeader: "Ynh-User-Fullname", Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}, Basic: true,
		Log: slog.New(slog.NewTextHandler(&g.log, nil))}
	change(&cfg)
	p, err := proxy.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e, err := p.Who(r)
		if err != nil {
			http.Error(w, string(room.CodeOf(err)), http.StatusForbidden)
			return
		}
		fmt.Fprintf(w, "%s %s %s admin=%v", e.Source, e.Subject, e.Name, e.Admin)
	}))
	t.Cleanup(s.Close)
	g.url = s.Listener.Addr().String()
	return g
}

// from sends a request from an address of this machine, with header lines as they are.
func (g *rig) from(address string, lines ...string) string {
	g.t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	c, err := d.Dial("tcp", g.url)
	if err != nil {
		g.t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "GET /sso HTTP/1.1\r\nHost: meet.example\r\n%s\r\n\r\n", strings.Join(lines, "\r\n"))
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		g.t.Fatal(err)
	}
	defer answer.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(answer.Body); err != nil {
		g.t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

func basic(user string) string {
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user+":-"))
}

const (
	ours     = "127.0.0.2"
	stranger = "127.0.0.1"
	refused  = "login_refused"
)

func TestHeader(t *testing.T) {
	g := newRig(t, func(*proxy.Config) {})
	if got := g.from(ours, "Ynh-User: Anne", basic("Anne"), "Ynh-User-Fullname: Anne Martin"); got != "sso anne Anne Martin admin=false" {
		t.Error(got)
	}
	for name, c := range map[string][]string{
		"a stranger":                          {stranger, "Ynh-User: anne", basic("anne")},
		"a stranger who claims to be a proxy": {stranger, "Ynh-User: anne", basic("anne"), "X-Forwarded-For: 127.0.0.2", "Forwarded: for=127.0.0.2", "X-Real-IP: 127.0.0.2"},
		"without Basic":                       {ours, "Ynh-User: anne"},
		"another Basic":                       {ours, "Ynh-User: anne", basic("mallory")},
		"Basic in other letters":              {ours, "Ynh-User: anne", basic("Anne")},
		"a token":                             {ours, "Ynh-User: anne", "Authorization: Bearer anne"},
		"two headers":                         {ours, "Ynh-User: anne", "Ynh-User: mallory", basic("anne")},
		"a browser's own before the proxy's":  {ours, "Ynh-User: mallory", "Ynh-User: anne", basic("anne")},
		"an empty one":                        {ours, "Ynh-User:  ", basic("")},
		"none":                                {ours, basic("anne")},
		"an underscore":                       {ours, "Ynh_User: anne", basic("anne")},
		"a very long one":                     {ours, "Ynh-User: " + strings.Repeat("a", 2000), basic(strings.Repeat("a", 2000))},
	} {
		if got := g.from(c[0], c[1:]...); got != refused {
			t.Errorf("%s: %s", name, got)
		}
	}
	if !strings.Contains(g.log.String(), "sso.proxies") || !strings.Contains(g.log.String(), "sso.basic") || strings.Contains(g.log.String(), "anne") {
		t.Errorf("the log: %s", &g.log)
	}
}

func TestSecret(t *testing.T) {
	g := newRig(t, func(c *proxy.Config) { c.Secret, c.Basic = "of the proxy", false })
	if got := g.from(ours, "Ynh-User: anne", "Tablee-Proxy-Secret: of the proxy"); got != "sso anne  admin=false" {
		t.Error(got)
	}
	for _, secret := range []string{"", "of the prox", "of the proxyy"} {
		if got := g.from(ours, "Ynh-User: anne", "Tablee-Proxy-Secret: "+secret); got != refused {
			t.Errorf("%q: %s", secret, got)
		}
	}
	if got := g.from(ours, "Ynh-User: anne"); got != refused {
		t.Error(got)
	}
}

func TestGroups(t *testing.T) {
	g := newRig(t, func(c *proxy.Config) {
		c.Header, c.NameHeader, c.GroupsHeader, c.Basic = "Remote-User", "Remote-Name", "Remote-Groups", false
		c.Allowed, c.Admins = []string{"choir"}, []string{"admins"}
	})
	for groups, want := range map[string]string{"choir": "sso anne  admin=false", "x, admins": "sso anne  admin=true", "choir,admins": "sso anne  admin=true",
		"": refused, "choirs": refused, ",": refused, "x choir": refused} {
		if got := g.from(ours, "Remote-User: anne", "Remote-Groups: "+groups); got != want {
			t.Errorf("%q: %s", groups, got)
		}
	}
}

// With a directory, the proxy says the login only: who comes by the portal is who they are by password.
func TestDirectory(t *testing.T) {
	g := newRig(t, func(c *proxy.Config) {
		c.Look = func(_ context.Context, login string) (accounts.External, error) {
			if login != "anne" {
				return accounts.External{}, accounts.ErrUnknown
			}
			return accounts.External{Source: accounts.LDAP, Subject: "7", Name: "Anne Martin", Admin: true}, nil
		}
	})
	if got := g.from(ours, "Ynh-User: anne", basic("anne"), "Ynh-User-Fullname: X"); got != "ldap 7 Anne Martin admin=true" {
		t.Error(got)
	}
	if got := g.from(ours, "Ynh-User: lea", basic("lea")); got != refused {
		t.Error(got)
	}
	if got := g.from(stranger, "Ynh-User: anne", basic("anne")); got != refused {
		t.Error(got)
	}
}

func TestSettings(t *testing.T) {
	for _, c := range []proxy.Config{{Header: "X"}, {Header: "X", Proxies: []netip.Prefix{netip.MustParsePrefix("::1/128")}, Admins: []string{"x"}}} {
		if _, err := proxy.New(c); err == nil || !strings.Contains(err.Error(), "sso.") {
			t.Error(err)
		}
	}
}
