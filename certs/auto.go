package certs

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
)

// shortLived is Let's Encrypt's profile of six days, the only one in which it vouches for IP addresses.
const shortLived = "shortlived"

// AutoConfig is what an Auto is made of.
type AutoConfig struct {
	Dir      string // where accounts, keys and certificates are kept
	Email    string // told to the authorities; may be "", and then those are not asked that insist on it
	HTTPPort int    // where we listen for http:// ; the outside reaches it as 80
	TLSPort  int    // where we listen for https:// ; the outside reaches it as 443
	Now      func() time.Time
	Log      *slog.Logger

	// Authorities are asked one after the other; none stands for Let's Encrypt and ZeroSSL.
	Authorities []Authority

	// RenewEvery and RenewLeft say how often to look whether a certificate is due, and at which part of its life left
	// it is. The zero values are ten minutes and a third.
	RenewEvery time.Duration
	RenewLeft  float64
}

// Authority is one that issues certificates by ACME (RFC 8555).
type Authority struct {
	URL        string         // of its directory
	TestURL    string         // of one that is tried first when there was a failure, so as not to use up what the real one allows; "" for none
	Roots      *x509.CertPool // of its own https; nil for the system's
	Binding    string         // where an account is bound to an address of e-mail, which it insists on; "" for no such thing
	NoProfiles bool           // it offers no choice of lifetimes, and vouches for names only
}

// Auto gets certificates by itself.
type Auto struct {
	cfg     AutoConfig
	running atomic.Pointer[manager] // nil before Run

	mu    sync.Mutex
	names []string          // guarded by mu; wanted
	wrong map[string]string // guarded by mu; name → why the last attempt failed
}

// manager is certmagic at work.
type manager struct {
	ctx    context.Context // of Run
	cache  *certmagic.Cache
	config *certmagic.Config // names
	short  *certmagic.Config // IP addresses
	http   []*certmagic.ACMEIssuer
}

// NewAuto makes one for host names and IP addresses. It gets nothing before Run.
func NewAuto(cfg AutoConfig, names []string) *Auto {
	return &Auto{cfg: cfg, names: normal(names), wrong: map[string]string{}}
}

func normal(names []string) []string {
	var out []string
	for _, n := range names {
		if n = strings.ToLower(strings.TrimSuffix(n, ".")); !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// Run gets and renews certificates until ctx ends. The ports must be open already, so that the authority's checks find
// us.
func (a *Auto) Run(ctx context.Context) error {
	m := a.newManager(ctx)
	defer m.cache.Stop()
	a.running.Store(m)
	a.mu.Lock()
	names := slices.Clone(a.names)
	a.mu.Unlock()
	if err := m.manage(names); err != nil {
		return fmt.Errorf("begin with the certificates: %w", err)
	}
	<-ctx.Done()
	return nil
}

// SetNames changes what there are certificates for: a setting, or the public address, has changed. Those of names that
// are not wanted any more stay in their folder, for the day when they are.
func (a *Auto) SetNames(names []string) error {
	names = normal(names)
	a.mu.Lock()
	old := a.names
	a.names = names
	for n := range a.wrong {
		if !slices.Contains(names, n) {
			delete(a.wrong, n)
		}
	}
	a.mu.Unlock()
	m := a.running.Load()
	if m == nil {
		return nil // Run begins with these
	}
	var gone []certmagic.SubjectIssuer
	for _, n := range old {
		if !slices.Contains(names, n) {
			gone = append(gone, certmagic.SubjectIssuer{Subject: n})
		}
	}
	m.cache.RemoveManaged(gone)
	return m.manage(names)
}

// manage begins to look after names.
func (m *manager) manage(names []string) error {
	for _, n := range names {
		c := m.config
		if _, err := netip.ParseAddr(n); err == nil {
			c = m.short
		}
		if err := c.ManageAsync(m.ctx, []string{n}); err != nil {
			return err
		}
	}
	return nil
}

func (a *Auto) newManager(ctx context.Context) *manager {
	m := &manager{ctx: ctx}
	log := zap.New(bridge{log: a.cfg.Log})
	m.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(c certmagic.Certificate) (*certmagic.Config, error) {
			if len(c.Names) > 0 && certmagic.SubjectIsIP(c.Names[0]) {
				return m.short, nil
			}
			return m.config, nil
		},
		RenewCheckInterval: a.cfg.RenewEvery,
		Logger:             log,
	})
	m.config, m.short = a.newConfig(m, log, ""), a.newConfig(m, log, shortLived)
	return m
}

func (a *Auto) newConfig(m *manager, log *zap.Logger, profile string) *certmagic.Config {
	c := certmagic.New(m.cache, certmagic.Config{
		Storage:            &certmagic.FileStorage{Path: a.cfg.Dir},
		RenewalWindowRatio: a.cfg.RenewLeft,
		DisableARI:         a.cfg.RenewLeft != 0, // the authority's advice would overrule it
		Logger:             log,
		OnEvent:            a.event,
	})
	var issuers []certmagic.Issuer
	for _, ca := range a.authorities(profile) {
		t := certmagic.ACMEIssuer{CA: ca.URL, TestCA: cmp.Or(ca.TestURL, ca.URL), TrustedRoots: ca.Roots}
		if ca.Binding != "" {
			t.NewAccountFunc = ca.bind
		}
		t.Email, t.Agreed, t.Profile, t.Logger = a.cfg.Email, true, profile, log
		t.AltHTTPPort, t.AltTLSALPNPort = a.cfg.HTTPPort, a.cfg.TLSPort
		iss := certmagic.NewACMEIssuer(c, t)
		issuers = append(issuers, iss)
		m.http = append(m.http, iss)
	}
	c.Issuers = issuers
	return c
}

// authorities are those that are asked for certificates of a profile, in this order.
func (a *Auto) authorities(profile string) (all []Authority) {
	known := a.cfg.Authorities
	if len(known) == 0 {
		known = []Authority{
			{URL: certmagic.LetsEncryptProductionCA, TestURL: certmagic.LetsEncryptStagingCA},
			{URL: certmagic.ZeroSSLProductionCA, Binding: zeroSSLBinding, NoProfiles: true},
		}
	}
	for _, ca := range known {
		if (ca.Binding == "" || a.cfg.Email != "") && (profile == "" || !ca.NoProfiles) {
			all = append(all, ca)
		}
	}
	return all
}

// event notes what became of an attempt.
func (a *Auto) event(_ context.Context, event string, data map[string]any) error {
	name, _ := data["identifier"].(string)
	a.mu.Lock()
	defer a.mu.Unlock()
	switch event {
	case "cert_obtained":
		delete(a.wrong, name)
		a.cfg.Log.Info("a certificate was issued", "name", name)
	case "cert_failed":
		if slices.Contains(a.names, name) {
			a.wrong[name] = fmt.Sprint(data["error"])
		}
	}
	return nil
}

// GetCertificate implements Keeper. A client that came by address sends no name (RFC 6066, section 3): it gets the
// certificate of the address that it came to, or else, since a router may have changed that on the way, the first one.
func (a *Auto) GetCertificate(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
	m := a.running.Load()
	if m == nil {
		return nil, errNoCertificate
	}
	if h.ServerName == "" {
		named := *h
		named.ServerName = a.nameFor(h)
		h = &named
	}
	return m.config.GetCertificate(h)
}

func (a *Auto) nameFor(h *tls.ClientHelloInfo) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if h.Conn != nil {
		if to, err := netip.ParseAddrPort(h.Conn.LocalAddr().String()); err == nil {
			if ip := to.Addr().Unmap().WithZone("").String(); slices.Contains(a.names, ip) {
				return ip
			}
		}
	}
	if len(a.names) == 0 {
		return ""
	}
	return a.names[0]
}

// Challenge answers an authority's check over http://, and says if it was one.
func (a *Auto) Challenge(w http.ResponseWriter, r *http.Request) bool {
	if m := a.running.Load(); m != nil && certmagic.LooksLikeHTTPChallenge(r) {
		return slices.ContainsFunc(m.http, func(i *certmagic.ACMEIssuer) bool { return i.HandleHTTPChallenge(w, r) })
	}
	return false
}

// Status implements Keeper.
func (a *Auto) Status() []Status {
	a.mu.Lock()
	names := slices.Clone(a.names)
	wrong := map[string]string{}
	for n, w := range a.wrong {
		wrong[n] = w
	}
	a.mu.Unlock()
	var all []Status
	for _, n := range names {
		s := Status{Names: []string{n}, Warning: "There is no certificate for " + n + " yet; one has been asked for."}
		if m := a.running.Load(); m != nil {
			if certs := m.cache.AllMatchingCertificates(n); len(certs) > 0 && certs[0].Leaf != nil {
				s = statusOf(certs[0].Leaf, a.cfg.Now())
			}
		}
		if w, ok := wrong[n]; ok {
			s.Warning = failure(n, s, w)
		}
		all = append(all, s)
	}
	return all
}

func failure(name string, s Status, why string) string {
	hint := " It is tried again and again. Does the name lead to this machine, and are ports 80 and 443 open to it from the outside? `tablee doctor` checks. The authority says: " + why
	if s.NotAfter.IsZero() {
		return "A certificate for " + name + " could not be had." + hint
	}
	return fmt.Sprintf("The certificate for %s could not be renewed; the old one stays in use until %s.%s", name,
		s.NotAfter.UTC().Format(time.DateOnly), hint)
}
