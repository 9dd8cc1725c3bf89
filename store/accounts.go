package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"tablee/accounts"
	"tablee/room"
)

var _ accounts.Store = (*Store)(nil)

const accountColumns = "id, login, name, role, source, subject, disabled, created, vouched, password"

// CreateAccount implements accounts.AccountStore.
func (s *Store) CreateAccount(ctx context.Context, a accounts.Account, password string, spend []byte, max int) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		if err := mustFit(ctx, tx, max, &room.Error{Code: room.CodeAccountsFull, Message: "the server has as many accounts as it may; delete one first"},
			"SELECT count(*) FROM accounts"); err != nil {
			return err
		}
		if spend != nil {
			result, err := tx.ExecContext(ctx, "DELETE FROM secrets WHERE hash = ?", spend)
			if err != nil {
				return err
			}
			if n, err := result.RowsAffected(); err != nil || n == 0 {
				return errors.Join(err, errSpent())
			}
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO accounts ("+accountColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			a.ID, a.Login, a.Name, a.Role.String(), a.Source, a.Subject, a.Disabled, a.Created.UnixMilli(), millis(a.Vouched), password)
		if primaryCode(err) == sqlite3.SQLITE_CONSTRAINT {
			return &room.Error{Code: room.CodeAccountExists, Message: "there is an account of that login; choose another"}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("storing an account: %w", err)
	}
	return nil
}

func errSpent() error {
	return &room.Error{Code: room.CodeLinkInvalid, Message: "this link has expired, was used, or was taken back; ask for another"}
}

// FindAccount implements accounts.AccountStore.
func (s *Store) FindAccount(ctx context.Context, k accounts.Key) (a accounts.Account, password string, err error) {
	where, args := "id = ?", []any{k.ID}
	switch {
	case k.Login != "":
		where, args = "login = ?", []any{k.Login}
	case k.Subject != "":
		where, args = "source = ? AND subject = ?", []any{k.Source, k.Subject}
	}
	err = s.read(ctx, func(db *sql.DB) error {
		var err error
		a, password, err = scanAccount(db.QueryRowContext(ctx, "SELECT "+accountColumns+" FROM accounts WHERE "+where, args...))
		return err
	})
	if err != nil {
		return accounts.Account{}, "", accountError("reading an account", err)
	}
	return a, password, nil
}

// accountError says in our words that there is no such account.
func accountError(doing string, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return &room.Error{Code: room.CodeAccountUnknown, Message: "there is no such account"}
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func scanAccount(row scanner) (a accounts.Account, password string, err error) {
	var role string
	var created, vouched int64
	if err := row.Scan(&a.ID, &a.Login, &a.Name, &role, &a.Source, &a.Subject, &a.Disabled, &created, &vouched, &password); err != nil {
		return accounts.Account{}, "", err
	}
	a.Role, _ = room.ParseRole(role) // a word that a newer program has written is nobody
	a.Created, a.Vouched = time.UnixMilli(created).UTC(), fromMillis(vouched)
	return a, password, nil
}

// ListAccounts implements accounts.AccountStore.
func (s *Store) ListAccounts(ctx context.Context) ([]accounts.Account, error) {
	var list []accounts.Account
	err := s.read(ctx, func(db *sql.DB) error {
		var err error
		list, err = listRows(ctx, db, func(row scanner) (accounts.Account, error) {
			a, _, err := scanAccount(row)
			return a, err
		}, "SELECT "+accountColumns+" FROM accounts ORDER BY login")
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing accounts: %w", err)
	}
	return list, nil
}

// ChangeAccount implements accounts.AccountStore.
func (s *Store) ChangeAccount(ctx context.Context, id string, change func(*accounts.Account, *string) error, drop accounts.Which) (a accounts.Account, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		admins, err := countAdmins(ctx, tx)
		if err != nil {
			return err
		}
		var password string
		a, password, err = scanAccount(tx.QueryRowContext(ctx, "SELECT "+accountColumns+" FROM accounts WHERE id = ?", id))
		if err != nil {
			return err
		}
		if err := change(&a, &password); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE accounts SET name = ?, role = ?, disabled = ?, vouched = ?, password = ? WHERE id = ?",
			a.Name, a.Role.String(), a.Disabled, millis(a.Vouched), password, id)
		if err != nil {
			return err
		}
		if err := keepAdmin(ctx, tx, admins); err != nil {
			return err
		}
		_, err = deleteSecrets(ctx, tx, drop)
		return err
	})
	if err != nil {
		return accounts.Account{}, accountError("changing an account", err)
	}
	return a, nil
}

// DeleteAccount implements accounts.AccountStore.
func (s *Store) DeleteAccount(ctx context.Context, id string) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		admins, err := countAdmins(ctx, tx)
		if err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, "DELETE FROM accounts WHERE id = ?", id)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, sql.ErrNoRows)
		}
		if _, err := tx.ExecContext(ctx, "UPDATE rooms SET owner = '' WHERE owner = ?", id); err != nil {
			return err
		}
		return keepAdmin(ctx, tx, admins)
	})
	if err != nil {
		return accountError("deleting an account", err)
	}
	return nil
}

func countAdmins(ctx context.Context, tx *sql.Tx) (n int, err error) {
	err = tx.QueryRowContext(ctx, "SELECT count(*) FROM accounts WHERE role = 'admin' AND NOT disabled").Scan(&n)
	return n, err
}

// keepAdmin refuses a change that leaves nobody who can manage the server, where there was somebody.
func keepAdmin(ctx context.Context, tx *sql.Tx, before int) error {
	after, err := countAdmins(ctx, tx)
	if err == nil && before > 0 && after == 0 {
		return &room.Error{Code: room.CodeLastAdmin, Message: "this is the last admin; make somebody else an admin first"}
	}
	return err
}

// secretsWhere is the condition of a Which; ok is false when it chooses nothing.
func secretsWhere(w accounts.Which) (where string, args []any, ok bool) {
	if len(w.Kinds) == 0 {
		return "", nil, false
	}
	where = "kind IN (?" + strings.Repeat(", ?", len(w.Kinds)-1) + ") AND account IS ?"
	for _, k := range w.Kinds {
		args = append(args, k)
	}
	args = append(args, sql.NullString{String: w.Account, Valid: w.Account != ""})
	if w.ID != "" {
		where, args = where+" AND id = ?", append(args, w.ID)
	}
	return where + " AND id <> ?", append(args, w.Except), true
}
