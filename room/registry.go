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

// tokenBytes is the size of a host token and of a link's: 128 random bits cannot be guessed.
const tokenBytes = 16

// madeUpTries is how many made-up names are tried before giving up; one collision in billions is expected.
const madeUpTries = 8

// errMadeUp says that something is wrong: so many taken names are no chance.
var errMadeUp = errors.New("all made-up room names were taken")

// Registry opens rooms, changes them, and knows their hosts and links. Whoever changes rooms from outside of a meeting
// (the API, the admin page, the command line) goes through it, so that a live meeting hears of the change:
//
//	r, token, err := g.Create(ctx, "Réunion du lundi", account, room.Settings{Lobby: true})
//	rooms, err := g.List(ctx, room.Filter{Owner: account})
//	r, err = g.Update(ctx, "reunion-du-lundi", func(r *room.Room) error { r.Settings.Locked = true; return nil })
//	err = g.SetPassword(ctx, "reunion-du-lundi", "…")
//	link, token, err := g.NewLink(ctx, "reunion-du-lundi", room.LinkWish{Role: room.Moderator, Uses: 1})
//	err = g.Close(ctx, "reunion-du-lundi")
//
// It asks nobody whether they may: that is decided before, by Identity.MayManage or Role.May. It may be used from many
// goroutines when its Store may.
type Registry struct {
	store     Store
	now       func() time.Time
	passwords Passwords
	openers   func() Role
	maxRooms  func() int
	watch     func(News)
}

// Passwords hashes passwords; package password does.
type Passwords interface {
	Hash(password string) string
	Verify(password, hash string) bool
}

// Option changes how a registry is made.
type Option func(*Registry)

// WithPasswords lets rooms have passwords. Without it SetPassword is refused, and no password is right.
func WithPasswords(p Passwords) Option { return func(g *Registry) { g.passwords = p } }

// WithOpeners asks f, for each room that somebody wants to open, for the least role on this server that may: Guest for
// everybody, AccountHolder or Admin. Without it everybody may.
func WithOpeners(f func() Role) Option { return func(g *Registry) { g.openers = f } }

// WithMaxRooms asks f, for each room that somebody wants to open, how many there may be; without it that is Limits.MaxRooms.
func WithMaxRooms(f func() int) Option { return func(g *Registry) { g.maxRooms = f } }

// News is what has happened to a room from outside of its meeting.
type News struct {
	Room    Room
	Closed  bool // its meeting is to end now
	Deleted bool // it is no more; its meeting is to end now
}

// NewRegistry is a registry over s; now is the clock that dates new rooms.
func NewRegistry(s Store, limits Limits, now func() time.Time, opts ...Option) *Registry {
	g := &Registry{store: s, now: now, openers: func() Role { return Guest }, watch: func(News) {},
		maxRooms: func() int { return limits.MaxRooms }}
	for _, opt := range opts {
		opt(g)
	}
	return g
}

// Watch has f told of each change once it is stored. It is called once, before the registry is used; f must not block.
func (g *Registry) Watch(f func(News)) { g.watch = f }

// Open makes the room rawName, or finds it when it is there. Who makes it gets its host token, which is stored only as
// a hash, and owns it when they have an account; otherwise hostToken is "" and created is false. A blank name asks for a
// made-up one. Who may not make rooms is refused with account_needed or forbidden.
func (g *Registry) Open(ctx context.Context, rawName string, by Identity) (r Room, hostToken string, created bool, err error) {
	if strings.TrimSpace(rawName) == "" {
		return g.openMadeUp(ctx, by)
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
	return g.create(ctx, Room{Name: name, Title: title}, by)
}

func (g *Registry) openMadeUp(ctx context.Context, by Identity) (Room, string, bool, error) {
	for range madeUpTries {
		name := g.madeUp()
		r, token, created, err := g.create(ctx, Room{Name: name, Title: name}, by)
		if err != nil || created {
			return r, token, created, err
		}
	}
	return Room{}, "", false, errMadeUp
}

func (g *Registry) madeUp() string { return madeUpName(rand.Reader) }

// mayOpen tells whether somebody may make rooms on this server.
func (g *Registry) mayOpen(by Identity) error {
	switch wanted := g.openers(); {
	case max(by.Box, Guest) >= wanted:
		return nil
	case by.Account == "":
		return &Error{Code: CodeAccountNeeded, Message: "only people with an account open rooms here; log in first"}
	}
	return &Error{Code: CodeForbidden, Message: "only admins open rooms here; ask one of them"}
}

// create stores a new room. r has its Name, Title and Settings.
func (g *Registry) create(ctx context.Context, r Room, by Identity) (Room, string, bool, error) {
	if err := g.mayOpen(by); err != nil {
		return Room{}, "", false, err
	}
	token, hash := newToken()
	r.Owner, r.Created = by.Account, g.now().UTC().Truncate(time.Millisecond)
	created, err := g.store.CreateRoom(ctx, r, hash, g.maxRooms())
	if err != nil {
		return Room{}, "", false, fmt.Errorf("creating a room: %w", err)
	}
	if created {
		return r, token, true, nil
	}
	r, _, err = g.store.Room(ctx, r.Name) // somebody was faster
	return r, "", false, err
}

// newToken makes a token and what is stored of it.
func newToken() (token string, hash []byte) {
	secret := make([]byte, tokenBytes)
	rand.Read(secret) // never fails (crypto/rand)
	token = base64.RawURLEncoding.EncodeToString(secret)
	return token, hashToken(token)
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
	if !plausibleToken(token) {
		return false
	}
	_, want, err := g.store.Room(ctx, name)
	return err == nil && subtle.ConstantTimeCompare(want, hashToken(token)) == 1
}

func plausibleToken(token string) bool {
	return len(token) == base64.RawURLEncoding.EncodedLen(tokenBytes)
}

// hashToken is what is stored of a token. A plain hash is enough: there is nothing to guess in 128 random bits.
func hashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
