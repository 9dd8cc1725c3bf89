package accounts

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"sync"
	"time"

	"tablee/room"
)

// Hasher hashes passwords; package password does.
type Hasher interface {
	Hash(password string) string
	None() string // stands in for a hash where there is none: no password matches
	Verify(password, hash string) bool
	Outdated(hash string) bool // made with another strength than new ones
}

// Accounts is the whole. It may be used from many goroutines when its Store may.
type Accounts struct {
	store     Store
	hasher    Hasher
	directory Directory     // nil for none
	trust     time.Duration // how long somebody else's word is good for
	now       func() time.Time
	guesses   guesses
	ended     func(id string)
	nobody    string // a hash that takes as long as any, for logins that there are not

	mu    sync.Mutex
	setup []byte // guarded by mu: hash of the setup link's secret; nil for none
}

// Option changes how Accounts are made.
type Option func(*Accounts)

// WithDirectory asks d for passwords that we do not know.
func WithDirectory(d Directory) Option { return func(a *Accounts) { a.directory = d } }

// WithTrust says how long somebody else's word is good for, instead of DefaultTrust.
func WithTrust(d time.Duration) Option { return func(a *Accounts) { a.trust = d } }

// WithEnded has f told of each account that was deleted or is let in no more, once that is stored.
func WithEnded(f func(id string)) Option { return func(a *Accounts) { a.ended = f } }

// New makes Accounts over a store; now is the clock.
func New(s Store, h Hasher, now func() time.Time, opts ...Option) *Accounts {
	a := &Accounts{store: s, hasher: h, trust: DefaultTrust, now: now, guesses: newGuesses(), ended: func(string) {}, nobody: h.None()}
	for _, opt := range opts {
		opt(a)
	}
	return a
}

// SetupSecret makes the secret of the first admin's link, when there is no admin; "" when there is one. Each call makes
// the one before worthless. It is kept in memory only: a restart makes another.
func (a *Accounts) SetupSecret(ctx context.Context) (string, error) {
	there, err := a.HasAdmin(ctx)
	if err != nil || there {
		return "", err
	}
	text, hash := newSecret(Invite)
	a.mu.Lock()
	a.setup = hash
	a.mu.Unlock()
	return text, nil
}

// HasAdmin says if there is an admin who can come in.
func (a *Accounts) HasAdmin(ctx context.Context) (bool, error) {
	list, err := a.store.ListAccounts(ctx)
	if err != nil {
		return false, fmt.Errorf("looking for an admin: %w", err)
	}
	for _, acc := range list {
		if acc.Role == room.Admin && acc.Active() {
			return true, nil
		}
	}
	return false, nil
}

// isSetup says if text is the secret of the setup link.
func (a *Accounts) isSetup(text string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(text) <= maxSecret && a.setup != nil && subtle.ConstantTimeCompare(a.setup, hashSecret(text)) == 1
}

// Wish is what somebody asks their account to be.
type Wish struct{ Login, Name, Password string }

// check gives the account and the password's hash of a wish.
func (a *Accounts) check(w Wish) (acc Account, hash string, err error) {
	if acc.Login, err = NormalLogin(w.Login); err != nil {
		return Account{}, "", err
	}
	if w.Name == "" {
		w.Name = acc.Login
	}
	if acc.Name, err = room.CleanPersonName(w.Name); err != nil {
		return Account{}, "", err
	}
	if w.Password != "" {
		if err = CheckPassword(w.Password, acc.Login); err != nil {
			return Account{}, "", err
		}
		hash = a.hasher.Hash(w.Password)
	}
	acc.ID, acc.Source, acc.Created = newID(), Local, a.now().UTC().Truncate(time.Millisecond)
	return acc, hash, nil
}

// Setup makes the first admin. The secret is used up when it has worked.
func (a *Accounts) Setup(ctx context.Context, secret string, w Wish) (Account, error) {
	if !a.isSetup(secret) {
		return Account{}, refuse(room.CodeLinkInvalid, "this setup link is worth nothing any more; the server prints another when it starts without an admin")
	}
	acc, hash, err := a.check(w)
	if err == nil && hash == "" {
		err = CheckPassword("", "")
	}
	if err != nil {
		return Account{}, err
	}
	a.mu.Lock() // one at a time: the link makes one admin
	defer a.mu.Unlock()
	if a.setup == nil {
		return Account{}, refuse(room.CodeLinkInvalid, "this setup link has been used")
	}
	acc.Role = room.Admin
	if err := a.store.CreateAccount(ctx, acc, hash, nil, MaxAccounts); err != nil {
		return Account{}, fmt.Errorf("making the first admin: %w", err)
	}
	a.setup = nil
	return acc, nil
}

// Create makes an account without an invitation, for who manages the server. Without a password nobody can log in to it
// before a reset link was used.
func (a *Accounts) Create(ctx context.Context, w Wish, role room.Role) (Account, error) {
	if role != room.AccountHolder && role != room.Admin {
		return Account{}, refuse(room.CodeBadMessage, "an account is a member or an admin")
	}
	acc, hash, err := a.check(w)
	if err != nil {
		return Account{}, err
	}
	acc.Role = role
	if err := a.store.CreateAccount(ctx, acc, hash, nil, MaxAccounts); err != nil {
		return Account{}, fmt.Errorf("making an account: %w", err)
	}
	return acc, nil
}

// Accept makes the account that an invitation is for, and uses the invitation up.
func (a *Accounts) Accept(ctx context.Context, secret string, w Wish) (Account, error) {
	inv, err := a.LookAt(ctx, Invite, secret)
	if err != nil {
		return Account{}, err
	}
	acc, hash, err := a.check(w)
	if err == nil && hash == "" {
		err = CheckPassword("", "")
	}
	if err != nil {
		return Account{}, err
	}
	acc.Role = inv.Role
	if err := a.store.CreateAccount(ctx, acc, hash, hashSecret(secret), MaxAccounts); err != nil {
		return Account{}, fmt.Errorf("accepting an invitation: %w", err)
	}
	return acc, nil
}

// LookAt tells what an invitation or a reset link is, without using it up.
func (a *Accounts) LookAt(ctx context.Context, k Kind, secret string) (Secret, error) {
	if k == Invite && a.isSetup(secret) {
		return Secret{Kind: Invite, Role: room.Admin}, nil
	}
	if len(secret) > maxSecret {
		return Secret{}, refuse(room.CodeLinkInvalid, "this link is none of ours")
	}
	s, _, err := a.store.FindSecret(ctx, k, hashSecret(secret), a.now())
	return s, err
}

// Get finds an account by its id, or else by its login.
func (a *Accounts) Get(ctx context.Context, idOrLogin string) (Account, error) {
	acc, _, err := a.store.FindAccount(ctx, Key{ID: idOrLogin})
	if !errors.Is(err, &room.Error{Code: room.CodeAccountUnknown}) {
		return acc, err
	}
	login, errLogin := NormalLogin(idOrLogin)
	if errLogin != nil {
		return Account{}, err
	}
	acc, _, err = a.store.FindAccount(ctx, Key{Login: login})
	return acc, err
}

// List lists accounts by login.
func (a *Accounts) List(ctx context.Context) ([]Account, error) { return a.store.ListAccounts(ctx) }

// Change changes an account's Name, Role and Disabled. Sessions and tokens follow with their next request.
func (a *Accounts) Change(ctx context.Context, id string, change func(*Account) error) (Account, error) {
	before, err := a.Get(ctx, id)
	if err != nil {
		return Account{}, err
	}
	after, err := a.store.ChangeAccount(ctx, before.ID, func(acc *Account, _ *string) error {
		was := *acc
		if err := change(acc); err != nil {
			return err
		}
		name, err := room.CleanPersonName(acc.Name)
		if err != nil {
			return err
		}
		if acc.Role != room.AccountHolder && acc.Role != room.Admin {
			return refuse(room.CodeBadMessage, "an account is a member or an admin")
		}
		*acc = Account{ID: was.ID, Login: was.Login, Name: name, Role: acc.Role, Source: was.Source, Subject: was.Subject,
			Disabled: acc.Disabled, Created: was.Created, Vouched: was.Vouched}
		return nil
	}, Which{})
	if err != nil {
		return Account{}, fmt.Errorf("changing an account: %w", err)
	}
	if !after.Active() {
		a.ended(after.ID)
	}
	return after, nil
}

// Delete deletes an account and everything that it could come in by.
func (a *Accounts) Delete(ctx context.Context, id string) error {
	acc, err := a.Get(ctx, id)
	if err != nil {
		return err
	}
	if err := a.store.DeleteAccount(ctx, acc.ID); err != nil {
		return fmt.Errorf("deleting an account: %w", err)
	}
	a.ended(acc.ID)
	return nil
}
