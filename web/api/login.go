package api

import (
	"net/http"

	"tablee/accounts"
	"tablee/room"
	"tablee/web"
)

// accountBody is an account as its holder and admins see it.
type accountBody struct {
	ID       string          `json:"id"`
	Login    string          `json:"login"`
	Name     string          `json:"name"`
	Role     room.Role       `json:"role"`
	Source   accounts.Source `json:"source"`
	Disabled bool            `json:"disabled"`
	Created  string          `json:"created"`
}

// stamp is how times are written.
const stamp = "2006-01-02T15:04:05Z07:00"

func accountOf(a accounts.Account) accountBody {
	return accountBody{ID: a.ID, Login: a.Login, Name: a.Name, Role: a.Role, Source: a.Source, Disabled: a.Disabled, Created: a.Created.Format(stamp)}
}

// meBody says who asks, and how one can log in here.
type meBody struct {
	Account  *accountBody `json:"account"`            // null for nobody
	Setup    bool         `json:"setup"`              // there is no admin yet
	Provider string       `json:"provider,omitempty"` // the name on the button of the OpenID provider
	OpenRoom bool         `json:"open_room"`          // whether who asks may make rooms
	Front                 // what the front page says of the server
}

func showMe(c *call) (any, error) {
	there, err := c.cfg.Accounts.HasAdmin(c.r.Context())
	if err != nil {
		return nil, err
	}
	me := meBody{Setup: !there, OpenRoom: max(c.who.Role, room.Guest) >= c.cfg.Server.Openers(), Front: c.cfg.Server.Front()}
	if c.who.ID != "" {
		body := accountOf(c.who.Account)
		me.Account = &body
	}
	if c.cfg.Provider != nil {
		me.Provider = c.cfg.Provider.Name()
	}
	return me, nil
}

// enter begins a session for somebody who has shown who they are, and ends the one that this browser had: nobody can
// prepare a session for somebody else to log in to.
func (c *call) enter(acc accounts.Account) (any, error) {
	if c.who.session != "" {
		_ = c.cfg.Accounts.Revoke(c.r.Context(), c.who.ID, c.who.session, accounts.Session) // it expires by itself otherwise
	}
	text, _, err := c.cfg.Accounts.NewSession(c.r.Context(), acc.ID)
	if err != nil {
		return nil, err
	}
	setSession(c.w, c.r, text)
	return accountOf(acc), nil
}

func login(c *call) (any, error) {
	var b struct{ Login, Password string }
	if err := c.body(&b); err != nil {
		return nil, err
	}
	acc, err := c.cfg.Accounts.Login(c.r.Context(), web.ClientAddr(c.r), b.Login, b.Password)
	if err != nil {
		return nil, err
	}
	return c.enter(acc)
}

func logout(c *call) (any, error) {
	if c.who.session != "" {
		if err := c.cfg.Accounts.Revoke(c.r.Context(), c.who.ID, c.who.session, accounts.Session); err != nil && room.CodeOf(err) != room.CodeLinkUnknown {
			return nil, err
		}
	}
	setSession(c.w, c.r, "")
	return nil, nil
}

// newcomer is what somebody says who makes their account.
type newcomer struct{ Secret, Login, Name, Password string }

func (n newcomer) wish() accounts.Wish {
	return accounts.Wish{Login: n.Login, Name: n.Name, Password: n.Password}
}

func setup(c *call) (any, error) {
	var b newcomer
	if err := c.body(&b); err != nil {
		return nil, err
	}
	acc, err := c.cfg.Accounts.Setup(c.r.Context(), b.Secret, b.wish())
	if err != nil {
		return nil, err
	}
	return c.enter(acc)
}

func acceptInvitation(c *call) (any, error) {
	var b newcomer
	if err := c.body(&b); err != nil {
		return nil, err
	}
	acc, err := c.cfg.Accounts.Accept(c.r.Context(), b.Secret, b.wish())
	if err != nil {
		return nil, err
	}
	return c.enter(acc)
}

func lookAtInvitation(c *call) (any, error) {
	var b struct{ Secret string }
	if err := c.body(&b); err != nil {
		return nil, err
	}
	s, err := c.cfg.Accounts.LookAt(c.r.Context(), accounts.Invite, b.Secret)
	if err != nil {
		return nil, err
	}
	return struct {
		Role room.Role `json:"role"`
	}{s.Role}, nil
}

func resetPassword(c *call) (any, error) {
	var b struct{ Secret, Password string }
	if err := c.body(&b); err != nil {
		return nil, err
	}
	acc, err := c.cfg.Accounts.Reset(c.r.Context(), b.Secret, b.Password)
	if err != nil {
		return nil, err
	}
	return c.enter(acc)
}

// toProvider leads to the OpenID provider.
func (a *API) toProvider(w http.ResponseWriter, r *http.Request) {
	if a.cfg.Provider == nil {
		a.nothing(w, r)
		return
	}
	a.cfg.Provider.Start(w, r)
}

// fromProvider takes who comes back from the OpenID provider in.
func (a *API) fromProvider(w http.ResponseWriter, r *http.Request) {
	if a.cfg.Provider == nil {
		a.nothing(w, r)
		return
	}
	e, err := a.cfg.Provider.Finish(w, r)
	a.vouched(w, r, e, err)
}

// fromProxy takes in for whom the proxy before us vouches. It is at a path of its own, because there alone the proxy sees
// to it that nobody else sets its headers (YunoHost).
func (a *API) fromProxy(w http.ResponseWriter, r *http.Request) {
	if a.cfg.SSO == nil {
		a.nothing(w, r)
		return
	}
	e, ok := a.cfg.SSO(r)
	if !ok {
		a.vouched(w, r, e, refused(room.CodeLoginWrong, "the proxy does not say who you are; log in there first"))
		return
	}
	a.vouched(w, r, e, nil)
}

// vouched begins a session for somebody for whom somebody else vouches, and goes to the front page; what fails is told
// there, by its code.
func (a *API) vouched(w http.ResponseWriter, r *http.Request, e accounts.External, err error) {
	var acc accounts.Account
	if err == nil {
		acc, err = a.cfg.Accounts.Vouch(r.Context(), e)
	}
	c := &call{API: a, w: w, r: r}
	if err == nil {
		c.who, _ = a.identify(r) // an old session that cannot be read is none
		_, err = c.enter(acc)
	}
	to := "/account"
	if err != nil {
		code := room.Public(err).Code
		if code == room.CodeInternal {
			a.cfg.Log.Error("cannot log somebody in by another's word", "source", e.Source, "error", err)
		}
		to = "/login?error=" + string(code) // one of ours: needs no escaping
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
}
