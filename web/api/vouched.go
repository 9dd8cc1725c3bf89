package api

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"tablee/accounts"
	"tablee/reply"
	"tablee/room"
)

// Logins by somebody else's word: an OpenID provider, or a proxy before us. They are pages and not calls: a browser walks
// through them, and what fails is told on /login by its code.

// Provider is an OpenID provider.
type Provider interface {
	Name() string // as on the button
	// Start begins a login and returns where to lead the browser; Finish, when it comes back, tells who it is, and the to of
	// Start.
	Start(w http.ResponseWriter, r *http.Request, to string) (address string, err error)
	Finish(w http.ResponseWriter, r *http.Request) (who accounts.External, to string, err error)
	Leaver
}

// Leaver is what a provider has to do with logging out.
type Leaver interface {
	Out(r *http.Request) string                                               // its own logout; "" for none
	Ended(w http.ResponseWriter, r *http.Request) (subject string, err error) // who has logged out there
}

// SSO is a proxy before us that has logged people in.
type SSO interface {
	Name() string // as on the button
	Who(r *http.Request) (accounts.External, error)
}

// maxReturn bounds an address to return to, in bytes.
const maxReturn = 512

// ownPage is where to go after a login, if it is a page of ours; "" if it is anything else: whoever makes a link must not
// be able to lead somebody on to another site after they have logged in here.
func ownPage(to string) string {
	u, err := url.Parse(to)
	if err != nil || len(to) > maxReturn || !strings.HasPrefix(to, "/") || u.Scheme != "" || u.Host != "" || u.User != nil {
		return ""
	}
	if strings.ContainsAny(to+u.Path, "\\\r\n\t\x00") || strings.HasPrefix(to, "//") || strings.Contains(u.Path, "//") || path.Clean(u.Path) != strings.TrimSuffix(u.Path, "/") && u.Path != "/" {
		return "" // browsers take \ for /
	}
	for _, no := range []string{"/api/", "/sso", "/login", "/setup", "/welcome", "/reset"} { // no page to stay on
		if strings.HasPrefix(u.Path, no) {
			return ""
		}
	}
	return to
}

// toProvider leads to the OpenID provider.
func (a *API) toProvider(w http.ResponseWriter, r *http.Request) {
	if a.cfg.Provider == nil {
		a.nothing(w, r)
		return
	}
	to, err := a.cfg.Provider.Start(w, r, ownPage(r.URL.Query().Get("to")))
	if err != nil {
		to = failedLogin(err)
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// fromProvider takes who comes back from the OpenID provider in.
func (a *API) fromProvider(w http.ResponseWriter, r *http.Request) {
	if a.cfg.Provider == nil {
		a.nothing(w, r)
		return
	}
	e, to, err := a.cfg.Provider.Finish(w, r)
	a.vouched(w, r, e, to, err)
}

// endedThere ends the sessions of somebody who has logged out at the OpenID provider. It is the provider that calls: there
// is neither cookie nor origin, and the token's signature is what counts.
func (a *API) endedThere(w http.ResponseWriter, r *http.Request) {
	if a.cfg.Provider == nil {
		a.nothing(w, r)
		return
	}
	subject, err := a.cfg.Provider.Ended(w, r)
	if err == nil {
		err = a.cfg.Accounts.EndSessions(r.Context(), accounts.OIDC, subject)
	}
	w.Header().Set("Cache-Control", "no-store") // OpenID Connect Back-Channel Logout 1.0, section 2.8
	if err != nil {
		if public := room.Public(err); public.Code != room.CodeInternal {
			reply.Refuse(w, http.StatusBadRequest, public)
			return
		}
		a.refuse(w, r, err)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// fromProxy takes in for whom the proxy before us vouches. It is at a path of its own, because there alone the proxy sees
// to it that nobody else sets its headers (YunoHost).
func (a *API) fromProxy(w http.ResponseWriter, r *http.Request) {
	if a.cfg.SSO == nil {
		a.nothing(w, r)
		return
	}
	e, err := a.cfg.SSO.Who(r)
	a.vouched(w, r, e, r.URL.Query().Get("to"), err)
}

// failedLogin is the page that tells why a login has failed. An account that is disabled is not told apart.
func failedLogin(err error) string {
	code := room.Public(err).Code
	if code == room.CodeLoginWrong {
		code = room.CodeLoginRefused
	}
	return "/login?error=" + string(code) // one of ours: needs no escaping
}

// vouched begins a session for somebody for whom somebody else vouches, and goes where they wanted to go.
func (a *API) vouched(w http.ResponseWriter, r *http.Request, e accounts.External, to string, err error) {
	var acc accounts.Account
	if err == nil {
		acc, err = a.cfg.Accounts.Vouch(r.Context(), e)
	}
	c := &call{API: a, w: w, r: r}
	if err == nil {
		c.who, _ = a.identify(r) // an old session that cannot be read is none
		_, err = c.enter(acc)
	}
	w.Header().Set("Cache-Control", "no-store")
	if err != nil {
		if room.CodeOf(err) == room.CodeInternal {
			a.cfg.Log.Error("cannot log somebody in by another's word", "source", e.Source, "error", err)
		}
		http.Redirect(w, r, failedLogin(err), http.StatusSeeOther)
		return
	}
	if to = ownPage(to); to == "" {
		to = "/account"
		if acc.Role == room.Admin {
			to = "/admin"
		}
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}
