package api

import (
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
	SSO      string       `json:"sso,omitempty"`      // the name on the button of the proxy before us
	Members  string       `json:"members,omitempty"`  // the name of the directory whose logins are good here, too
	OpenRoom bool         `json:"open_room"`          // whether who asks may make rooms
	Front                 // what the front page says of the server
}

func showMe(c *call) (any, error) {
	there, err := c.cfg.Accounts.HasAdmin(c.r.Context())
	if err != nil {
		return nil, err
	}
	me := meBody{Setup: !there, Members: c.cfg.Directory, OpenRoom: max(c.who.Role, room.Guest) >= c.cfg.Server.Openers(), Front: c.cfg.Server.Front()}
	if c.who.ID != "" {
		body := accountOf(c.who.Account)
		me.Account = &body
	}
	if c.cfg.Provider != nil {
		me.Provider = c.cfg.Provider.Name()
	}
	if c.cfg.SSO != nil {
		me.SSO = c.cfg.SSO.Name()
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
	if c.cfg.Provider != nil && c.who.Source == accounts.OIDC {
		if next := c.cfg.Provider.Out(c.r); next != "" {
			return leftBody{next}, nil
		}
	}
	return nil, nil
}

// leftBody says where to go on to after a logout here: the provider's own.
type leftBody struct {
	Next string `json:"next"`
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
