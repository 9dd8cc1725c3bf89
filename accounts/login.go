package accounts

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"tablee/room"
)

// How somebody comes in: by password (Login) or by somebody who vouches for them (Vouch), which gives a session; by a
// session (FromSession), a token (FromToken) or an app password (FromApp).

// ErrUnknown: a directory does not know the login, or its password is another.
var ErrUnknown = errors.New("login or password is wrong")

// External is somebody for whom an OpenID provider, a directory or a proxy vouches.
type External struct {
	Source  Source
	Subject string // never given to somebody else there
	Login   string // a wish: the account gets another when this one is taken
	Name    string
	Admin   bool // is an admin there; such a one is an admin here
}

// wrong is the one answer to all that is wrong about a login.
func wrong() error { return refuse(room.CodeLoginWrong, "login or password is wrong") }

// tooMany refuses a guess; the seconds to wait are in Args.
func tooMany(wait time.Duration) error {
	return &room.Error{Code: room.CodeRateLimited, Message: "too many wrong passwords; wait a little",
		Args: map[string]int{"seconds": int((wait + time.Second - 1) / time.Second)}}
}

// Login finds the account of a login and password, wherever the password is known.
func (a *Accounts) Login(ctx context.Context, client netip.Addr, typed, password string) (Account, error) {
	login, err := NormalLogin(typed)
	if err != nil {
		login = "" // counts as a guess all the same
	}
	back, wait := a.guesses.charge(client, login, a.now())
	if back == nil {
		return Account{}, tooMany(wait)
	}
	acc, err := a.login(ctx, login, password)
	if err == nil {
		back()
	}
	return acc, err
}

func (a *Accounts) login(ctx context.Context, login, password string) (Account, error) {
	if len(password) > MaxPassword {
		return Account{}, wrong()
	}
	acc, hash, err := a.store.FindAccount(ctx, Key{Login: login})
	unknown := errors.Is(err, &room.Error{Code: room.CodeAccountUnknown})
	switch {
	case err != nil && !unknown:
		return Account{}, err
	case a.directory != nil && login != "" && password != "" && (unknown || acc.Source == LDAP):
		return a.fromDirectory(ctx, login, password)
	case unknown || hash == "":
		a.hasher.Verify(password, a.nobody) // takes as long
		return Account{}, wrong()
	case !a.hasher.Verify(password, hash) || !acc.Active():
		return Account{}, wrong()
	}
	if a.hasher.Outdated(hash) {
		a.rehash(ctx, acc.ID, password, hash)
	}
	return acc, nil
}

// rehash stores the password with the strength of today. When that fails, the old hash is as good as before.
func (a *Accounts) rehash(ctx context.Context, id, password, old string) {
	fresh := a.hasher.Hash(password)
	_, _ = a.store.ChangeAccount(ctx, id, func(_ *Account, hash *string) error {
		if *hash == old { // not changed meanwhile
			*hash = fresh
		}
		return nil
	}, Which{})
}

func (a *Accounts) fromDirectory(ctx context.Context, login, password string) (Account, error) {
	found, err := a.directory.Check(ctx, login, password)
	if errors.Is(err, ErrUnknown) {
		return Account{}, wrong()
	}
	if err != nil {
		return Account{}, err
	}
	return a.Vouch(ctx, found)
}

// Vouch finds or makes the account of somebody for whom somebody else vouches, and brings name and role up to date.
func (a *Accounts) Vouch(ctx context.Context, e External) (Account, error) {
	if e.Subject == "" || e.Source == Local || e.Source == "" {
		return Account{}, wrong()
	}
	name, err := room.CleanPersonName(e.Name)
	if err != nil {
		name = e.Login
	}
	role := room.AccountHolder
	if e.Admin {
		role = room.Admin
	}
	acc, _, err := a.store.FindAccount(ctx, Key{Source: e.Source, Subject: e.Subject})
	switch {
	case errors.Is(err, &room.Error{Code: room.CodeAccountUnknown}):
		return a.vouchNew(ctx, e, name, role)
	case err != nil:
		return Account{}, err
	case acc.Disabled:
		return Account{}, wrong()
	case acc.Name == name && (acc.Role == role || !e.Admin):
		return acc, nil
	}
	return a.store.ChangeAccount(ctx, acc.ID, func(acc *Account, _ *string) error {
		acc.Name = name
		acc.Role = max(acc.Role, role) // who was made an admin here stays one
		return nil
	}, Which{})
}

// loginTries is how many logins are tried for somebody whose wish is taken.
const loginTries = 20

func (a *Accounts) vouchNew(ctx context.Context, e External, name string, role room.Role) (Account, error) {
	wish, err := NormalLogin(e.Login)
	if err != nil {
		wish = "member"
	}
	for n := range loginTries {
		login := wish
		if n > 0 {
			login = fmt.Sprintf("%.60s-%d", wish, n+1)
		}
		acc := Account{ID: newID(), Login: login, Name: name, Role: role, Source: e.Source, Subject: e.Subject, Created: a.now().UTC().Truncate(time.Millisecond)}
		if acc.Name == "" {
			acc.Name = login
		}
		err := a.store.CreateAccount(ctx, acc, "", nil, MaxAccounts)
		if err == nil {
			return acc, nil
		}
		if !errors.Is(err, &room.Error{Code: room.CodeAccountExists}) {
			return Account{}, fmt.Errorf("making an account for somebody else's member: %w", err)
		}
		if there, _, err := a.store.FindAccount(ctx, Key{Source: e.Source, Subject: e.Subject}); err == nil { // twice at once
			return there, nil
		}
	}
	return Account{}, refuse(room.CodeAccountExists, "all logins like that are taken; ask an admin")
}

// NewSession makes a session; its text goes into the browser's cookie.
func (a *Accounts) NewSession(ctx context.Context, account string) (text string, s Secret, err error) {
	return a.make(ctx, Secret{Kind: Session, Account: account}, SessionLife, maxPerAccount)
}

// FromSession tells whose session it is, and lets it live on.
func (a *Accounts) FromSession(ctx context.Context, text string) (Account, Secret, error) {
	acc, s, err := a.from(ctx, Session, text)
	if err != nil {
		return Account{}, Secret{}, err
	}
	if now := a.now(); s.Expires.Sub(now) < SessionLife-renewAfter {
		s.Expires = now.Add(SessionLife)
		_ = a.store.RenewSecret(ctx, s.ID, s.Expires) // on a full disk it is as good as it was
	}
	return acc, s, nil
}

// FromToken tells whose API token it is.
func (a *Accounts) FromToken(ctx context.Context, client netip.Addr, text string) (Account, error) {
	acc, _, err := a.fromProgram(ctx, client, Token, text)
	return acc, err
}

// fromProgram finds out whose secret it is that a program has shown. Nothing can be guessed in 130 random bits: the limit
// only keeps somebody from trying, and does not hinder a program that makes many requests at once.
func (a *Accounts) fromProgram(ctx context.Context, client netip.Addr, k Kind, text string) (Account, Secret, error) {
	if wait := a.guesses.wait(client, "", a.now()); wait > 0 {
		return Account{}, Secret{}, tooMany(wait)
	}
	acc, s, err := a.from(ctx, k, text)
	if room.CodeOf(err) == room.CodeLoginWrong {
		a.guesses.charge(client, "", a.now())
	}
	return acc, s, err
}

// FromApp tells whose app password it is: of WebDAV clients, and others that know nothing but a login and a password.
func (a *Accounts) FromApp(ctx context.Context, client netip.Addr, typed, password string) (Account, error) {
	acc, _, err := a.fromProgram(ctx, client, App, password)
	if err != nil {
		return Account{}, err
	}
	if login, err := NormalLogin(typed); err != nil || acc.Login != login {
		return Account{}, wrong()
	}
	return acc, nil
}

func (a *Accounts) from(ctx context.Context, k Kind, text string) (Account, Secret, error) {
	if len(text) > maxSecret || text == "" {
		return Account{}, Secret{}, wrong()
	}
	s, acc, err := a.store.FindSecret(ctx, k, hashSecret(text), a.now())
	switch {
	case errors.Is(err, &room.Error{Code: room.CodeLinkInvalid}), err == nil && !acc.Active():
		return Account{}, Secret{}, wrong()
	case err != nil:
		return Account{}, Secret{}, err
	}
	return acc, s, nil
}
