package openid

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"tablee/accounts"
	"tablee/room"
)

// The way of a login:
//  1. Start gives the browser a ticket and leads it to the provider, with the ticket's state, nonce and code challenge.
//  2. The provider asks who it is, and leads it back to backPath with the state and a code.
//  3. Finish compares the state, takes the ticket away, and trades code and verifier for tokens.
//  4. The ID token must be signed by the provider, for us, with the ticket's nonce; it says who it is.

// backPath is where the provider leads browsers back to; it must be registered there.
const backPath = "/api/v1/login/provider/back"

// maxLogoutToken bounds the body of a back-channel logout, in bytes.
const maxLogoutToken = 16 << 10

func expired() error {
	return &room.Error{Code: room.CodeLoginExpired, Message: "this login was begun elsewhere, or too long ago; begin again"}
}

func refusedThere() error {
	return &room.Error{Code: room.CodeLoginRefused, Message: "the provider does not let you in here; ask who runs this server"}
}

func unavailable() error {
	return &room.Error{Code: room.CodeLoginDown, Message: "the provider cannot be asked at the moment; try again later"}
}

// back is our own address to come back to, under the name by which the browser knows us.
func (p *Provider) back(r *http.Request) string { return p.here(r, backPath) }

func (p *Provider) here(r *http.Request, path string) string {
	scheme := "http"
	if p.cfg.Secure(r) {
		scheme = "https"
	}
	return (&url.URL{Scheme: scheme, Host: r.Host, Path: path}).String()
}

// Start begins a login: it gives the browser its ticket, and returns where to lead it. to comes back from Finish.
func (p *Provider) Start(w http.ResponseWriter, r *http.Request, to string) (address string, err error) {
	f, err := p.get(r.Context())
	if err != nil {
		return "", unavailable() // discover has logged why
	}
	t := newTicket(to)
	p.keep(w, r, t.String())
	o := f.oauth
	o.RedirectURL = p.back(r)
	return o.AuthCodeURL(t.state, oidc.Nonce(t.nonce), oauth2.S256ChallengeOption(t.verifier)), nil
}

// Finish ends a login and says who it is.
func (p *Provider) Finish(w http.ResponseWriter, r *http.Request) (who accounts.External, to string, err error) {
	t, ok := p.take(w, r)
	q := r.URL.Query()
	if !ok || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(t.state)) != 1 {
		return accounts.External{}, "", expired()
	}
	if iss := q.Get("iss"); iss != "" && iss != p.cfg.Issuer { // RFC 9207
		return accounts.External{}, "", expired()
	}
	if code := q.Get("error"); code != "" {
		if code == "access_denied" || code == "login_required" || code == "consent_required" {
			return accounts.External{}, "", refusedThere()
		}
		p.cfg.Log.Warn("the OpenID provider refuses logins; is oidc.client_id right, and "+backPath+" registered there?", "answer", plain(code))
		return accounts.External{}, "", unavailable()
	}
	select {
	case p.busy <- struct{}{}:
	default:
		return accounts.External{}, "", unavailable()
	}
	defer func() { <-p.busy }()
	claims, err := p.exchange(r, q.Get("code"), t)
	if err != nil {
		return accounts.External{}, "", err
	}
	who, err = p.judge(claims)
	return who, t.to, err
}

// plain is a word of the provider's, fit for the log.
func plain(code string) string {
	return fmt.Sprintf("%.40s", strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r == '_' {
			return r
		}
		return -1
	}, code))
}

// exchange trades a code for what the provider says about somebody. Errors are for the browser; the log has the reason.
func (p *Provider) exchange(r *http.Request, code string, t ticket) (map[string]any, error) {
	f, err := p.get(r.Context())
	if err != nil {
		return nil, unavailable()
	}
	o := f.oauth
	o.RedirectURL = p.back(r)
	ctx := oidc.ClientContext(r.Context(), p.client)
	token, err := o.Exchange(ctx, code, oauth2.VerifierOption(t.verifier))
	if err != nil {
		return nil, p.exchangeError(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := f.verifier.Verify(ctx, raw)
	if err == nil && id.AccessTokenHash != "" {
		err = id.VerifyAccessToken(token.AccessToken)
	}
	claims := map[string]any{}
	if err == nil {
		err = id.Claims(&claims)
	}
	if err != nil {
		p.cfg.Log.Warn("what the OpenID provider says cannot be believed; are the clocks of both machines right?", "error", redacted(err))
		return nil, unavailable()
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(t.nonce)) != 1 {
		return nil, expired() // a token of another login
	}
	if party, ok := claims["azp"].(string); ok && len(id.Audience) > 1 && party != p.cfg.ClientID { // OpenID Connect Core 1.0, section 3.1.3.7
		return nil, expired()
	}
	if err := p.addUserInfo(ctx, f, token, claims); err != nil {
		p.cfg.Log.Warn("the OpenID provider does not tell more about who logs in", "error", redacted(err))
		return nil, unavailable()
	}
	return claims, nil
}

// redacted is an error's text without what a token may have put into it.
func redacted(err error) string {
	if _, ok := errors.AsType[*oidc.TokenExpiredError](err); ok {
		return "the ID token has expired already"
	}
	text, _, _ := strings.Cut(err.Error(), `"`)
	return fmt.Sprintf("%.120s", text)
}

func (p *Provider) exchangeError(err error) error {
	answer, ok := errors.AsType[*oauth2.RetrieveError](err)
	switch {
	case ok && answer.ErrorCode == "invalid_grant": // the code is old, or was used
		return expired()
	case ok && (answer.ErrorCode == "invalid_client" || answer.ErrorCode == "unauthorized_client"):
		p.cfg.Log.Error("the OpenID provider refuses this server: check oidc.client_id and oidc.client_secret", "answer", plain(answer.ErrorCode))
	case ok:
		p.cfg.Log.Warn("the OpenID provider does not finish a login", "answer", plain(answer.ErrorCode))
	default:
		p.cfg.Log.Warn("the OpenID provider does not finish a login", "error", explain(err, p.cfg.Issuer))
	}
	return unavailable()
}

// addUserInfo asks for what the ID token does not say, if anybody wants to know it (OpenID Connect Core 1.0, section 5.3):
// many providers tell groups there only.
func (p *Provider) addUserInfo(ctx context.Context, f *found, token *oauth2.Token, claims map[string]any) error {
	_, said := groups(claims, p.cfg.GroupClaims)
	enough := text(claims, p.cfg.NameClaims) != "" && (said || len(p.cfg.Allowed)+len(p.cfg.Admins) == 0)
	if enough || f.provider.UserInfoEndpoint() == "" {
		return nil
	}
	info, err := f.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return err
	}
	more := map[string]any{}
	if err := info.Claims(&more); err != nil {
		return err
	}
	if info.Subject != claims["sub"] { // section 5.3.2: it may be somebody else's
		return errors.New("it tells about somebody else")
	}
	for k, v := range more {
		if _, there := claims[k]; !there {
			claims[k] = v
		}
	}
	return nil
}

// judge says who somebody is to us, or that they may not come in.
func (p *Provider) judge(claims map[string]any) (accounts.External, error) {
	subject, _ := claims["sub"].(string)
	if subject == "" || len(subject) > maxSubject {
		return accounts.External{}, refusedThere()
	}
	all, _ := groups(claims, p.cfg.GroupClaims)
	admin := in(p.cfg.Admins, all)
	if len(p.cfg.Allowed) > 0 && !admin && !in(p.cfg.Allowed, all) {
		return accounts.External{}, refusedThere()
	}
	return accounts.External{Source: accounts.OIDC, Subject: p.subject(subject), Login: text(claims, p.cfg.LoginClaims), Name: text(claims, p.cfg.NameClaims),
		Admin: admin, Ruled: len(p.cfg.Admins) > 0}, nil
}

// subject is what an account is known by: who moves to another provider is somebody else there.
func (p *Provider) subject(sub string) string { return p.cfg.Issuer + " " + sub }

// Out is where to lead who has logged out here, to log out there too; "" when that is not wanted (OpenID Connect
// RP-Initiated Logout 1.0).
func (p *Provider) Out(r *http.Request) string {
	p.mu.Lock()
	f := p.found
	p.mu.Unlock()
	if !p.cfg.Leave || f == nil || f.leave == "" {
		return ""
	}
	u, err := url.Parse(f.leave)
	if err != nil {
		return ""
	}
	q := u.Query()
	q.Set("client_id", p.cfg.ClientID)
	q.Set("post_logout_redirect_uri", p.here(r, "/login"))
	u.RawQuery = q.Encode()
	return u.String()
}

// Ended reads the provider's word that somebody has logged out there, or was locked out (OpenID Connect Back-Channel Logout
// 1.0), and returns what their account is known by.
func (p *Provider) Ended(w http.ResponseWriter, r *http.Request) (subject string, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxLogoutToken)
	f, err := p.get(r.Context())
	if err != nil {
		return "", unavailable()
	}
	token, err := f.verifier.VerifyLogout(oidc.ClientContext(r.Context(), p.client), r.PostFormValue("logout_token"))
	if err != nil {
		return "", &room.Error{Code: room.CodeBadMessage, Message: "this is no logout token of the provider's"}
	}
	if token.Subject == "" {
		return "", &room.Error{Code: room.CodeBadMessage, Message: "the logout token must name the sub: sessions are not told apart by sid"}
	}
	return p.subject(token.Subject), nil
}
