package api

import (
	"time"

	"tablee/accounts"
	"tablee/room"
	"tablee/web"
)

// secretBody is what is told of a secret.
type secretBody struct {
	ID      string        `json:"id"`
	Kind    accounts.Kind `json:"kind"`
	Label   string        `json:"label"`
	Role    room.Role     `json:"role,omitzero"` // of an invitation
	Created string        `json:"created"`
	Expires string        `json:"expires,omitempty"`
	Mine    bool          `json:"mine,omitempty"` // the session that asks
}

func (c *call) secretOf(s accounts.Secret) secretBody {
	b := secretBody{ID: s.ID, Kind: s.Kind, Label: s.Label, Role: s.Role, Created: s.Created.Format(stamp), Mine: s.ID == c.who.session && s.ID != ""}
	if !s.Expires.IsZero() {
		b.Expires = s.Expires.Format(stamp)
	}
	return b
}

// told is a secret that was made, with its text, this once.
type told struct {
	secretBody
	Secret string `json:"secret"`
	URL    string `json:"url,omitempty"` // where it goes, below this server's address
}

func changeMe(c *call) (any, error) {
	var b struct{ Name string }
	if err := c.body(&b); err != nil {
		return nil, err
	}
	id, err := c.self()
	if err != nil {
		return nil, err
	}
	acc, err := c.cfg.Accounts.Change(c.r.Context(), id, func(a *accounts.Account) error { a.Name = b.Name; return nil })
	return accountOf(acc), err
}

func changePassword(c *call) (any, error) {
	var b struct{ Old, New string }
	if err := c.body(&b); err != nil {
		return nil, err
	}
	id, err := c.self()
	if err != nil {
		return nil, err
	}
	return nil, c.cfg.Accounts.ChangePassword(c.r.Context(), web.ClientAddr(c.r), id, b.Old, b.New, c.who.session)
}

// list is the answer of every call that lists.
type list[T any] struct {
	Items []T    `json:"items"`
	More  string `json:"more,omitempty"` // what to ask for as `after` to go on
}

func listOf[T, U any](all []T, f func(T) U) list[U] {
	l := list[U]{Items: make([]U, 0, len(all))}
	for _, x := range all {
		l.Items = append(l.Items, f(x))
	}
	return l
}

func listSecrets(c *call) (any, error) {
	id, err := c.self()
	if err != nil {
		return nil, err
	}
	all, err := c.cfg.Accounts.Secrets(c.r.Context(), id, accounts.Session, accounts.App, accounts.Token)
	return listOf(all, c.secretOf), err
}

func revokeSecret(c *call) (any, error) {
	id, err := c.self()
	if err != nil {
		return nil, err
	}
	return nil, c.cfg.Accounts.Revoke(c.r.Context(), id, c.r.PathValue("id"), accounts.Session, accounts.App, accounts.Token)
}

func newApp(c *call) (any, error) {
	var b struct{ Label string }
	if err := c.body(&b); err != nil {
		return nil, err
	}
	id, err := c.ownSession()
	if err != nil {
		return nil, err
	}
	text, s, err := c.cfg.Accounts.NewApp(c.r.Context(), id, b.Label)
	return told{c.secretOf(s), text, ""}, err
}

// ownSession is the account that asks, by a session: a token does not make further ones, so that what leaks can be taken
// back.
func (c *call) ownSession() (string, error) {
	if c.who.session == "" {
		return "", refused(room.CodeForbidden, "a token does not make further ones; log in to the page")
	}
	return c.who.ID, nil
}

// tokenWish is what a token is to be.
type tokenWish struct {
	Label string
	Days  int
}

func newToken(c *call) (any, error) {
	var b tokenWish
	if err := c.body(&b); err != nil {
		return nil, err
	}
	id, err := c.ownSession()
	if err != nil {
		return nil, err
	}
	return c.makeToken(id, b)
}

func (c *call) makeToken(account string, b tokenWish) (any, error) {
	if b.Days < 0 || b.Days > int(accounts.MaxLife/(24*time.Hour)) {
		return nil, refused(room.CodeBadMessage, "a token is good for ten years at most; 0 is for ever")
	}
	text, s, err := c.cfg.Accounts.NewToken(c.r.Context(), account, b.Label, time.Duration(b.Days)*24*time.Hour)
	return told{c.secretOf(s), text, ""}, err
}
