package room

import (
	"context"
	"fmt"
	"strings"
)

// MaxTitle is the longest title of a room, in characters.
const MaxTitle = MaxPersonName

// MaxPassword is the longest password of a room, in bytes.
const MaxPassword = 256

// Create makes a room with settings; unlike Open it is refused with room_exists when there is one of that name. A blank
// name asks for a made-up one. The host token is told this once, and stored only as a hash.
func (g *Registry) Create(ctx context.Context, rawName string, by Identity, s Settings) (r Room, hostToken string, err error) {
	if err := s.Check(); err != nil {
		return Room{}, "", err
	}
	name, title, made := "", "", strings.TrimSpace(rawName) == ""
	if !made {
		if name, title, err = NormalizeName(rawName); err != nil {
			return Room{}, "", err
		}
	}
	for range madeUpTries {
		if made {
			name = g.madeUp()
			title = name
		}
		r, token, created, err := g.create(ctx, Room{Name: name, Title: title, Settings: s}, by)
		if err != nil || created {
			return r, token, err
		}
		if !made {
			return Room{}, "", &Error{Code: CodeRoomExists, Message: "there is a room of that name; choose another name, or change that room"}
		}
	}
	return Room{}, "", errMadeUp
}

// List lists rooms by name.
func (g *Registry) List(ctx context.Context, f Filter) ([]Room, error) {
	if f.Limit <= 0 || f.Limit > MaxPage {
		f.Limit = MaxPage
	}
	rooms, err := g.store.Rooms(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("listing rooms: %w", err)
	}
	return rooms, nil
}

// Update lets change change a room's Title, Owner and Settings (but not its password), checks them, and stores them; a
// live meeting follows at once. change may run while the store is locked: it must be quick, and ask the registry nothing.
func (g *Registry) Update(ctx context.Context, rawName string, change func(*Room) error) (Room, error) {
	return g.update(ctx, rawName, func(r *Room) error {
		before := *r
		if err := change(r); err != nil {
			return err
		}
		r.Name, r.Created, r.Settings.PasswordHash = before.Name, before.Created, before.Settings.PasswordHash
		return nil
	})
}

func (g *Registry) update(ctx context.Context, rawName string, change func(*Room) error) (Room, error) {
	name, _, err := NormalizeName(rawName)
	if err != nil {
		return Room{}, err
	}
	r, err := g.store.UpdateRoom(ctx, name, func(r *Room) error {
		if err := change(r); err != nil {
			return err
		}
		title, err := CleanPersonName(r.Title) // a title is shown where names are
		if err != nil {
			return &Error{Code: CodeBadMessage, Message: "a title has 1 to 64 characters"}
		}
		r.Title = title
		return r.Settings.Check()
	})
	if err != nil {
		return Room{}, fmt.Errorf("changing a room: %w", err)
	}
	g.watch(News{Room: r})
	return r, nil
}

// SetPassword gives a room a password, or takes it away ("").
func (g *Registry) SetPassword(ctx context.Context, rawName, password string) (Room, error) {
	hash := ""
	switch {
	case len(password) > MaxPassword:
		return Room{}, &Error{Code: CodeBadMessage, Message: "a password has 256 bytes at most"}
	case password != "" && g.passwords == nil:
		return Room{}, &Error{Code: CodeForbidden, Message: "this server has no passwords for rooms"}
	case password != "":
		hash = g.passwords.Hash(password)
	}
	return g.update(ctx, rawName, func(r *Room) error {
		r.Settings.PasswordHash = hash
		return nil
	})
}

// CheckPassword tells whether it is the room's password. It takes as long as a hash takes, and does not limit guesses.
func (g *Registry) CheckPassword(r Room, password string) bool {
	if r.Settings.PasswordHash == "" {
		return true
	}
	return g.passwords != nil && len(password) <= MaxPassword && g.passwords.Verify(password, r.Settings.PasswordHash)
}

// Close ends the room's meeting for all, if there is one; a temporary room is deleted.
func (g *Registry) Close(ctx context.Context, rawName string) error {
	r, err := g.Get(ctx, rawName)
	if err != nil {
		return err
	}
	if r.Settings.Temporary {
		return g.Delete(ctx, r.Name)
	}
	g.watch(News{Room: r, Closed: true})
	return nil
}

// Delete deletes a room, with its chat, its links, and all that modules keep of it; its meeting ends.
func (g *Registry) Delete(ctx context.Context, rawName string) error {
	r, err := g.Get(ctx, rawName)
	if err != nil {
		return err
	}
	if err := g.store.DeleteRoom(ctx, r.Name); err != nil {
		return fmt.Errorf("deleting a room: %w", err)
	}
	g.watch(News{Room: r, Closed: true, Deleted: true})
	return nil
}
