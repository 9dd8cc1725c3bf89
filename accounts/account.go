package accounts

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"tablee/room"
)

// Account is somebody who is known to the server beyond one meeting.
type Account struct {
	ID       string    // made here; the same for ever
	Login    string    // what is typed to log in, in normal form
	Name     string    // as others see it
	Role     room.Role // AccountHolder or Admin
	Source   Source    // who knows the password
	Subject  string    // what Source calls them; "" for Local
	Disabled bool      // nothing of theirs is accepted
	Created  time.Time
	Vouched  time.Time // when Source last said that it is a member there; zero for Local, and for who is none any more
}

// Identity is what the account is to rooms.
func (a Account) Identity() room.Identity {
	return room.Identity{Account: a.ID, Name: a.Name, Box: a.Role}
}

// Active says if somebody may come in as a.
func (a Account) Active() bool { return a.ID != "" && !a.Disabled }

// Source says who knows an account's password.
type Source string

// Sources.
const (
	Local Source = "local" // we do
	OIDC  Source = "oidc"  // an OpenID provider
	LDAP  Source = "ldap"  // a directory
	SSO   Source = "sso"   // a proxy before us
)

// Bounds.
const (
	MaxAccounts    = 1000
	MaxLogin       = 64   // characters
	MinPassword    = 10   // characters
	MaxPassword    = 1024 // bytes, as package password has it
	fewestLetters  = 4    // different characters of a password
	maxPerAccount  = 50   // sessions, app passwords, tokens: of each kind
	maxInvitations = 200
)

// Store keeps accounts and secrets. After nil what was asked is on the disk.
type Store interface {
	AccountStore
	SecretStore
	GroupStore
}

// AccountStore keeps accounts. An account that is not there is refused with account_unknown.
type AccountStore interface {
	// CreateAccount stores a with the hash of its password ("" for none), and uses up the secret whose hash is spend (nil
	// for none), which is refused with link_invalid when it is not there any more. A login or subject that is there is
	// refused with account_exists, and more than max accounts with accounts_full. All in one transaction.
	CreateAccount(ctx context.Context, a Account, password string, spend []byte, max int) error
	// FindAccount finds an account and the hash of its password.
	FindAccount(ctx context.Context, k Key) (a Account, password string, err error)
	// ListAccounts lists accounts by login.
	ListAccounts(ctx context.Context) ([]Account, error)
	// ChangeAccount reads an account and the hash of its password, lets change change them, stores them, and deletes the
	// secrets that drop chooses, in one transaction. It is refused with last_admin when no active admin would be left.
	ChangeAccount(ctx context.Context, id string, change func(a *Account, password *string) error, drop Which) (Account, error)
	// DeleteAccount deletes an account and its secrets; its rooms belong to nobody then. It may be refused with last_admin.
	DeleteAccount(ctx context.Context, id string) error
}

// Key names one account: by the one field that is set, or by Source and Subject.
type Key struct {
	ID, Login string
	Source    Source
	Subject   string
}

// NormalLogin is the normal form of what somebody typed as their login: lower case, 1 to 64 letters, digits and . _ - @ +,
// beginning with a letter or digit. It is ASCII only, so that no two logins look the same.
func NormalLogin(typed string) (string, error) {
	login := strings.ToLower(strings.TrimSpace(typed))
	ok := login != "" && len(login) <= MaxLogin && !strings.ContainsAny(login[:1], "._-@+")
	for _, c := range []byte(login) {
		ok = ok && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("._-@+", c) >= 0)
	}
	if !ok {
		return "", refuse(room.CodeNameInvalid, "a login has 1 to 64 letters without accents, digits, and . _ - @ +, and begins with a letter or digit")
	}
	return login, nil
}

// CheckPassword says what is wrong with a new password.
func CheckPassword(password, login string) error {
	weak := func(text string) error { return refuse(room.CodePasswordWeak, text) }
	different := map[rune]bool{}
	for _, c := range password {
		different[c] = true
	}
	lower := strings.ToLower(password)
	switch {
	case !utf8.ValidString(password) || strings.ContainsRune(password, 0):
		return weak("the password cannot be read; choose another")
	case utf8.RuneCountInString(password) < MinPassword:
		return weak("a password has at least 10 characters; a few words are easy to keep in mind")
	case len(password) > MaxPassword:
		return weak("a password has at most 1024 bytes")
	case len(different) < fewestLetters:
		return weak("the password repeats itself; choose another")
	case len(login) >= fewestLetters && strings.Contains(lower, login):
		return weak("the password contains the login; choose another")
	}
	return nil
}

func refuse(code room.Code, message string) error { return &room.Error{Code: code, Message: message} }
