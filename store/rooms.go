package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"tablee/room"
)

var _ room.Store = (*Store)(nil)

// CreateRoom implements room.Store.
func (s *Store) CreateRoom(ctx context.Context, r room.Room, hostHash []byte, max int) (created bool, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		created = false
		var there, count int
		err := tx.QueryRowContext(ctx, "SELECT count(*) FILTER (WHERE name = ?), count(*) FROM rooms", r.Name).Scan(&there, &count)
		switch {
		case err != nil:
			return err
		case there > 0:
			return nil
		case count >= max:
			return &room.Error{Code: room.CodeRoomsFull, Message: "the server has as many rooms as it may; ask its owner"}
		}
		settings, err := json.Marshal(r.Settings)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO rooms (name, title, created, host, owner, settings) VALUES (?, ?, ?, ?, ?, ?)",
			r.Name, r.Title, r.Created.UnixMilli(), hostHash, r.Owner, string(settings))
		created = err == nil
		return err
	})
	if err != nil {
		return false, fmt.Errorf("storing a room: %w", err)
	}
	return created, nil
}

// Room implements room.Store.
func (s *Store) Room(ctx context.Context, name string) (r room.Room, hostHash []byte, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		r, hostHash, err = scanRoom(db.QueryRowContext(ctx, "SELECT "+roomColumns+" FROM rooms WHERE name = ?", name))
		return err
	})
	if err != nil {
		return room.Room{}, nil, fmt.Errorf("reading a room: %w", err)
	}
	return r, hostHash, nil
}

// Rooms implements room.Store. The search is without regard to case in ASCII, as SQLite's LIKE; names have no accents.
func (s *Store) Rooms(ctx context.Context, f room.Filter) ([]room.Room, error) {
	list := []room.Room{}
	like := "%" + strings.NewReplacer("\\", "\\\\", "%", "\\%", "_", "\\_").Replace(f.Search) + "%"
	err := s.read(ctx, func(db *sql.DB) error {
		found, err := listRows(ctx, db, func(row scanner) (room.Room, error) {
			r, _, err := scanRoom(row)
			return r, err
		}, "SELECT "+roomColumns+" FROM rooms WHERE name > ? AND (? = '' OR owner = ?)"+
			" AND (name LIKE ? ESCAPE '\\' OR title LIKE ? ESCAPE '\\') ORDER BY name LIMIT ?", f.After, f.Owner, f.Owner, like, like, f.Limit)
		list = append(list, found...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing rooms: %w", err)
	}
	return list, nil
}

// UpdateRoom implements room.Store.
func (s *Store) UpdateRoom(ctx context.Context, name string, change func(*room.Room) error) (r room.Room, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		r, _, err = scanRoom(tx.QueryRowContext(ctx, "SELECT "+roomColumns+" FROM rooms WHERE name = ?", name))
		if err != nil {
			return err
		}
		if err := change(&r); err != nil {
			return err
		}
		settings, err := json.Marshal(r.Settings)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE rooms SET title = ?, owner = ?, settings = ? WHERE name = ?", r.Title, r.Owner, string(settings), name)
		return err
	})
	if err != nil {
		return room.Room{}, fmt.Errorf("changing a room: %w", err)
	}
	return r, nil
}

// DeleteRoom implements room.Store. What refers to the room goes with it.
func (s *Store) DeleteRoom(ctx context.Context, name string) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		gone, err := tx.ExecContext(ctx, "DELETE FROM rooms WHERE name = ?", name)
		if err != nil {
			return err
		}
		if n, err := gone.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, unknownRoom())
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("deleting a room: %w", err)
	}
	return nil
}

const roomColumns = "name, title, created, host, owner, settings"

// scanRoom reads a room, or answers room_unknown.
func scanRoom(from scanner) (r room.Room, hostHash []byte, err error) {
	var created int64
	var settings string
	err = from.Scan(&r.Name, &r.Title, &created, &hostHash, &r.Owner, &settings)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return room.Room{}, nil, unknownRoom()
	case err != nil:
		return room.Room{}, nil, err
	}
	if err := json.Unmarshal([]byte(settings), &r.Settings); err != nil {
		return room.Room{}, nil, fmt.Errorf("reading a room's settings: %w", err)
	}
	r.Created = time.UnixMilli(created).UTC()
	return r, hostHash, nil
}

func unknownRoom() error {
	return &room.Error{Code: room.CodeRoomUnknown, Message: "there is no room of that name; open it first"}
}

// CountRooms counts the rooms that exist.
func (s *Store) CountRooms(ctx context.Context) (n int, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		return db.QueryRowContext(ctx, "SELECT count(*) FROM rooms").Scan(&n)
	})
	if err != nil {
		return 0, fmt.Errorf("counting rooms: %w", err)
	}
	return n, nil
}
