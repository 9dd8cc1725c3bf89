package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"tablee/room"
)

// KeepChat is how many messages of a room are kept; older ones make place. It bounds what one room can put on a disk.
const KeepChat = 2000

// AppendChat numbers and stores messages of any rooms, in one transaction: after nil all are on the disk. It sets N in
// place; a message whose room is not there keeps N = 0 and is not stored.
func (s *Store) AppendChat(ctx context.Context, messages []room.Message) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		for i := range messages {
			if err := appendChat(ctx, tx, &messages[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("storing chat: %w", err)
	}
	return nil
}

func appendChat(ctx context.Context, tx *sql.Tx, m *room.Message) error {
	m.N = 0
	err := tx.QueryRowContext(ctx, "UPDATE rooms SET chat_n = chat_n + 1 WHERE name = ? RETURNING chat_n", m.Room).Scan(&m.N)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO chat (room, n, author, name, seat, at, text) VALUES (?, ?, ?, ?, ?, ?, ?)",
		m.Room, m.N, m.From, m.Name, m.Seat, m.At.UnixMilli(), m.Text)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM chat WHERE room = ? AND n <= ?", m.Room, m.N-KeepChat)
	return err
}

// RecentChat reads the last limit messages of a room, oldest first.
func (s *Store) RecentChat(ctx context.Context, name string, limit int) ([]room.Message, error) {
	var list []room.Message
	err := s.read(ctx, func(db *sql.DB) error {
		var err error
		list, err = listRows(ctx, db, func(row scanner) (room.Message, error) {
			m := room.Message{Room: name}
			var at int64
			err := row.Scan(&m.N, &m.From, &m.Name, &m.Seat, &at, &m.Text)
			m.At = time.UnixMilli(at).UTC()
			return m, err
		}, "SELECT n, author, name, seat, at, text FROM chat WHERE room = ? ORDER BY n DESC LIMIT ?", name, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading chat: %w", err)
	}
	slices.Reverse(list)
	return list, nil
}

// ChatRooms names the rooms that have chat messages.
func (s *Store) ChatRooms(ctx context.Context) ([]string, error) {
	var names []string
	err := s.read(ctx, func(db *sql.DB) (err error) {
		names, err = texts(ctx, db, "SELECT DISTINCT room FROM chat ORDER BY room")
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing rooms with chat: %w", err)
	}
	return names, nil
}

// DeleteChat deletes a room's messages for good: freed pages are overwritten (secure_delete), and the write-ahead log,
// which still holds copies, is emptied into the database and truncated. The room's numbering goes on.
func (s *Store) DeleteChat(ctx context.Context, name string) error {
	var deleted int64
	err := s.write(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "DELETE FROM chat WHERE room = ?", name)
		if err != nil {
			return err
		}
		deleted, err = result.RowsAffected()
		return err
	})
	if err == nil && deleted > 0 {
		err = s.read(ctx, func(db *sql.DB) error {
			_, err := db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("deleting chat: %w", err)
	}
	return nil
}
