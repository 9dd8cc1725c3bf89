package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"tablee/jointoken"
	"tablee/room"
)

var _ jointoken.Store = (*Store)(nil)

// CreateJoinKey implements jointoken.Store.
func (s *Store) CreateJoinKey(ctx context.Context, k jointoken.Key, max int) error {
	return wrap("storing a join key", s.write(ctx, func(tx *sql.Tx) error {
		if err := mustFit(ctx, tx, max, &room.Error{Code: room.CodeLinksFull, Message: "the server has as many keys as it may; revoke some that are not needed"},
			"SELECT count(*) FROM join_keys"); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO join_keys (id, label, room, role, created) VALUES (?, ?, ?, ?, ?)",
			k.ID, k.Label, k.Room, k.Role.String(), k.Created.UnixMilli())
		return err
	}))
}

const joinKeyColumns = "id, label, room, role, created"

func scanJoinKey(row scanner) (k jointoken.Key, err error) {
	var role string
	var created int64
	if err := row.Scan(&k.ID, &k.Label, &k.Room, &role, &created); err != nil {
		return jointoken.Key{}, err
	}
	k.Role, _ = room.ParseRole(role) // nobody, for a word of another version: then it lets nobody in
	k.Created = fromMillis(created)
	return k, nil
}

// JoinKeys implements jointoken.Store.
func (s *Store) JoinKeys(ctx context.Context) (list []jointoken.Key, err error) {
	err = s.read(ctx, func(db *sql.DB) (err error) {
		list, err = listRows(ctx, db, scanJoinKey, "SELECT "+joinKeyColumns+" FROM join_keys ORDER BY created, id")
		return err
	})
	return list, wrap("listing join keys", err)
}

// JoinKey implements jointoken.Store.
func (s *Store) JoinKey(ctx context.Context, id string) (k jointoken.Key, err error) {
	err = s.read(ctx, func(db *sql.DB) (err error) {
		k, err = scanJoinKey(db.QueryRowContext(ctx, "SELECT "+joinKeyColumns+" FROM join_keys WHERE id = ?", id))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return jointoken.Key{}, unknownKey()
	}
	return k, wrap("reading a join key", err)
}

func unknownKey() error {
	return &room.Error{Code: room.CodeLinkUnknown, Message: "there is no such key, or it was revoked"}
}

// DeleteJoinKey implements jointoken.Store.
func (s *Store) DeleteJoinKey(ctx context.Context, id string) error {
	return wrap("revoking a join key", s.write(ctx, func(tx *sql.Tx) error {
		gone, err := tx.ExecContext(ctx, "DELETE FROM join_keys WHERE id = ?", id)
		if err != nil {
			return err
		}
		if n, err := gone.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, unknownKey())
		}
		return nil
	}))
}

// JoinTokenUsed implements jointoken.Store.
func (s *Store) JoinTokenUsed(ctx context.Context, hash []byte) (used bool, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		return db.QueryRowContext(ctx, "SELECT count(*) > 0 FROM join_used WHERE hash = ?", hash).Scan(&used)
	})
	return used, wrap("looking for a join token", err)
}

// UseJoinToken implements jointoken.Store.
func (s *Store) UseJoinToken(ctx context.Context, hash []byte, expires, now time.Time, max int) error {
	return wrap("using a join token", s.write(ctx, func(tx *sql.Tx) error {
		// A token is still accepted for a little after its time; what is remembered of it stays longer than that.
		if _, err := tx.ExecContext(ctx, "DELETE FROM join_used WHERE expires < ?", now.Add(-2*jointoken.Leeway).UnixMilli()); err != nil {
			return err
		}
		var there, count int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FILTER (WHERE hash = ?), count(*) FROM join_used", hash).Scan(&there, &count); err != nil {
			return err
		}
		switch {
		case there > 0:
			return &room.Error{Code: room.CodeLinkInvalid, Message: "this way in was used already; go back to the page that you came from, and try again"}
		case count >= max:
			return &room.Error{Code: room.CodeLinksFull, Message: "too many single-use tokens are remembered; try again later"}
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO join_used (hash, expires) VALUES (?, ?)", hash, expires.UnixMilli())
		return err
	}))
}
