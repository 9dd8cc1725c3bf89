package accounts

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"tablee/room"
)

// What is given out and taken back: invitations, reset links, app passwords, tokens, sessions; and new passwords.

// make stores a secret and returns its text, which cannot be had again. life 0 is for ever.
func (a *Accounts) make(ctx context.Context, s Secret, life time.Duration, most int) (string, Secret, error) {
	if s.Label != "" {
		label, err := room.CleanPersonName(s.Label)
		if err != nil {
			return "", Secret{}, refuse(room.CodeBadMessage, "a label has 1 to 64 characters")
		}
		s.Label = label
	}
	if life < 0 || life > MaxLife {
		return "", Secret{}, refuse(room.CodeBadMessage, "it may be good for ten years at most")
	}
	text, hash := newSecret(s.Kind)
	s.ID, s.Created = newID(), a.now().UTC().Truncate(time.Millisecond)
	if life > 0 {
		s.Expires = s.Created.Add(life)
	}
	if err := a.store.CreateSecret(ctx, s, hash, most); err != nil {
		return "", Secret{}, fmt.Errorf("storing a secret: %w", err)
	}
	return text, s, nil
}

// Invite makes an invitation: whoever has its text makes one account of this role. life 0 is a week.
func (a *Accounts) Invite(ctx context.Context, role room.Role, label string, life time.Duration) (text string, s Secret, err error) {
	if role != room.AccountHolder && role != room.Admin {
		return "", Secret{}, refuse(room.CodeBadMessage, "an account is a member or an admin")
	}
	if life == 0 {
		life = InviteLife
	}
	return a.make(ctx, Secret{Kind: Invite, Label: label, Role: role}, life, maxInvitations)
}

// NewReset makes a link by which somebody sets a new password; an older one is worthless then.
func (a *Accounts) NewReset(ctx context.Context, id string) (text string, s Secret, err error) {
	acc, err := a.local(ctx, id)
	if err != nil {
		return "", Secret{}, err
	}
	if _, err := a.store.DeleteSecrets(ctx, Which{Account: acc.ID, Kinds: []Kind{Reset}}); err != nil {
		return "", Secret{}, err
	}
	return a.make(ctx, Secret{Kind: Reset, Account: acc.ID}, ResetLife, maxPerAccount)
}

// local finds an account whose password we know.
func (a *Accounts) local(ctx context.Context, id string) (Account, error) {
	acc, err := a.Get(ctx, id)
	if err == nil && acc.Source != Local {
		err = refuse(room.CodeForbidden, "this account's password is known elsewhere; it is changed there")
	}
	return acc, err
}

// Reset sets a new password by a reset link, which is used up; sessions, app passwords and tokens end.
func (a *Accounts) Reset(ctx context.Context, secret, password string) (Account, error) {
	s, err := a.LookAt(ctx, Reset, secret)
	if err != nil {
		return Account{}, err
	}
	return a.SetPassword(ctx, s.Account, password)
}

// SetPassword sets a new password, for who manages the server, and ends all by which somebody could come in before.
func (a *Accounts) SetPassword(ctx context.Context, id, password string) (Account, error) {
	acc, err := a.local(ctx, id)
	if err != nil {
		return Account{}, err
	}
	return a.setPassword(ctx, acc, password, Which{Account: acc.ID, Kinds: []Kind{Session, App, Token, Reset}})
}

// ChangePassword sets a new password for who knows the old one; other sessions than keep end.
func (a *Accounts) ChangePassword(ctx context.Context, client netip.Addr, id, old, fresh, keep string) error {
	acc, err := a.local(ctx, id)
	if err != nil {
		return err
	}
	whose, err := a.Login(ctx, client, acc.Login, old)
	if err != nil {
		return err
	}
	if whose.ID != acc.ID { // a directory has somebody of this login, too
		return wrong()
	}
	_, err = a.setPassword(ctx, acc, fresh, Which{Account: acc.ID, Kinds: []Kind{Session, Reset}, Except: keep})
	return err
}

func (a *Accounts) setPassword(ctx context.Context, acc Account, password string, drop Which) (Account, error) {
	if err := CheckPassword(password, acc.Login); err != nil {
		return Account{}, err
	}
	fresh := a.hasher.Hash(password)
	acc, err := a.store.ChangeAccount(ctx, acc.ID, func(_ *Account, hash *string) error {
		*hash = fresh
		return nil
	}, drop)
	if err != nil {
		return Account{}, fmt.Errorf("setting a password: %w", err)
	}
	return acc, nil
}

// NewApp makes an app password.
func (a *Accounts) NewApp(ctx context.Context, account, label string) (text string, s Secret, err error) {
	return a.make(ctx, Secret{Kind: App, Account: account, Label: label}, 0, maxPerAccount)
}

// NewToken makes a token for the API, which may do what its account may; life 0 is for ever.
func (a *Accounts) NewToken(ctx context.Context, account, label string, life time.Duration) (text string, s Secret, err error) {
	return a.make(ctx, Secret{Kind: Token, Account: account, Label: label}, life, maxPerAccount)
}

// Secrets lists the secrets of an account, or, with account "", invitations.
func (a *Accounts) Secrets(ctx context.Context, account string, kinds ...Kind) ([]Secret, error) {
	return a.store.ListSecrets(ctx, Which{Account: account, Kinds: kinds})
}

// Revoke makes a secret of an account worthless at once. One that is not there is refused with link_unknown.
func (a *Accounts) Revoke(ctx context.Context, account, id string, kinds ...Kind) error {
	n, err := a.store.DeleteSecrets(ctx, Which{Account: account, ID: id, Kinds: kinds})
	if err == nil && n == 0 {
		return refuse(room.CodeLinkUnknown, "there is no such thing to revoke")
	}
	return err
}
