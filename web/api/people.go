package api

import (
	"time"

	"tablee/accounts"
	"tablee/room"
)

// find is the account that the path names, by id or login.
func (c *call) find() (accounts.Account, error) {
	return c.cfg.Accounts.Get(c.r.Context(), c.r.PathValue("id"))
}

func listAccounts(c *call) (any, error) {
	all, err := c.cfg.Accounts.List(c.r.Context())
	return listOf(all, accountOf), err
}

func createAccount(c *call) (any, error) {
	var b struct {
		Login, Name, Password string
		Role                  room.Role
	}
	if err := c.body(&b); err != nil {
		return nil, err
	}
	if b.Role == room.Nobody {
		b.Role = room.AccountHolder
	}
	acc, err := c.cfg.Accounts.Create(c.r.Context(), accounts.Wish{Login: b.Login, Name: b.Name, Password: b.Password}, b.Role)
	return accountOf(acc), err
}

func showAccount(c *call) (any, error) {
	acc, err := c.find()
	return accountOf(acc), err
}

func changeAccount(c *call) (any, error) {
	var b struct {
		Name     *string
		Role     *room.Role
		Disabled *bool
		Password *string
	}
	if err := c.body(&b); err != nil {
		return nil, err
	}
	if b.Password != nil && !c.who.console {
		return nil, refused(room.CodeForbidden, "make a reset link, so that only the person knows the new password")
	}
	acc, err := c.cfg.Accounts.Change(c.r.Context(), c.r.PathValue("id"), func(a *accounts.Account) error {
		if b.Name != nil {
			a.Name = *b.Name
		}
		if b.Role != nil {
			a.Role = *b.Role
		}
		if b.Disabled != nil {
			a.Disabled = *b.Disabled
		}
		return nil
	})
	if err == nil && b.Password != nil {
		acc, err = c.cfg.Accounts.SetPassword(c.r.Context(), acc.ID, *b.Password)
	}
	return accountOf(acc), err
}

func deleteAccount(c *call) (any, error) {
	return nil, c.cfg.Accounts.Delete(c.r.Context(), c.r.PathValue("id"))
}

func newReset(c *call) (any, error) {
	acc, err := c.find()
	if err != nil {
		return nil, err
	}
	text, s, err := c.cfg.Accounts.NewReset(c.r.Context(), acc.ID)
	return told{c.secretOf(s), text, "/reset#" + text}, err
}

func endSecrets(c *call) (any, error) {
	acc, err := c.find()
	if err != nil {
		return nil, err
	}
	for _, kind := range []accounts.Kind{accounts.Session, accounts.App, accounts.Token} {
		if err := c.cfg.Accounts.Revoke(c.r.Context(), acc.ID, "", kind); err != nil && room.CodeOf(err) != room.CodeLinkUnknown {
			return nil, err
		}
	}
	return nil, nil
}

func listTokens(c *call) (any, error) {
	acc, err := c.find()
	if err != nil {
		return nil, err
	}
	all, err := c.cfg.Accounts.Secrets(c.r.Context(), acc.ID, accounts.Token)
	return listOf(all, c.secretOf), err
}

func newTokenFor(c *call) (any, error) {
	var b tokenWish
	if err := c.body(&b); err != nil {
		return nil, err
	}
	acc, err := c.find()
	if err != nil {
		return nil, err
	}
	return c.makeToken(acc.ID, b)
}

func revokeToken(c *call) (any, error) {
	acc, err := c.find()
	if err != nil {
		return nil, err
	}
	return nil, c.cfg.Accounts.Revoke(c.r.Context(), acc.ID, c.r.PathValue("token"), accounts.Token)
}

func listInvitations(c *call) (any, error) {
	all, err := c.cfg.Accounts.Secrets(c.r.Context(), "", accounts.Invite)
	return listOf(all, c.secretOf), err
}

func invite(c *call) (any, error) {
	var b struct {
		Label string
		Role  room.Role
		Hours int
	}
	if err := c.body(&b); err != nil {
		return nil, err
	}
	if b.Hours < 0 || b.Hours > int(accounts.MaxLife/time.Hour) {
		return nil, refused(room.CodeBadMessage, "an invitation is good for ten years at most; 0 is a week")
	}
	if b.Role == room.Nobody {
		b.Role = room.AccountHolder
	}
	text, s, err := c.cfg.Accounts.Invite(c.r.Context(), b.Role, b.Label, time.Duration(b.Hours)*time.Hour)
	return told{c.secretOf(s), text, "/welcome#" + text}, err
}

func revokeInvitation(c *call) (any, error) {
	return nil, c.cfg.Accounts.Revoke(c.r.Context(), "", c.r.PathValue("id"), accounts.Invite)
}
