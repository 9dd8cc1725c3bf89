package accounts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tablee/room"
)

// How somebody comes in by somebody else's word, and for how long that word is good: an account that nobody has vouched
// for since the trust ended sleeps. Its sessions, app passwords and tokens are not believed until somebody vouches for it
// again; none of them is lost.

// DefaultTrust is how long somebody else's word is good for.
const DefaultTrust = 7 * 24 * time.Hour

// recheckEvery is how often a directory is asked if its members still are.
const recheckEvery = 15 * time.Minute

// ErrUnknown: a directory does not know the login, or its password is another.
var ErrUnknown = errors.New("login or password is wrong")

// Directory knows people and their passwords, as an LDAP server does. Whom it does not know, or who may not come in here,
// is ErrUnknown; any other error means that it could not be asked.
type Directory interface {
	Check(ctx context.Context, login, password string) (External, error)
	Look(ctx context.Context, login string) (External, error)    // without a password: somebody else has asked for it
	Known(ctx context.Context, subject string) (External, error) // who has been here before; Login may be ""
}

// External is somebody for whom an OpenID provider, a directory or a proxy vouches.
type External struct {
	Source  Source
	Subject string // never given to somebody else there
	Login   string // a wish: the account gets another when this one is taken
	Name    string
	Admin   bool // is an admin there; such a one is an admin here
	Ruled   bool // Source has the last word about who is an admin: who is none there is none here
}

func (e External) role() room.Role {
	if e.Admin {
		return room.Admin
	}
	return room.AccountHolder
}

// lapsed says if nobody has vouched for an account for too long.
func (a *Accounts) lapsed(acc Account) bool {
	return acc.Source != Local && a.now().Sub(acc.Vouched) > a.trust
}

// renewal is how old a word must be to be worth a write.
func (a *Accounts) renewal() time.Duration { return min(renewAfter, a.trust/2) }

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
// Accounts are told apart by source and subject alone: not by login, nor by any address, which others can come to have.
func (a *Accounts) Vouch(ctx context.Context, e External) (Account, error) {
	if e.Subject == "" || e.Source == Local || e.Source == "" {
		return Account{}, wrong()
	}
	acc, _, err := a.store.FindAccount(ctx, Key{Source: e.Source, Subject: e.Subject})
	switch {
	case errors.Is(err, &room.Error{Code: room.CodeAccountUnknown}):
		return a.vouchNew(ctx, e)
	case err != nil:
		return Account{}, err
	case acc.Disabled:
		return Account{}, wrong()
	}
	return a.follow(ctx, acc, e)
}

// follow brings an account up to date with what is said of it elsewhere, if there is anything new.
func (a *Accounts) follow(ctx context.Context, acc Account, e External) (Account, error) {
	name, err := room.CleanPersonName(e.Name)
	if err != nil {
		name = acc.Name
	}
	role := acc.Role // who was made an admin here stays one, where nobody else has the last word
	if e.Admin || e.Ruled {
		role = e.role()
	}
	now := a.now().UTC().Truncate(time.Millisecond)
	if acc.Name == name && acc.Role == role && now.Sub(acc.Vouched) < a.renewal() {
		return acc, nil
	}
	update := func(role room.Role) (Account, error) {
		return a.store.ChangeAccount(ctx, acc.ID, func(acc *Account, _ *string) error {
			acc.Name, acc.Role, acc.Vouched = name, role, now
			return nil
		}, Which{})
	}
	after, err := update(role)
	if errors.Is(err, &room.Error{Code: room.CodeLastAdmin}) {
		after, err = update(acc.Role) // a server that nobody can manage helps nobody
	}
	if err != nil {
		return Account{}, fmt.Errorf("bringing an account up to date: %w", err)
	}
	return after, nil
}

// loginTries is how many logins are tried for somebody whose wish is taken.
const loginTries = 20

func (a *Accounts) vouchNew(ctx context.Context, e External) (Account, error) {
	wish, err := NormalLogin(e.Login)
	if err != nil {
		wish = "member"
	}
	now := a.now().UTC().Truncate(time.Millisecond)
	for n := range loginTries {
		login := wish
		if n > 0 {
			login = fmt.Sprintf("%.60s-%d", wish, n+1)
		}
		acc := Account{ID: newID(), Login: login, Role: e.role(), Source: e.Source, Subject: e.Subject, Created: now, Vouched: now}
		if acc.Name, err = room.CleanPersonName(e.Name); err != nil {
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

// EndSessions ends all sessions of somebody who has logged out elsewhere, or is no member there any more. It is no error
// when there is no such account.
func (a *Accounts) EndSessions(ctx context.Context, source Source, subject string) error {
	if subject == "" || source == Local {
		return nil
	}
	acc, _, err := a.store.FindAccount(ctx, Key{Source: source, Subject: subject})
	if errors.Is(err, &room.Error{Code: room.CodeAccountUnknown}) {
		return nil
	}
	if err == nil {
		_, err = a.store.DeleteSecrets(ctx, Which{Account: acc.ID, Kinds: []Kind{Session}})
	}
	if err != nil {
		return fmt.Errorf("ending sessions: %w", err)
	}
	return nil
}

// Run asks the directory again and again, until ctx ends, if its members still are; failed is told what goes wrong.
func (a *Accounts) Run(ctx context.Context, failed func(error)) error {
	if a.directory == nil {
		<-ctx.Done()
		return nil
	}
	ticker := time.NewTicker(recheckEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if err := a.Recheck(ctx); err != nil && ctx.Err() == nil {
				failed(err)
			}
		}
	}
}

// Recheck asks the directory about all its members who have an account here. Whom it does not know any more, or does not
// let in any more, sleeps from now on; who is known again wakes. While it cannot be asked, nothing changes.
func (a *Accounts) Recheck(ctx context.Context) error {
	if a.directory == nil {
		return nil
	}
	all, err := a.store.ListAccounts(ctx)
	if err != nil {
		return fmt.Errorf("looking for the directory's members: %w", err)
	}
	for _, acc := range all {
		if acc.Source != LDAP || acc.Disabled {
			continue
		}
		e, err := a.directory.Known(ctx, acc.Subject)
		switch {
		case err == nil:
			_, err = a.follow(ctx, acc, e)
		case errors.Is(err, ErrUnknown):
			err = a.sleep(ctx, acc)
		}
		if err != nil {
			return fmt.Errorf("asking the directory about its members: %w", err)
		}
	}
	return nil
}

// sleep takes back the word that was given for an account.
func (a *Accounts) sleep(ctx context.Context, acc Account) error {
	if a.lapsed(acc) {
		return nil
	}
	_, err := a.store.ChangeAccount(ctx, acc.ID, func(acc *Account, _ *string) error {
		acc.Vouched = time.Time{}
		return nil
	}, Which{})
	if err == nil {
		a.ended(acc.ID)
	}
	return err
}
