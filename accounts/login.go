package accounts

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"tablee/ratelimit"
	"tablee/room"
)

// How somebody comes in: by password (Login) or by somebody who vouches for them (Vouch), which gives a session; by a
// session (FromSession), a token (FromToken) or an app password (FromApp).

// wrong is the one answer to all that is wrong about a login.
func wrong() error { return refuse(room.CodeLoginWrong, "login or password is wrong") }

// tooMany refuses a guess; the seconds to wait are in Args.
func tooMany(wait time.Duration) error {
	return &room.Error{Code: room.CodeRateLimited, Message: "too many wrong passwords; wait a little",
		Args: map[string]int{"seconds": ratelimit.Seconds(wait)}}
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
	if err != nil && !unknown {
		return Account{}, err
	}
	if unknown || hash == "" {
		hash = a.nobody // takes as long
	}
	right := a.hasher.Verify(password, hash) && hash != a.nobody
	switch {
	case !right && a.directory != nil && login != "" && password != "":
		return a.fromDirectory(ctx, login, password) // whose member of that login need not be ours
	case !right || !acc.Active():
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
	case errors.Is(err, &room.Error{Code: room.CodeLinkInvalid}), err == nil && (!acc.Active() || a.lapsed(acc)):
		return Account{}, Secret{}, wrong()
	case err != nil:
		return Account{}, Secret{}, err
	}
	return acc, s, nil
}
