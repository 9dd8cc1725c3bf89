package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"tablee/room"
)

// AddPadLink stores a link and sets its number.
func (s *Store) AddPadLink(ctx context.Context, key int64, l *room.PadLink) error {
	return wrap("storing a link", s.write(ctx, func(tx *sql.Tx) error { return addPadLink(ctx, tx, key, l) }))
}

func addPadLink(ctx context.Context, tx *sql.Tx, key int64, l *room.PadLink) error {
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(n), 0) + 1 FROM pad_links WHERE pad = ?", key).Scan(&l.N); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO pad_links (pad, n, hash, access, expires, created, note) VALUES (?, ?, ?, ?, ?, ?, ?)",
		key, l.N, l.Hash, l.Right, millis(l.Expires), l.Created.UnixMilli(), l.Note)
	return err
}

// PadLinks lists a pad's links.
func (s *Store) PadLinks(ctx context.Context, key int64) (list []room.PadLink, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		list, err = listRows(ctx, db, scanPadLink, "SELECT n, hash, access, expires, created, note FROM pad_links WHERE pad = ? ORDER BY n", key)
		return err
	})
	return list, wrap("listing links", err)
}

// PadLink finds a pad's link by the hash of its secret, or answers pad_unknown.
func (s *Store) PadLink(ctx context.Context, key int64, hash []byte) (l room.PadLink, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		l, err = scanPadLink(db.QueryRowContext(ctx, "SELECT n, hash, access, expires, created, note FROM pad_links WHERE hash = ? AND pad = ?", hash, key))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return room.PadLink{}, errPadUnknown()
	}
	return l, wrap("reading a link", err)
}

func scanPadLink(row scanner) (l room.PadLink, err error) {
	var expires, created int64
	err = row.Scan(&l.N, &l.Hash, &l.Right, &expires, &created, &l.Note)
	l.Expires, l.Created = fromMillis(expires), time.UnixMilli(created).UTC()
	return l, err
}

// DeletePadLink deletes a link. One that is not there is no error.
func (s *Store) DeletePadLink(ctx context.Context, key int64, n int) error {
	return wrap("deleting a link", s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM pad_links WHERE pad = ? AND n = ?", key, n)
		return err
	}))
}

// AddPadVersion stores a named version and sets its number. Beyond max it refuses with pads_full.
func (s *Store) AddPadVersion(ctx context.Context, key int64, v *room.PadVersion, max int) error {
	return wrap("storing a version", s.write(ctx, func(tx *sql.Tx) error {
		var count int
		err := tx.QueryRowContext(ctx, "SELECT coalesce(max(n), 0) + 1, count(*) FROM pad_versions WHERE pad = ?", key).Scan(&v.N, &count)
		if err != nil {
			return err
		}
		if count >= max {
			return &room.Error{Code: room.CodePadsFull, Message: "the pad has as many versions as it may; delete some"}
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO pad_versions (pad, n, name, at, author, crc, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
			key, v.N, v.Name, v.At.UnixMilli(), v.Author, checksum(v.Data), v.Data)
		return err
	}))
}

// PadVersions lists a pad's named versions, without their data.
func (s *Store) PadVersions(ctx context.Context, key int64) (list []room.PadVersion, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		list, err = listRows(ctx, db, func(row scanner) (v room.PadVersion, err error) {
			var at int64
			err = row.Scan(&v.N, &v.Name, &at, &v.Author, &v.Size)
			v.At = time.UnixMilli(at).UTC()
			return v, err
		}, "SELECT n, name, at, author, length(data) FROM pad_versions WHERE pad = ? ORDER BY n", key)
		return err
	})
	return list, wrap("listing versions", err)
}

// PadVersion reads a named version, or answers pad_unknown; pad_broken when it is not as it was stored.
func (s *Store) PadVersion(ctx context.Context, key int64, n int) (v room.PadVersion, err error) {
	var at, crc int64
	err = s.read(ctx, func(db *sql.DB) error {
		return db.QueryRowContext(ctx, "SELECT n, name, at, author, length(data), crc, data FROM pad_versions WHERE pad = ? AND n = ?", key, n).
			Scan(&v.N, &v.Name, &at, &v.Author, &v.Size, &crc, &v.Data)
	})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return room.PadVersion{}, errPadUnknown()
	case err != nil:
		return room.PadVersion{}, wrap("reading a version", err)
	case checksum(v.Data) != crc:
		return room.PadVersion{}, &room.Error{Code: room.CodePadBroken, Message: "this version is damaged on the disk"}
	}
	v.At = time.UnixMilli(at).UTC()
	return v, nil
}

// DeletePadVersion deletes a named version for good.
func (s *Store) DeletePadVersion(ctx context.Context, key int64, n int) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM pad_versions WHERE pad = ? AND n = ?", key, n)
		return err
	})
	if err == nil {
		err = s.truncateLog(ctx)
	}
	return wrap("deleting a version", err)
}

// NamePad stores the name that another program gave a pad, and the access of its read-only link. It refuses a name that
// another pad has with bad_message.
func (s *Store) NamePad(ctx context.Context, key int64, name, readonly string) error {
	return wrap("naming a pad", s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO pad_names (name, pad, readonly) VALUES (?, ?, ?)", name, key, readonly)
		if primaryCode(err) == sqlite3.SQLITE_CONSTRAINT {
			return &room.Error{Code: room.CodeBadMessage, Message: "there is a pad of that name already"}
		}
		return err
	}))
}

// NamedPad finds a pad by that name, or answers pad_unknown.
func (s *Store) NamedPad(ctx context.Context, name string) (p room.Pad, readonly string, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		p, err = scanPad(db.QueryRowContext(ctx, "SELECT "+padColumns+", readonly FROM pads JOIN pad_names ON pad = key WHERE name = ?", name), &readonly)
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return room.Pad{}, "", errPadUnknown()
	}
	return p, readonly, wrap("reading a pad", err)
}

// PadNames lists those names.
func (s *Store) PadNames(ctx context.Context) (list []string, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		list, err = texts(ctx, db, "SELECT name FROM pad_names ORDER BY name")
		return err
	})
	return list, wrap("listing pads", err)
}
