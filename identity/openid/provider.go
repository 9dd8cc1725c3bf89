package openid

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
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Bounds of the talk with a provider.
const (
	askTimeout   = 10 * time.Second // for one request
	maxAnswer    = 1 << 20          // bytes
	retryEvery   = 30 * time.Second // while it is down
	retryPause   = 5 * time.Second  // at least, however many people want to log in meanwhile
	refreshEvery = 12 * time.Hour
	maxExchanges = 8 // logins that are finished at once
)

// Config says which provider, and what it is believed. Issuer, ClientID, Secure, Now and Log are required.
type Config struct {
	Issuer       string // as the provider calls itself
	Name         string // on the button; "" for the issuer's host
	ClientID     string
	ClientSecret string // "" for a public client
	Scopes       []string
	LoginClaims  []string // the first that is there
	NameClaims   []string // the first that is there
	GroupClaims  []string // all that are there
	Allowed      []string // groups whose members may come in; none for everybody
	Admins       []string // groups whose members are admins; none to leave that to this server
	Leave        bool     // who logs out here is led to the provider's own logout
	Roots        *x509.CertPool
	Secure       func(*http.Request) bool // whether the browser speaks TLS
	Now          func() time.Time
	Log          *slog.Logger
}

// Provider is one OpenID provider. It may be used from many goroutines.
type Provider struct {
	cfg    Config
	client *http.Client
	asking chan struct{} // one discovery at a time
	busy   chan struct{} // one token for each exchange under way

	mu      sync.Mutex
	found   *found    // guarded by mu; nil before the first discovery
	failure error     // guarded by mu: of the last discovery
	tried   time.Time // guarded by mu
}

// found is what discovery has told.
type found struct {
	provider *oidc.Provider
	verifier *oidc.IDTokenVerifier
	oauth    oauth2.Config // without RedirectURL
	leave    string        // end_session_endpoint
}

// New makes a Provider; it asks nothing yet.
func New(cfg Config) (*Provider, error) {
	u, err := url.Parse(cfg.Issuer)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("oidc.issuer must be an address such as https://id.example.org/realms/home")
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return nil, errors.New("oidc.issuer must begin with https://; http:// is for a provider on this machine only")
	case cfg.ClientID == "":
		return nil, errors.New("oidc.issuer is set; oidc.client_id must be, too: the name under which the provider knows this server")
	}
	if cfg.Name == "" {
		cfg.Name = u.Hostname()
	}
	for _, list := range []struct {
		of    *[]string
		other []string
	}{{&cfg.LoginClaims, defaultLogins()}, {&cfg.NameClaims, defaultNames()}, {&cfg.GroupClaims, defaultGroups()}} {
		if len(*list.of) == 0 {
			*list.of = list.other
		}
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: cfg.Roots, MinVersion: tls.VersionTLS12},
		DialContext: (&net.Dialer{Timeout: askTimeout}).DialContext, MaxIdleConns: maxExchanges, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true}
	return &Provider{cfg: cfg, client: &http.Client{Timeout: askTimeout, Transport: bounded{transport}},
		asking: make(chan struct{}, 1), busy: make(chan struct{}, maxExchanges)}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// bounded cuts answers that are too long.
type bounded struct{ *http.Transport }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.Transport.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, maxAnswer), answer.Body}
	}
	return answer, err
}

// Name is what stands on the button.
func (p *Provider) Name() string { return p.cfg.Name }

// Failure says in plain words why the provider cannot be asked; nil when it can.
func (p *Provider) Failure() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failure
}

// Run keeps looking for the provider until ctx ends: until it is there, and then twice a day.
func (p *Provider) Run(ctx context.Context) error {
	for {
		pause := refreshEvery
		if _, err := p.discover(ctx); err != nil {
			pause = retryEvery
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			p.client.CloseIdleConnections()
			return nil
		case <-timer.C:
		}
	}
}

// get is the provider as far as it is known, and looks for it if it is not.
func (p *Provider) get(ctx context.Context) (*found, error) {
	p.mu.Lock()
	f, failure, tried := p.found, p.failure, p.tried
	p.mu.Unlock()
	switch {
	case f != nil:
		return f, nil
	case failure != nil && p.cfg.Now().Sub(tried) < retryPause:
		return nil, failure
	}
	return p.discover(ctx)
}

// discover asks the provider for its addresses and keys (OpenID Connect Discovery 1.0, section 4). What was known before
// stays in use when it fails.
func (p *Provider) discover(ctx context.Context) (*found, error) {
	select {
	case p.asking <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-p.asking }()
	f, err := p.ask(ctx)
	if ctx.Err() != nil {
		return nil, ctx.Err() // who has gone away says nothing about the provider
	}
	if err != nil {
		err = errors.New(explain(err, p.cfg.Issuer))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if was := p.failure; err != nil && was == nil {
		p.cfg.Log.Warn("nobody can log in by the OpenID provider for now; it is asked again", "error", err)
	} else if err == nil && was != nil {
		p.cfg.Log.Info("the OpenID provider is there again")
	}
	p.failure, p.tried = err, p.cfg.Now()
	if err != nil {
		return p.found, err
	}
	p.found = f
	return f, nil
}

func (p *Provider) ask(ctx context.Context) (*found, error) {
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.cfg.Issuer)
	if err != nil {
		return nil, err
	}
	var more struct {
		Leave  string   `json:"end_session_endpoint"`
		Scopes []string `json:"scopes_supported"`
		Keys   string   `json:"jwks_uri"`
	}
	if err := provider.Claims(&more); err != nil {
		return nil, err
	}
	if provider.Endpoint().AuthURL == "" || provider.Endpoint().TokenURL == "" || more.Keys == "" {
		return nil, errors.New("it tells no authorization_endpoint, token_endpoint or jwks_uri")
	}
	f := &found{provider: provider, verifier: provider.Verifier(&oidc.Config{ClientID: p.cfg.ClientID, Now: p.cfg.Now}), leave: more.Leave}
	f.oauth = oauth2.Config{ClientID: p.cfg.ClientID, ClientSecret: p.cfg.ClientSecret, Endpoint: provider.Endpoint(), Scopes: p.cfg.Scopes}
	if len(f.oauth.Scopes) == 0 {
		f.oauth.Scopes = []string{"profile"}
		if slices.Contains(more.Scopes, "groups") && len(p.cfg.Allowed)+len(p.cfg.Admins) > 0 {
			f.oauth.Scopes = append(f.oauth.Scopes, "groups")
		}
	}
	if !slices.Contains(f.oauth.Scopes, oidc.ScopeOpenID) {
		f.oauth.Scopes = append([]string{oidc.ScopeOpenID}, f.oauth.Scopes...)
	}
	return f, nil
}

// Probe asks the provider, for the doctor: is it there, does it know itself by the name that we have, has it keys.
func (p *Provider) Probe(ctx context.Context) error {
	f, err := p.discover(ctx)
	if err != nil {
		return err
	}
	var keys struct {
		Address string `json:"jwks_uri"`
	}
	if err := f.provider.Claims(&keys); err != nil {
		return fmt.Errorf("read what the provider tells: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, keys.Address, nil)
	if err != nil {
		return fmt.Errorf("read the address of the provider's keys: %w", err)
	}
	answer, err := p.client.Do(r)
	if err != nil {
		return errors.New(explain(err, p.cfg.Issuer))
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the provider's keys cannot be had: %s", answer.Status)
	}
	return nil
}

// explain says what is wrong with the provider in words that help.
func explain(err error, issuer string) string {
	if other, ok := errors.AsType[*oidc.IssuerMismatchError](err); ok {
		return fmt.Sprintf("the provider at %s calls itself %q; write exactly that as oidc.issuer", issuer, other.Discovered)
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "the certificate of " + issuer + " is not one that this machine trusts; name its authority in oidc.ca_roots"
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return "there is no name " + dns.Name + " to be found; check oidc.issuer and the name server"
	}
	if _, ok := errors.AsType[*url.Error](err); ok {
		return issuer + " does not answer; is the provider running, and can this machine reach it?"
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return fmt.Sprintf("there is no OpenID provider at %s: %.200s", issuer, text)
}
