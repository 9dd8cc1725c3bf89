package accounts

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"time"

	"tablee/room"
)

// Kind is what a secret is for.
type Kind string

// Kinds.
const (
	Session Kind = "session" // a browser that has logged in
	App     Kind = "app"     // a program that knows passwords only, such as a WebDAV client
	Token   Kind = "token"   // a program that uses the API
	Invite  Kind = "invite"  // makes one account
	Reset   Kind = "reset"   // sets a new password, once
)

// How long secrets are good for.
const (
	SessionLife = 30 * 24 * time.Hour // since it was last used, to the day
	renewAfter  = 24 * time.Hour      // so that a session costs one write a day at most
	InviteLife  = 7 * 24 * time.Hour
	ResetLife   = 24 * time.Hour
	MaxLife     = 10 * 365 * 24 * time.Hour
)

// TokenPrefix starts an API token, so that one that lies around is recognised for what it is.
const TokenPrefix = "tablee_"

// Secret is what is known of a secret; the secret itself is told once, when it is made. No device, address or time of use
// is kept.
type Secret struct {
	ID      string // to revoke it by; of no use to come in
	Kind    Kind
	Account string    // whose it is; "" for an invitation
	Label   string    // what it is for, as its maker wrote
	Role    room.Role // what an invitation makes somebody
	Created time.Time
	Expires time.Time // zero for never
}

// Which chooses secrets: those of Account, of Kinds (none: no secret at all), except the one of this id.
type Which struct {
	Account string
	ID      string // only this one; "" for all
	Kinds   []Kind
	Except  string
}

// SecretStore keeps secrets by their hashes.
type SecretStore interface {
	// CreateSecret stores a secret; those of its kind and account that have expired at s.Created make place, and beyond
	// max of them, a session replaces the oldest, and others are refused with links_full.
	CreateSecret(ctx context.Context, s Secret, hash []byte, max int) error
	// FindSecret finds a secret and the account that it belongs to (the zero Account for none). One that is not there, or
	// has expired at now, is refused with link_invalid.
	FindSecret(ctx context.Context, k Kind, hash []byte, now time.Time) (Secret, Account, error)
	// ListSecrets lists secrets, the newest first.
	ListSecrets(ctx context.Context, w Which) ([]Secret, error)
	// RenewSecret sets when a secret expires.
	RenewSecret(ctx context.Context, id string, expires time.Time) error
	// DeleteSecrets deletes secrets and says how many.
	DeleteSecrets(ctx context.Context, w Which) (int, error)
}

// newSecret makes a secret of 130 random bits, and what is stored of it.
func newSecret(k Kind) (text string, hash []byte) {
	text = rand.Text()
	switch k {
	case App: // typed by hand, perhaps
		text = strings.Join([]string{text[:5], text[5:10], text[10:15], text[15:20], text[20:]}, "-")
	case Token:
		text = TokenPrefix + text
	}
	return text, hashSecret(text)
}

// hashSecret is what is stored of a secret. A plain hash is enough: there is nothing to guess in 130 random bits.
func hashSecret(text string) []byte {
	text = strings.NewReplacer("-", "", " ", "").Replace(strings.TrimPrefix(text, TokenPrefix))
	sum := sha256.Sum256([]byte(strings.ToUpper(text)))
	return sum[:]
}

// maxSecret bounds what is hashed, in bytes.
const maxSecret = 64

// newID makes an id that nobody can guess, though nothing depends on that.
func newID() string { return strings.ToLower(rand.Text()[:16]) }
