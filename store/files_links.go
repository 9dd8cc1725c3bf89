package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"tablee/files"
	"tablee/room"
)

const linkColumns = "hash, space, node, kind, title, sealed, created, expires, password, downloads, most, owner"

func scanLink(row scanner) (l files.Link, err error) {
	var created, expires int64
	err = row.Scan(&l.Hash, &l.Space, &l.Node, &l.Kind, &l.Title, &l.Sealed, &created, &expires, &l.Password, &l.Downloads, &l.Most, &l.Owner)
	l.Created, l.Expires = fromMillis(created), fromMillis(expires)
	if errors.Is(err, sql.ErrNoRows) {
		err = &room.Error{Code: room.CodeLinkUnknown, Message: "there is no such link, or it has ended; ask for a new one"}
	}
	return l, err
}

func (s *Store) links(ctx context.Context, where string, args ...any) (list []files.Link, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		list, err = listRows(ctx, db, scanLink, "SELECT "+linkColumns+" FROM file_links WHERE "+where, args...)
		return err
	})
	return list, wrap("listing links", err)
}

// AddLinks implements files.LinkStore.
func (s *Store) AddLinks(ctx context.Context, links ...files.Link) error {
	return wrap("making a link", s.write(ctx, func(tx *sql.Tx) error {
		for _, l := range links {
			_, err := tx.ExecContext(ctx, "INSERT INTO file_links ("+linkColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", l.Hash, l.Space, l.Node,
				l.Kind, l.Title, l.Sealed, millis(l.Created), millis(l.Expires), l.Password, l.Downloads, l.Most, l.Owner)
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

// Link implements files.LinkStore.
func (s *Store) Link(ctx context.Context, hash []byte) (l files.Link, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		l, err = scanLink(db.QueryRowContext(ctx, "SELECT "+linkColumns+" FROM file_links WHERE hash = ?", hash))
		return err
	})
	return l, wrap("reading a link", err)
}

// Links implements files.LinkStore.
func (s *Store) Links(ctx context.Context, space files.Space) ([]files.Link, error) {
	return s.links(ctx, "space = ? ORDER BY created", space)
}

// ExpiredLinks implements files.LinkStore.
func (s *Store) ExpiredLinks(ctx context.Context, now time.Time) ([]files.Link, error) {
	return s.links(ctx, "expires > 0 AND expires < ? LIMIT 1000", millis(now))
}

// CountDownload implements files.LinkStore.
func (s *Store) CountDownload(ctx context.Context, hash []byte) error {
	return wrap("counting a download", s.write(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "UPDATE file_links SET downloads = downloads + 1 WHERE hash = ? AND (most = 0 OR downloads < most)", hash)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, &room.Error{Code: room.CodeLinkExpired, Message: "this link was used as often as it may be; ask for a new one"})
		}
		return nil
	}))
}

// RemoveLink implements files.LinkStore.
func (s *Store) RemoveLink(ctx context.Context, hash []byte) error {
	return wrap("removing a link", s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM file_links WHERE hash = ?", hash)
		return err
	}))
}
