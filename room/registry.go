package room

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
)

// hostTokenBytes is the size of a host token: 128 random bits cannot be guessed.
const hostTokenBytes = 16

// madeUpTries is how many made-up names are tried before giving up; one collision in billions is expected.
const madeUpTries = 8

// Registry opens rooms and knows their hosts. It holds no state of its own and may be used from many goroutines when
// its Store may.
type Registry struct {
	store  Store
	limits Limits
	now    func() time.Time
}

// NewRegistry is a registry over s; now is the clock that dates new rooms.
func NewRegistry(s Store, limits Limits, now func() time.Time) *Registry {
	return &Registry{store: s, limits: limits, now: now}
}

// Open makes the room rawName, or finds it when it is there. Who makes it gets its host token, which is stored only as
// a hash; otherwise hostToken is "" and created is false. A blank name asks for a made-up one.
func (g *Registry) Open(ctx context.Context, rawName string) (r Room, hostToken string, created bool, err error) {
	if strings.TrimSpace(rawName) == "" {
		return g.openMadeUp(ctx)
	}
	name, title, err := NormalizeName(rawName)
	if err != nil {
		return Room{}, "", false, err
	}
	// Found rooms are the common case and need no write.
	r, _, err = g.store.Room(ctx, name)
	if err == nil || !errors.Is(err, &Error{Code: CodeRoomUnknown}) {
		return r, "", false, err
	}
	return g.create(ctx, name, title)
}

func (g *Registry) openMadeUp(ctx context.Context) (Room, string, bool, error) {
	for range madeUpTries {
		name := madeUpName(rand.Reader)
		r, token, created, err := g.create(ctx, name, name)
		if err != nil || created {
			return r, token, created, err
		}
	}
	return Room{}, "", false, fmt.Errorf("making up a room name: %d of them were taken", madeUpTries)
}

func (g *Registry) create(ctx context.Context, name, title string) (Room, string, bool, error) {
	secret := make([]byte, hostTokenBytes)
	rand.Read(secret) // never fails (crypto/rand)
	token := base64.RawURLEncoding.EncodeToString(secret)
	r := Room{Name: name, Title: title, Created: g.now().UTC().Truncate(time.Millisecond)}
	created, err := g.store.CreateRoom(ctx, r, hashToken(token), g.limits.MaxRooms)
	if err != nil {
		return Room{}, "", false, fmt.Errorf("creating a room: %w", err)
	}
	if created {
		return r, token, true, nil
	}
	r, _, err = g.store.Room(ctx, name) // somebody was faster
	return r, "", false, err
}

// Get finds the room rawName, or answers room_unknown or room_name_invalid.
func (g *Registry) Get(ctx context.Context, rawName string) (Room, error) {
	name, _, err := NormalizeName(rawName)
	if err != nil {
		return Room{}, err
	}
	r, _, err := g.store.Room(ctx, name)
	return r, err
}

// IsHost tells whether token is the host token of the room called name (in normal form), in constant time.
func (g *Registry) IsHost(ctx context.Context, name, token string) bool {
	if len(token) != base64.RawURLEncoding.EncodedLen(hostTokenBytes) {
		return false
	}
	_, want, err := g.store.Room(ctx, name)
	return err == nil && subtle.ConstantTimeCompare(want, hashToken(token)) == 1
}

// hashToken is what is stored of a token. A plain hash is enough: there is nothing to guess in 128 random bits.
func hashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
