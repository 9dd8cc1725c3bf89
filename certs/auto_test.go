package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tablee/certs/acmetest"
)

const patience = 90 * time.Second

// site is a server whose certificates come from pebble.
type site struct {
	*Auto
	t    *testing.T
	addr string
	stop func()
}

// ports opens the two ports at which the authority checks.
func ports(t *testing.T) (plain, secure net.Listener) {
	t.Helper()
	var all [2]net.Listener
	for i := range all {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		all[i] = l
	}
	return all[0], all[1]
}

func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

// begin runs an Auto behind real ports until stop.
func begin(t *testing.T, plain, secure net.Listener, p *acmetest.Pebble, dir string, change func(*AutoConfig), names ...string) *site {
	t.Helper()
	cfg := AutoConfig{Dir: dir, Authorities: []Authority{{URL: p.URL, Roots: p.Roots}}, HTTPPort: portOf(plain), TLSPort: portOf(secure), Now: time.Now,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	if change != nil {
		change(&cfg)
	}
	s := &site{Auto: NewAuto(cfg, names), t: t, addr: secure.Addr().String()}
	web := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.Challenge(w, r) {
			http.NotFound(w, r)
		}
	})}
	go func() { _ = web.Serve(plain) }()
	encrypted := tls.NewListener(secure, Config(s))
	go func() {
		for {
			c, err := encrypted.Accept()
			if err != nil {
				return
			}
			go func() {
				_ = c.(*tls.Conn).Handshake()
				_ = c.Close()
			}()
		}
	}()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	var stopped bool
	s.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		_ = web.Close()
		_ = encrypted.Close()
	}
	t.Cleanup(s.stop)
	return s
}

// served is the certificate that a client gets who asks for name.
func (s *site) served(name string) (*x509.Certificate, error) {
	d := &net.Dialer{Timeout: 5 * time.Second}
	c, err := tls.DialWithDialer(d, "tcp", s.addr, &tls.Config{ServerName: name, InsecureSkipVerify: true})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0], nil
}

// until waits for a certificate that good likes.
func (s *site) until(what, name string, good func(*x509.Certificate) bool) *x509.Certificate {
	s.t.Helper()
	late := time.After(patience)
	for every := time.NewTicker(50 * time.Millisecond); ; {
		if c, err := s.served(name); err == nil && good(c) {
			every.Stop()
			return c
		}
		select {
		case <-every.C:
		case <-late:
			s.t.Fatalf("%s: it did not come; status %+v", what, s.Status())
		}
	}
}

func any1(*x509.Certificate) bool { return true }

func TestCertificatesFromARealAuthority(t *testing.T) {
	plain, secure := ports(t)
	p := acmetest.Start(t, acmetest.Options{HTTPPort: portOf(plain), TLSPort: portOf(secure)})
	dir := t.TempDir()
	s := begin(t, plain, secure, p, dir, nil, "Meet.Test", "127.0.0.1")

	first := s.until("the first certificate", "meet.test", any1)
	if _, err := first.Verify(x509.VerifyOptions{DNSName: "meet.test", Roots: p.Issued(), Intermediates: s.chain("meet.test")}); err != nil {
		t.Errorf("a client refuses it: %v", err)
	}
	ip := s.until("the certificate of the address", "127.0.0.1", func(c *x509.Certificate) bool { return len(c.IPAddresses) == 1 })
	if life := ip.NotAfter.Sub(ip.NotBefore); life > 7*24*time.Hour {
		t.Errorf("it lives for %v; addresses are vouched for in the short-lived profile only", life)
	}
	for _, st := range s.Status() {
		if st.Warning != "" || st.NotAfter.IsZero() {
			t.Errorf("status %+v", st)
		}
	}

	if err := s.SetNames([]string{"other.test"}); err != nil {
		t.Fatal(err)
	}
	s.until("the certificate after a change of domain", "other.test", func(c *x509.Certificate) bool { return c.VerifyHostname("other.test") == nil })
	s.until("a client that sends no name, as through a router", "", func(c *x509.Certificate) bool { return c.VerifyHostname("other.test") == nil })
	if c, err := s.served("meet.test"); err == nil && c.VerifyHostname("meet.test") == nil {
		t.Error("the old name is still answered to")
	}
	if err := s.SetNames([]string{"meet.test", "other.test"}); err != nil {
		t.Fatal(err)
	}
	if again := s.until("the old name again", "meet.test", any1); !again.Equal(first) {
		t.Error("its certificate was not kept")
	}
}

func (s *site) chain(name string) *x509.CertPool {
	pool := x509.NewCertPool()
	c, err := s.GetCertificate(&tls.ClientHelloInfo{ServerName: name})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, der := range c.Certificate[1:] {
		i, err := x509.ParseCertificate(der)
		if err != nil {
			s.t.Fatal(err)
		}
		pool.AddCert(i)
	}
	return pool
}

func TestRenewalAndItsFailure(t *testing.T) {
	plain, secure := ports(t)
	p := acmetest.Start(t, acmetest.Options{HTTPPort: portOf(plain), TLSPort: portOf(secure)})
	s := begin(t, plain, secure, p, t.TempDir(), func(c *AutoConfig) {
		c.RenewEvery, c.RenewLeft = 2*time.Second, 0.999999 // due after a few seconds
	}, "meet.test")
	first := s.until("the first certificate", "meet.test", any1)
	renewed := s.until("renewal", "meet.test", func(c *x509.Certificate) bool { return !c.Equal(first) })
	if !renewed.NotBefore.After(first.NotBefore) && renewed.NotAfter.Before(first.NotAfter) {
		t.Error("the renewed certificate is older")
	}

	p.Stop()
	warned := func() string {
		for _, st := range s.Status() {
			if strings.Contains(st.Warning, "could not be renewed; the old one stays in use") {
				return st.Warning
			}
		}
		return ""
	}
	late := time.After(patience)
	for every := time.NewTicker(100 * time.Millisecond); warned() == ""; {
		select {
		case <-every.C:
		case <-late:
			t.Fatalf("nobody is warned: %+v", s.Status())
		}
	}
	if _, err := s.served("meet.test"); err != nil {
		t.Errorf("the old certificate is not served any more: %v", err)
	}
}

func TestACertificateOutlivesTheProcess(t *testing.T) {
	plain, secure := ports(t)
	p := acmetest.Start(t, acmetest.Options{HTTPPort: portOf(plain), TLSPort: portOf(secure)})
	dir := t.TempDir()
	s := begin(t, plain, secure, p, dir, nil, "meet.test")
	first := s.until("the first certificate", "meet.test", any1)
	s.stop()
	p.Stop() // nobody could issue another

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	again, _ := ports(t)
	s = begin(t, again, l, p, dir, nil, "meet.test")
	if got := s.until("the stored certificate", "meet.test", any1); !got.Equal(first) {
		t.Error("another certificate is served")
	}
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s can be read by others: %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestBindingAnAccountOfZeroSSL(t *testing.T) {
	for _, c := range []struct {
		answer string
		good   bool
	}{
		{`{"success":true,"eab_kid":"id","eab_hmac_key":"key"}`, true},
		{`{"success":false,"error":{"code":2900}}`, false},
		{`{"success":true}`, false},
		{`<html>`, false},
	} {
		var asked string
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = r.FormValue("email")
			_, _ = io.WriteString(w, c.answer)
		}))
		eab, err := zeroSSLCredentials(t.Context(), s.URL, "admin@meet.test")
		s.Close()
		if (err == nil) != c.good || c.good && (eab.KeyID != "id" || eab.MACKey != "key") || asked != "admin@meet.test" {
			t.Errorf("%s: got %v, error %v, asked for %q", c.answer, eab, err, asked)
		}
	}
}

// The second authority takes accounts only that are bound to an address of e-mail, as ZeroSSL does.
func TestTheSecondAuthorityWhenTheFirstRefuses(t *testing.T) {
	const id, key = "our-binding", "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
	var asked atomic.Int32
	binding := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		_, _ = fmt.Fprintf(w, `{"success":%v,"eab_kid":%q,"eab_hmac_key":%q}`, r.FormValue("email") == "admin@meet.test", id, key)
	}))
	defer binding.Close()
	plain, secure := ports(t)
	o := acmetest.Options{HTTPPort: portOf(plain), TLSPort: portOf(secure), Refuses: []string{"meet.test"}}
	first := acmetest.Start(t, o)
	o.Refuses, o.Bindings = nil, map[string]string{id: key}
	second := acmetest.Start(t, o)
	s := begin(t, plain, secure, first, t.TempDir(), func(c *AutoConfig) {
		c.Email = "admin@meet.test"
		c.Authorities = append(c.Authorities, Authority{URL: second.URL, Roots: second.Roots, Binding: binding.URL, NoProfiles: true})
	}, "meet.test")
	c := s.until("the second authority's certificate", "meet.test", any1)
	if _, err := c.Verify(x509.VerifyOptions{DNSName: "meet.test", Roots: second.Issued(), Intermediates: s.chain("meet.test")}); err != nil {
		t.Errorf("it is not the second authority's: %v", err)
	}
	if !strings.Contains(first.Said(), "rejectedIdentifier") && !strings.Contains(first.Said(), "POST /order-plz") {
		t.Errorf("the first was not asked:\n%s", first.Said())
	}
	if asked.Load() != 1 {
		t.Errorf("%d accounts were bound", asked.Load())
	}
	if st := s.Status(); len(st) != 1 || st[0].Warning != "" {
		t.Errorf("status %+v", st)
	}
}

func TestAuthoritiesInTheirOrder(t *testing.T) {
	a := NewAuto(AutoConfig{Email: "admin@meet.test"}, []string{"meet.test"})
	if all := a.authorities(""); len(all) != 2 || !strings.Contains(all[0].URL, "letsencrypt") || !strings.Contains(all[1].URL, "zerossl") || all[1].Binding == "" {
		t.Errorf("asked are %v", all)
	}
	if all := a.authorities(shortLived); len(all) != 1 || !strings.Contains(all[0].URL, "letsencrypt") {
		t.Errorf("asked for an address are %v", all)
	}
	a = NewAuto(AutoConfig{}, []string{"meet.test"})
	if all := a.authorities(""); len(all) != 1 || !strings.Contains(all[0].URL, "letsencrypt") {
		t.Errorf("asked without an address of e-mail are %v", all)
	}
	if _, err := a.GetCertificate(&tls.ClientHelloInfo{}); !errors.Is(err, errNoCertificate) {
		t.Errorf("before Run: %v", err)
	}
}
