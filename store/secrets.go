package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tablee/accounts"
	"tablee/room"
)

// CreateSecret implements accounts.SecretStore.
func (s *Store) CreateSecret(ctx context.Context, sec accounts.Secret, hash []byte, max int) error {
	account := sql.NullString{String: sec.Account, Valid: sec.Account != ""}
	err := s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM secrets WHERE kind = ? AND account IS ? AND expires > 0 AND expires <= ?",
			sec.Kind, account, sec.Created.UnixMilli())
		if err != nil {
			return err
		}
		if sec.Kind == accounts.Session {
			_, err = tx.ExecContext(ctx, `DELETE FROM secrets WHERE id IN (SELECT id FROM secrets WHERE kind = ? AND account IS ?
				ORDER BY expires DESC LIMIT -1 OFFSET ?)`, sec.Kind, account, max-1)
			if err != nil {
				return err
			}
		}
		if err := mustFit(ctx, tx, max, &room.Error{Code: room.CodeLinksFull, Message: "there are too many of these; revoke some first"},
			"SELECT count(*) FROM secrets WHERE kind = ? AND account IS ?", sec.Kind, account); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO secrets (hash, id, kind, account, label, role, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			hash, sec.ID, sec.Kind, account, sec.Label, sec.Role.String(), sec.Created.UnixMilli(), millis(sec.Expires))
		return err
	})
	if err != nil {
		return fmt.Errorf("storing a secret: %w", err)
	}
	return nil
}

// FindSecret implements accounts.SecretStore.
func (s *Store) FindSecret(ctx context.Context, k accounts.Kind, hash []byte, now time.Time) (sec accounts.Secret, a accounts.Account, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		var err error
		sec, err = scanSecret(db.QueryRowContext(ctx, "SELECT "+secretColumns+" FROM secrets WHERE hash = ? AND kind = ? AND (expires = 0 OR expires > ?)",
			hash, k, now.UnixMilli()))
		if err != nil || sec.Account == "" {
			return err
		}
		a, _, err = scanAccount(db.QueryRowContext(ctx, "SELECT "+accountColumns+" FROM accounts WHERE id = ?", sec.Account))
		return err
	})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return accounts.Secret{}, accounts.Account{}, errSpent()
	case err != nil:
		return accounts.Secret{}, accounts.Account{}, fmt.Errorf("reading a secret: %w", err)
	}
	return sec, a, nil
}

const secretColumns = "id, kind, coalesce(account, ''), label, role, created, expires"

func scanSecret(row scanner) (sec accounts.Secret, err error) {
	var role string
	var created, expires int64
	if err := row.Scan(&sec.ID, &sec.Kind, &sec.Account, &sec.Label, &role, &created, &expires); err != nil {
		return accounts.Secret{}, err
	}
	sec.Role, _ = room.ParseRole(role)
	sec.Created, sec.Expires = time.UnixMilli(created).UTC(), fromMillis(expires)
	return sec, nil
}

// ListSecrets implements accounts.SecretStore.
func (s *Store) ListSecrets(ctx context.Context, w accounts.Which) ([]accounts.Secret, error) {
	var list []accounts.Secret
	where, args, ok := secretsWhere(w)
	if !ok {
		return nil, nil
	}
	err := s.read(ctx, func(db *sql.DB) error {
		var err error
		list, err = listRows(ctx, db, scanSecret, "SELECT "+secretColumns+" FROM secrets WHERE "+where+" ORDER BY created DESC, id", args...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing secrets: %w", err)
	}
	return list, nil
}

// RenewSecret implements accounts.SecretStore.
func (s *Store) RenewSecret(ctx context.Context, id string, expires time.Time) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE secrets SET expires = ? WHERE id = ?", millis(expires), id)
		return err
	})
	if err != nil {
		return fmt.Errorf("renewing a secret: %w", err)
	}
	return nil
}

// DeleteSecrets implements accounts.SecretStore.
func (s *Store) DeleteSecrets(ctx context.Context, w accounts.Which) (n int, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		n, err = deleteSecrets(ctx, tx, w)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("deleting secrets: %w", err)
	}
	return n, nil
}

func deleteSecrets(ctx context.Context, tx *sql.Tx, w accounts.Which) (int, error) {
	where, args, ok := secretsWhere(w)
	if !ok {
		return 0, nil
	}
	result, err := tx.ExecContext(ctx, "DELETE FROM secrets WHERE "+where, args...)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}
