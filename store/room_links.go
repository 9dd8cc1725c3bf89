package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tablee/room"
)

// CreateRoomLink implements room.LinkStore.
func (s *Store) CreateRoomLink(ctx context.Context, l room.Link, hash []byte, max int) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		var there, count int
		err := tx.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM rooms WHERE name = ?1), (SELECT count(*) FROM room_links WHERE room = ?1)", l.Room).
			Scan(&there, &count)
		switch {
		case err != nil:
			return err
		case there == 0:
			return unknownRoom()
		case count >= max:
			return &room.Error{Code: room.CodeLinksFull, Message: "the room has as many links as it may; revoke some that are not needed"}
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO room_links (room, id, hash, role, label, created, expires, uses) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			l.Room, l.ID, hash, l.Role.String(), l.Label, l.Created.UnixMilli(), millis(l.Expires), l.Uses)
		return err
	})
	if err != nil {
		return fmt.Errorf("storing a link: %w", err)
	}
	return nil
}

// RoomLinks implements room.LinkStore.
func (s *Store) RoomLinks(ctx context.Context, name string) ([]room.Link, error) {
	list := []room.Link{}
	err := s.read(ctx, func(db *sql.DB) error {
		found, err := listRows(ctx, db, scanRoomLink, "SELECT "+roomLinkColumns+" FROM room_links WHERE room = ? ORDER BY created, id", name)
		list = append(list, found...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading links: %w", err)
	}
	return list, nil
}

// DeleteRoomLink implements room.LinkStore.
func (s *Store) DeleteRoomLink(ctx context.Context, name, id string) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM room_links WHERE room = ? AND id = ?", name, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("deleting a link: %w", err)
	}
	return nil
}

// UseRoomLink implements room.LinkStore.
func (s *Store) UseRoomLink(ctx context.Context, name string, hash []byte, now time.Time, take bool) (l room.Link, err error) {
	find := func(q interface {
		QueryRowContext(context.Context, string, ...any) *sql.Row
	}) (err error) {
		l, err = scanRoomLink(q.QueryRowContext(ctx, "SELECT "+roomLinkColumns+" FROM room_links WHERE room = ? AND hash = ?", name, hash))
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return &room.Error{Code: room.CodeLinkInvalid, Message: "the invitation is unknown or was withdrawn; ask for another"}
		case err != nil:
			return err
		case !l.Expires.IsZero() && !now.Before(l.Expires):
			return &room.Error{Code: room.CodeLinkInvalid, Message: "the invitation has expired; ask for another"}
		case l.Uses == 0:
			return &room.Error{Code: room.CodeLinkInvalid, Message: "the invitation was used already; ask for another"}
		}
		return nil
	}
	if !take {
		err = s.read(ctx, func(db *sql.DB) error { return find(db) })
	} else {
		err = s.write(ctx, func(tx *sql.Tx) error {
			if err := find(tx); err != nil || l.Uses == room.UsesUnlimited {
				return err
			}
			l.Uses--
			_, err := tx.ExecContext(ctx, "UPDATE room_links SET uses = uses - 1 WHERE room = ? AND id = ?", name, l.ID)
			return err
		})
	}
	if err != nil {
		return room.Link{}, fmt.Errorf("using a link: %w", err)
	}
	return l, nil
}

const roomLinkColumns = "room, id, role, label, created, expires, uses"

func scanRoomLink(from scanner) (l room.Link, err error) {
	var role string
	var created, expires int64
	if err := from.Scan(&l.Room, &l.ID, &role, &l.Label, &created, &expires, &l.Uses); err != nil {
		return room.Link{}, err
	}
	l.Role, _ = room.ParseRole(role) // nobody, for a word of another version: then it lets nobody in
	l.Created, l.Expires = time.UnixMilli(created).UTC(), fromMillis(expires)
	return l, nil
}
