package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

// TestLoginByAProxy: the whole server behind a real proxy that logs people in. Its header counts when it comes from the proxy,
// with its secret, on /sso; what a browser sends under the same name never does. The session is a new one.
func TestLoginByAProxy(t *testing.T) {
	const secret = "a long random text of the proxy"
	s := localServer(t, options(map[string]string{"data": filepath.Join(t.TempDir(), "data"), "sso-header": "Remote-User", "sso-name-header": "Remote-Name",
		"sso-groups-header": "Remote-Groups", "sso-admin-groups": "admins", "sso-basic": "off", "sso-secret": secret, "sso-proxies": "127.0.0.1"}), deps{})
	defer begin(t, s)()
	direct := "http://" + s.listener.Addr().String()
	target, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
		if r.In.URL.Path != "/sso" {
			return
		}
		for name, value := range map[string]string{"Remote-User": "anne", "Remote-Name": "Anne Martin", "Remote-Groups": "choir,admins", "Tablee-Proxy-Secret": secret} {
			r.Out.Header.Set(name, value) // in place of what the browser sent
		}
	}})
	defer proxy.Close()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	get := func(address string, header ...string) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			r.Header.Add(header[i], header[i+1])
		}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, string(body)
	}
	session := func(resp *http.Response) string {
		for _, c := range resp.Cookies() {
			if c.Name == "tablee_session" && c.Value != "" {
				return c.Name + "=" + c.Value
			}
		}
		return ""
	}

	const planted = "tablee_session=AAAAAAAAAAAAAAAAAAAAAAAAAA"
	resp, _ := get(proxy.URL+"/sso?to=/account", "Cookie", planted, "Remote-User", "mallory", "Remote-User", "anne", "Remote-Groups", "admins")
	cookie := session(resp)
	if resp.StatusCode != http.StatusSeeOther && resp.StatusCode != http.StatusFound || resp.Header.Get("Location") != "/account" || cookie == "" || cookie == planted {
		t.Fatalf("through the proxy: %s, to %q, session %q", resp.Status, resp.Header.Get("Location"), cookie)
	}
	if _, body := get(proxy.URL+"/api/v1/me", "Cookie", cookie); !strings.Contains(body, `"login":"anne"`) || !strings.Contains(body, `"name":"Anne Martin"`) || !strings.Contains(body, `"role":"admin"`) {
		t.Errorf("the session is of %s", body)
	}
	if _, body := get(proxy.URL+"/api/v1/me", "Cookie", planted); strings.Contains(body, "anne") {
		t.Errorf("the planted session is good: %s", body)
	}
	if resp, _ := get(proxy.URL + "/sso?to=https://evil.example/"); strings.Contains(resp.Header.Get("Location"), "evil") {
		t.Errorf("it leads to %s", resp.Header.Get("Location"))
	}
	for name, header := range map[string][]string{
		"past the proxy":           {"Remote-User", "anne", "Remote-Groups", "admins"},
		"with a wrong secret":      {"Remote-User", "anne", "Tablee-Proxy-Secret", secret + "x"},
		"with two names":           {"Remote-User", "anne", "Remote-User", "bob", "Tablee-Proxy-Secret", secret},
		"as an address of a proxy": {"Remote-User", "anne", "X-Forwarded-For", "127.0.0.1"},
	} {
		resp, body := get(direct+"/sso", header...)
		if session(resp) != "" || !strings.HasPrefix(resp.Header.Get("Location"), "/login?error=") {
			t.Errorf("%s: %s, to %q, %s", name, resp.Status, resp.Header.Get("Location"), body)
		}
	}
	// Elsewhere the header is nothing, with the secret too.
	for _, path := range []string{"/api/v1/me", "/api/v1/accounts", "/admin"} {
		resp, body := get(direct+path, "Remote-User", "anne", "Tablee-Proxy-Secret", secret)
		if session(resp) != "" || strings.Contains(body, "anne") {
			t.Errorf("%s believes the header: %s", path, body)
		}
	}
}
