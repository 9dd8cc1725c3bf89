package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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
		_, err = tx.ExecContext(ctx, "INSERT INTO rooms (name, title, created, host) VALUES (?, ?, ?, ?)",
			r.Name, r.Title, r.Created.UnixMilli(), hostHash)
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
	var created int64
	err = s.read(ctx, func(db *sql.DB) error {
		return db.QueryRowContext(ctx, "SELECT name, title, created, host FROM rooms WHERE name = ?", name).
			Scan(&r.Name, &r.Title, &created, &hostHash)
	})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return room.Room{}, nil, &room.Error{Code: room.CodeRoomUnknown, Message: "there is no room of that name; open it first"}
	case err != nil:
		return room.Room{}, nil, fmt.Errorf("reading a room: %w", err)
	}
	r.Created = time.UnixMilli(created).UTC()
	return r, hostHash, nil
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
