package jointoken

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"tablee/room"
)

// Bounds of keys and tokens.
const (
	MaxKeys  = 50                    // of a server
	MaxToken = 2048                  // bytes of a token
	MaxLife  = 31 * 24 * time.Hour   // how far a token's exp may lie ahead
	MaxUsed  = 100_000               // tokens good once that are remembered; those that have expired make place
	MaxJTI   = 128                   // bytes of a jti
	Leeway   = 30 * time.Second      // by which other servers' clocks may be wrong
	mintLife = time.Hour             // of a token that we sign, when nothing else is asked for
	idLength = 16                    // characters of a key's id
	hkdfInfo = "tablee join key v1 " // the key's id follows
)

// Key is what is known of a key; its secret is told once, when it is made.
type Key struct {
	ID      string    // the header "kid" of its tokens
	Label   string    // whose it is, as its maker wrote
	Room    string    // the only room that it lets people into, in normal form; "" for all
	Role    room.Role // the most that it makes anybody
	Created time.Time
}

// Store keeps keys, and which tokens were used.
type Store interface {
	// CreateJoinKey stores a key, and refuses with links_full when there are max of them.
	CreateJoinKey(ctx context.Context, k Key, max int) error
	JoinKeys(ctx context.Context) ([]Key, error) // the oldest first
	// JoinKey finds a key, or answers link_unknown.
	JoinKey(ctx context.Context, id string) (Key, error)
	// DeleteJoinKey deletes a key, or answers link_unknown.
	DeleteJoinKey(ctx context.Context, id string) error
	// JoinTokenUsed tells whether the token of this hash was used.
	JoinTokenUsed(ctx context.Context, hash []byte) (bool, error)
	// UseJoinToken remembers until expires that the token of this hash was used, and refuses with link_invalid when it was
	// before, and with links_full when max are remembered that have not expired at now.
	UseJoinToken(ctx context.Context, hash []byte, expires, now time.Time, max int) error
}

// Tokens makes keys, and opens tokens. It may be used from many goroutines when its Store may.
type Tokens struct {
	store    Store
	master   []byte
	now      func() time.Time
	counters counters
}

// New is made of the server's secret, from which those of keys are derived.
func New(s Store, serverKey []byte, now func() time.Time) *Tokens {
	return &Tokens{store: s, master: serverKey, now: now}
}

// secret is what tokens of a key are signed with: the bytes of this text as they stand.
func (t *Tokens) secret(id string) string {
	key, err := hkdf.Key(sha256.New, t.master, nil, hkdfInfo+id, sha256.Size)
	if err != nil {
		panic("jointoken: " + err.Error()) // only for an absurd length
	}
	return base64.RawURLEncoding.EncodeToString(key)
}

// NewKey makes a key from k's Label, Room ("" for all) and Role (a host's when nobody's). The secret cannot be had again.
func (t *Tokens) NewKey(ctx context.Context, k Key) (made Key, secret string, err error) {
	if k.Label, err = room.CleanPersonName(k.Label); err != nil {
		return Key{}, "", &room.Error{Code: room.CodeBadMessage, Message: "a key's label has 1 to 64 characters: say whose it is"}
	}
	if k.Room != "" {
		if k.Room, _, err = room.NormalizeName(k.Room); err != nil {
			return Key{}, "", err
		}
	}
	if k.Role == room.Nobody {
		k.Role = room.Host
	}
	if k.Role > room.Host {
		return Key{}, "", &room.Error{Code: room.CodeBadMessage, Message: "a key is for listener, guest, member, speaker, moderator or host"}
	}
	k.ID, k.Created = strings.ToLower(rand.Text()[:idLength]), t.now().UTC().Truncate(time.Millisecond)
	if err := t.store.CreateJoinKey(ctx, k, MaxKeys); err != nil {
		return Key{}, "", fmt.Errorf("making a join key: %w", err)
	}
	return k, t.secret(k.ID), nil
}

// Keys lists them, the oldest first.
func (t *Tokens) Keys(ctx context.Context) ([]Key, error) { return t.store.JoinKeys(ctx) }

// Revoke makes a key and all its tokens worthless at once; who is seated stays.
func (t *Tokens) Revoke(ctx context.Context, id string) error { return t.store.DeleteJoinKey(ctx, id) }
