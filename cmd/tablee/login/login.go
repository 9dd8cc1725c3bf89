package login

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"time"

	"tablee/cmd/tablee/config"
	"tablee/identity/directory"
	"tablee/identity/openid"
	"tablee/identity/proxy"
)

// Ways are the ways in; each is nil when it is not set.
type Ways struct {
	OpenID    *openid.Provider
	Directory *directory.Directory
	Proxy     *proxy.Proxy
}

// New makes the ways in. secure says if a browser speaks TLS.
func New(c config.Login, secure func(*http.Request) bool, log *slog.Logger) (w Ways, err error) {
	if c.OIDC.Issuer != "" {
		if w.OpenID, err = newOpenID(c.OIDC, secure, log); err != nil {
			return Ways{}, err
		}
	}
	if c.LDAP.URL != "" {
		if w.Directory, err = newDirectory(c.LDAP, log); err != nil {
			return Ways{}, err
		}
	}
	if c.SSO.Header != "" {
		if w.Proxy, err = newProxy(c.SSO, w.Directory, log); err != nil {
			return Ways{}, err
		}
	}
	return w, nil
}

func newOpenID(c config.OIDC, secure func(*http.Request) bool, log *slog.Logger) (*openid.Provider, error) {
	pool, err := Roots("oidc.ca_roots", c.CARoots)
	if err != nil {
		return nil, err
	}
	return openid.New(openid.Config{Issuer: c.Issuer, Name: c.Name, ClientID: c.ClientID, ClientSecret: c.ClientSecret, Scopes: c.Scopes,
		LoginClaims: c.LoginClaims, NameClaims: c.NameClaims, GroupClaims: c.GroupClaims, Allowed: c.Allowed, Admins: c.Admins, Leave: c.Leave,
		Roots: pool, Secure: secure, Now: time.Now, Log: log})
}

func newDirectory(c config.LDAP, log *slog.Logger) (*directory.Directory, error) {
	pool, err := Roots("ldap.ca_roots", c.CARoots)
	if err != nil {
		return nil, err
	}
	names := c.Names
	if len(names) == 0 {
		names = []string{"displayName", "cn"}
	}
	return directory.New(directory.Config{URL: c.URL, StartTLS: c.StartTLS, Roots: pool, BindDN: c.BindDN, BindPassword: c.BindPassword, Base: c.Base,
		Filter: c.Filter, AdminFilter: c.AdminFilter, AdminGroup: c.AdminGroup, ID: c.ID, Names: names, Log: log})
}

func newProxy(c config.SSO, d *directory.Directory, log *slog.Logger) (*proxy.Proxy, error) {
	cfg := proxy.Config{Header: c.Header, NameHeader: c.NameHeader, GroupsHeader: c.GroupsHeader, Proxies: c.Proxies, Basic: c.Basic, Secret: c.Secret,
		Allowed: c.Allowed, Admins: c.Admins, Name: cmp.Or(c.Name, "SSO"), Log: log}
	if len(cfg.Proxies) == 0 {
		cfg.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	}
	if d != nil { // who comes by the portal is who they are by password
		cfg.Look = d.Look
	}
	return proxy.New(cfg)
}

// Roots are the system's certificate authorities and those in a file; nil for the system's alone.
func Roots(key, file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read %s: %s has no certificate in it", key, file)
	}
	return pool, nil
}

// Probe asks each way in if it works, and returns what is wrong with it; nil for nothing. Only those that are set are in it.
func (w Ways) Probe(ctx context.Context) map[string]error {
	found := map[string]error{}
	if w.OpenID != nil {
		found["oidc"] = w.OpenID.Probe(ctx)
	}
	if w.Directory != nil {
		found["ldap"] = w.Directory.Probe(ctx)
	}
	return found
}

// Failure is what keeps people from logging in by a provider at the moment; nil for nothing.
func (w Ways) Failure() error {
	var errs []error
	if w.OpenID != nil {
		errs = append(errs, w.OpenID.Failure())
	}
	if w.Directory != nil {
		errs = append(errs, w.Directory.Failure())
	}
	return errors.Join(errs...)
}

// Run keeps looking for the provider until ctx ends.
func (w Ways) Run(ctx context.Context) error {
	if w.OpenID == nil {
		<-ctx.Done()
		return nil
	}
	return w.OpenID.Run(ctx)
}
