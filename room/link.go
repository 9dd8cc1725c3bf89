package room

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
)

// Link is an invitation into one room, for a role. Whoever has it needs neither password nor lobby, and comes in while
// the room is locked to others only as a moderator or more. Its token is told once, when it is made; what is stored is a
// hash.
type Link struct {
	ID      string // to revoke it by; of no use to come in
	Room    string // normal form
	Role    Role
	Label   string // whom it is for, as its maker wrote
	Created time.Time
	Expires time.Time // zero for never
	Uses    int       // how many may still come in by it; UsesUnlimited for any number
}

// UsesUnlimited is a Link's Uses without a bound.
const UsesUnlimited = -1

// Bounds of links.
const (
	MaxLinks    = 200 // of one room
	MaxLinkUses = 1000
	MaxLinkLife = 10 * 365 * 24 * time.Hour
)

// LinkWish is what somebody asks a link to be.
type LinkWish struct {
	Role  Role          // Listener to Host
	Label string        // "" for none
	Life  time.Duration // 0 for a link that does not expire
	Uses  int           // 0 for any number
}

// NewLink makes a link of a room. token goes behind the room's address, as #link=TOKEN, and cannot be had again.
func (g *Registry) NewLink(ctx context.Context, rawName string, w LinkWish) (l Link, token string, err error) {
	name, _, err := NormalizeName(rawName)
	if err != nil {
		return Link{}, "", err
	}
	if w.Label != "" {
		if w.Label, err = CleanPersonName(w.Label); err != nil {
			return Link{}, "", &Error{Code: CodeBadMessage, Message: "a link's label has 1 to 64 characters"}
		}
	}
	switch {
	case w.Role < Listener || w.Role > Host:
		return Link{}, "", &Error{Code: CodeBadMessage, Message: "a link is for a listener, guest, member, speaker, moderator or host"}
	case w.Life < 0 || w.Life > MaxLinkLife || w.Uses < 0 || w.Uses > MaxLinkUses:
		return Link{}, "", &Error{Code: CodeBadMessage, Message: "a link is good for ten years and a thousand people at most"}
	}
	now := g.now().UTC().Truncate(time.Millisecond)
	l = Link{ID: rand.Text()[:16], Room: name, Role: w.Role, Label: w.Label, Created: now, Uses: w.Uses}
	if w.Uses == 0 {
		l.Uses = UsesUnlimited
	}
	if w.Life > 0 {
		l.Expires = now.Add(w.Life)
	}
	token, hash := newToken()
	if err := g.store.CreateRoomLink(ctx, l, hash, MaxLinks); err != nil {
		return Link{}, "", fmt.Errorf("making a link: %w", err)
	}
	return l, token, nil
}

// Links lists a room's links, the oldest first, those that have expired or are used up included.
func (g *Registry) Links(ctx context.Context, rawName string) ([]Link, error) {
	name, _, err := NormalizeName(rawName)
	if err != nil {
		return nil, err
	}
	list, err := g.store.RoomLinks(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("listing links: %w", err)
	}
	return list, nil
}

// RevokeLink makes a link worthless; who has come in by it stays. A link that is not there is no error.
func (g *Registry) RevokeLink(ctx context.Context, rawName, id string) error {
	name, _, err := NormalizeName(rawName)
	if err != nil {
		return err
	}
	if err := g.store.DeleteRoomLink(ctx, name, id); err != nil {
		return fmt.Errorf("revoking a link: %w", err)
	}
	return nil
}

// LookAtLink tells what the link of this token is, without using it up. One that is no good is refused with link_invalid.
func (g *Registry) LookAtLink(ctx context.Context, name, token string) (Link, error) {
	return g.useLink(ctx, name, token, false)
}

// TakeLink uses the link once.
func (g *Registry) TakeLink(ctx context.Context, name, token string) (Link, error) {
	return g.useLink(ctx, name, token, true)
}

func (g *Registry) useLink(ctx context.Context, name, token string, take bool) (Link, error) {
	if !plausibleToken(token) {
		return Link{}, &Error{Code: CodeLinkInvalid, Message: "the invitation is not complete; ask for the link again"}
	}
	return g.store.UseRoomLink(ctx, name, hashToken(token), g.now(), take)
}
