package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"tablee/room"
)

// padColumns are those that scanPad reads.
const padColumns = "key, id, coalesce(room, ''), kind, title, created, changed, size, guests, retain, coalesce(published, ''), main, broken"

// errPadUnknown is for users.
func errPadUnknown() error {
	return &room.Error{Code: room.CodePadUnknown, Message: "there is no such pad, or the link to it is no longer good"}
}

func scanPad(row scanner, more ...any) (p room.Pad, err error) {
	var created, changed int64
	err = row.Scan(append([]any{&p.Key, &p.ID, &p.Room, &p.Kind, &p.Title, &created, &changed, &p.Size, &p.Guests, &p.Retain,
		&p.Published, &p.Main, &p.Broken}, more...)...)
	p.Created, p.Changed = time.UnixMilli(created).UTC(), time.UnixMilli(changed).UTC()
	return p, err
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// CreatePad stores p with its links and sets its Key. It refuses with pads_full when there are max pads already, and
// with room_unknown. The main pad of a room that has one is found instead: created is false.
func (s *Store) CreatePad(ctx context.Context, p *room.Pad, links []room.PadLink, max int) (created bool, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		created = false
		if p.Main {
			found, err := scanPad(tx.QueryRowContext(ctx, "SELECT "+padColumns+" FROM pads WHERE room = ? AND main = 1", p.Room))
			if err == nil {
				*p = found
				return nil
			}
			if !errors.Is(err, sql.ErrNoRows) {
				return err
			}
		}
		var count, rooms int
		if err := tx.QueryRowContext(ctx, "SELECT count(*), (SELECT count(*) FROM rooms WHERE name = ?) FROM pads", p.Room).Scan(&count, &rooms); err != nil {
			return err
		}
		switch {
		case count >= max:
			return &room.Error{Code: room.CodePadsFull, Message: "the server has as many pads as it may; delete some, or ask its owner"}
		case p.Room != "" && rooms == 0:
			return &room.Error{Code: room.CodeRoomUnknown, Message: "there is no room of that name; open it first"}
		}
		err := tx.QueryRowContext(ctx, `INSERT INTO pads (id, room, kind, title, created, changed, guests, retain, main)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING key`,
			p.ID, null(p.Room), p.Kind, p.Title, p.Created.UnixMilli(), p.Changed.UnixMilli(), p.Guests, p.Retain, p.Main).Scan(&p.Key)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO pad_search (rowid, title, body) VALUES (?, ?, '')", p.Key, p.Title); err != nil {
			return err
		}
		for i := range links {
			if err := addPadLink(ctx, tx, p.Key, &links[i]); err != nil {
				return err
			}
		}
		created = true
		return nil
	})
	return created, wrap("storing a pad", err)
}

// Pad finds a pad by its id, or answers pad_unknown.
func (s *Store) Pad(ctx context.Context, id string) (room.Pad, error) {
	return s.onePad(ctx, "id = ?", id)
}

// PublishedPad finds a pad by the secret of its page, or answers pad_unknown.
func (s *Store) PublishedPad(ctx context.Context, secret string) (room.Pad, error) {
	return s.onePad(ctx, "published = ?", secret)
}

func (s *Store) onePad(ctx context.Context, where string, args ...any) (p room.Pad, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		p, err = scanPad(db.QueryRowContext(ctx, "SELECT "+padColumns+" FROM pads WHERE "+where, args...))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return room.Pad{}, errPadUnknown()
	}
	return p, wrap("reading a pad", err)
}

// RoomPads lists a room's pads, last changed first.
func (s *Store) RoomPads(ctx context.Context, name string, limit int) ([]room.PadFound, error) {
	return s.pads(ctx, "SELECT "+padColumns+", '' FROM pads WHERE room = ? ORDER BY changed DESC, key DESC LIMIT ?", name, limit)
}

// SearchPads lists a room's pads that match an FTS5 query, last changed first, with a piece of the text.
func (s *Store) SearchPads(ctx context.Context, name, query string, limit int) ([]room.PadFound, error) {
	return s.pads(ctx, "SELECT "+padColumns+`, part FROM pads JOIN
		(SELECT rowid AS found, snippet(pad_search, 1, char(2), char(3), '…', 16) AS part FROM pad_search WHERE pad_search MATCH ?)
		ON found = key WHERE room = ? ORDER BY changed DESC, key DESC LIMIT ?`, query, name, limit)
}

// ForgottenPads are those that nobody changed for as long as they are kept.
func (s *Store) ForgottenPads(ctx context.Context, now time.Time) ([]room.PadFound, error) {
	return s.pads(ctx, "SELECT "+padColumns+", '' FROM pads WHERE retain > 0 AND changed + retain * 86400000 <= ? LIMIT 1000", now.UnixMilli())
}

func (s *Store) pads(ctx context.Context, query string, args ...any) (list []room.PadFound, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		list, err = listRows(ctx, db, func(row scanner) (f room.PadFound, err error) {
			f.Pad, err = scanPad(row, &f.Snippet)
			return f, err
		}, query, args...)
		return err
	})
	return list, wrap("listing pads", err)
}

// UpdatePad stores what can be set of a pad: Title, Guests, Retain, Published, Broken.
func (s *Store) UpdatePad(ctx context.Context, p room.Pad) error {
	return wrap("changing a pad", s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE pads SET title = ?, guests = ?, retain = ?, published = ?, broken = ? WHERE key = ?",
			p.Title, p.Guests, p.Retain, null(p.Published), p.Broken, p.Key)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE pad_search SET title = ? WHERE rowid = ?", p.Title, p.Key)
		return err
	}))
}

// IndexPad stores a pad's text for the search, its size and when it changed.
func (s *Store) IndexPad(ctx context.Context, p room.Pad, text string) error {
	return wrap("indexing a pad", s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE pads SET size = ?, changed = ? WHERE key = ?", p.Size, p.Changed.UnixMilli(), p.Key)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE pad_search SET body = ? WHERE rowid = ?", text, p.Key)
		return err
	}))
}

// IndexedText is a pad's text as it was last indexed: the last resort for one that cannot be read.
func (s *Store) IndexedText(ctx context.Context, key int64) (text string, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		return db.QueryRowContext(ctx, "SELECT body FROM pad_search WHERE rowid = ?", key).Scan(&text)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return "", errPadUnknown()
	}
	return text, wrap("reading a pad's text", err)
}

// DeletePad deletes a pad and all that belongs to it for good: freed pages are overwritten (secure_delete, also in the
// index), and the write-ahead log, which still holds copies, is emptied and truncated.
func (s *Store) DeletePad(ctx context.Context, key int64) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM pads WHERE key = ?", key)
		return err
	})
	if err == nil {
		err = s.truncateLog(ctx)
	}
	return wrap("deleting a pad", err)
}

func (s *Store) truncateLog(ctx context.Context) error {
	return s.read(ctx, func(db *sql.DB) error {
		_, err := db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
		return err
	})
}
