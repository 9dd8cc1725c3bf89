package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// handshake is what a client that trusts roots makes of a keeper.
func handshake(t *testing.T, k Keeper, roots *x509.CertPool, name string) error {
	t.Helper()
	client, server := net.Pipe()
	defer client.Close()
	defer server.Close()
	go func() { _ = tls.Server(server, Config(k)).Handshake() }()
	return tls.Client(client, &tls.Config{RootCAs: roots, ServerName: name}).Handshake()
}

func internal(t *testing.T, dir string, now func() time.Time, names []string, addrs ...string) (*Internal, *x509.CertPool) {
	t.Helper()
	var all []netip.Addr
	for _, a := range addrs {
		all = append(all, netip.MustParseAddr(a))
	}
	i, err := NewInternal(dir, func() []string { return names }, func() []netip.Addr { return all }, now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(i.ca)
	return i, roots
}

func TestInternalAuthority(t *testing.T) {
	dir := t.TempDir()
	names := []string{"localhost", "tablee.local", "lan.example.org"}
	i, roots := internal(t, dir, time.Now, names, "192.168.1.10", "fd00::7", "127.0.0.1", "203.0.113.9")
	for _, name := range []string{"localhost", "tablee.local", "TABLEE.local", "lan.example.org", "192.168.1.10", "fd00::7"} {
		if err := handshake(t, i, roots, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"example.org", "bank.test", "203.0.113.9", "10.0.0.1"} { // the last is not ours
		if err := handshake(t, i, roots, name); err == nil {
			t.Errorf("%s is vouched for", name)
		}
	}
	again, _ := internal(t, dir, time.Now, names, "192.168.1.10")
	if !slices.Equal(i.CA(), again.CA()) {
		t.Error("the authority changes with every start")
	}
	for _, f := range []string{caFile, caKeyFile} {
		info, err := os.Stat(filepath.Join(dir, f))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f, info.Mode(), err)
		}
	}
	if s := i.Status(); len(s) != 1 || s[0].Warning != "" || s[0].NotAfter.IsZero() {
		t.Errorf("status %+v", s)
	}
}

func TestTheAuthorityCannotVouchForTheWorld(t *testing.T) {
	i, roots := internal(t, t.TempDir(), time.Now, []string{"tablee.local"}, "192.168.1.10")
	for _, c := range []struct {
		name string
		ip   net.IP
	}{{"bank.example", nil}, {"tablee.local.example", nil}, {"", net.IPv4(203, 0, 113, 9)}} {
		stolen, err := i.sign([]string{c.name}, []net.IP{c.ip}, time.Now())
		if c.name == "" {
			stolen, err = i.sign(nil, []net.IP{c.ip}, time.Now())
		} else if c.ip == nil {
			stolen, err = i.sign([]string{c.name}, nil, time.Now())
		}
		if err != nil {
			t.Fatal(err)
		}
		name := c.name
		if name == "" {
			name = c.ip.String()
		}
		if _, err := stolen.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name}); err == nil {
			t.Errorf("whoever has the key can impersonate %s", name)
		}
	}
}

func TestInternalFollowsTheMachine(t *testing.T) {
	now := time.Now()
	addrs := []netip.Addr{netip.MustParseAddr("192.168.1.10")}
	dir := t.TempDir()
	i, err := NewInternal(dir, func() []string { return []string{"tablee.local"} }, func() []netip.Addr { return addrs },
		func() time.Time { return now }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	get := func() *tls.Certificate {
		c, err := i.GetCertificate(&tls.ClientHelloInfo{})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := get()
	if get() != first {
		t.Error("each handshake makes a certificate")
	}
	addrs = append(addrs, netip.MustParseAddr("192.168.2.20"))
	second := get()
	if second.Leaf.VerifyHostname("192.168.2.20") != nil {
		t.Error("a new address is not vouched for")
	}
	now = now.Add(leafLife - leafLife/4)
	if third := get(); third == second || statusOf(third.Leaf, now).Warning != "" {
		t.Error("it was not renewed")
	}
	now = now.Add(caLife)
	if j, _ := internal(t, dir, func() time.Time { return now }, []string{"tablee.local"}); slices.Equal(j.CA(), i.CA()) {
		t.Error("an authority that has expired stays in use")
	}
	if k, _ := internal(t, dir, func() time.Time { return now }, []string{"meet.example.org"}); !covers(k.ca, []string{"meet.example.org"}) {
		t.Error("an authority that may not vouch for the name stays in use")
	}
	if err := os.WriteFile(filepath.Join(dir, caFile), []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewInternal(dir, func() []string { return nil }, func() []netip.Addr { return nil }, time.Now, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("an authority that cannot be read is replaced in silence")
	}
}

func TestFilesAreReadAgain(t *testing.T) {
	dir := t.TempDir()
	one, rootsOne := internal(t, filepath.Join(dir, "one"), time.Now, []string{"meet.test"})
	two, rootsTwo := internal(t, filepath.Join(dir, "two"), time.Now, []string{"meet.test"})
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	put := func(i *Internal, files ...string) {
		t.Helper()
		c, err := i.current()
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			kind, content := "CERTIFICATE", c.Certificate[0]
			if f == key {
				kind, content = "PRIVATE KEY", der
			}
			if err := writeWhole(f, kind, content); err != nil {
				t.Fatal(err)
			}
		}
	}
	now := time.Now()
	if _, err := NewFiles(cert, key, time.Now, slog.New(slog.DiscardHandler)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("files that are not there: %v", err)
	}
	put(one, cert, key)
	f, err := NewFiles(cert, key, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, roots *x509.CertPool, warning string) {
		t.Helper()
		now = now.Add(lookEvery)
		if err := handshake(t, f, roots, "meet.test"); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if got := f.Status()[0].Warning; (got != "") != (warning != "") || !strings.Contains(got, warning) {
			t.Errorf("%s: the warning is %q", what, got)
		}
	}
	check("at first", rootsOne, "")
	put(two, cert)
	check("the new certificate with the old key", rootsOne, "cannot be used; the old certificate stays in use")
	put(two, key)
	check("both new", rootsTwo, "")
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	check("the key is gone", rootsTwo, "cannot be used")
}

func TestWarnings(t *testing.T) {
	now := time.Now()
	leaf := func(from, to time.Duration) *x509.Certificate {
		return &x509.Certificate{NotBefore: now.Add(from), NotAfter: now.Add(to)}
	}
	const day = 24 * time.Hour
	for _, c := range []struct {
		leaf *x509.Certificate
		want string
	}{
		{leaf(-day, 89*day), ""},
		{leaf(-65*day, 25*day), ""}, // renewal is due, and may take some days
		{leaf(-80*day, 10*day), "has not been renewed yet"},
		{leaf(-91*day, -day), "has expired"},
		{leaf(day, 90*day), "not valid yet"},
	} {
		if got := statusOf(c.leaf, now).Warning; (got != "") != (c.want != "") || !strings.Contains(got, c.want) {
			t.Errorf("%v to %v: %q", c.leaf.NotBefore, c.leaf.NotAfter, got)
		}
	}
}

func TestBothAskTheRightOne(t *testing.T) {
	dir := t.TempDir()
	local, roots := internal(t, filepath.Join(dir, "a"), time.Now, []string{"tablee.local"})
	public, world := internal(t, filepath.Join(dir, "b"), time.Now, []string{"meet.test"})
	b := Both{Local: local, Public: public}
	if err := handshake(t, b, roots, "tablee.local"); err != nil {
		t.Error(err)
	}
	if err := handshake(t, b, world, "meet.test"); err != nil {
		t.Error(err)
	}
	if len(b.Status()) != 2 {
		t.Error("status leaves one out")
	}
}
