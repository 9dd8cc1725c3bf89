package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
)

// KeySize is the size of the server key, in bytes.
const KeySize = 32

// ServerKey is the server's random secret, made at the first call and the same ever after. Resume tokens are signed
// with a key derived from it, so they stay valid over a restart.
func (s *Store) ServerKey(ctx context.Context) ([]byte, error) {
	fresh := make([]byte, KeySize)
	rand.Read(fresh) // never fails (crypto/rand)
	var key []byte
	err := s.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO settings (key, value) VALUES ('server_key', ?) ON CONFLICT DO NOTHING", fresh); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT value FROM settings WHERE key = 'server_key'").Scan(&key)
	})
	if err != nil {
		return nil, fmt.Errorf("reading the server key: %w", err)
	}
	return key, nil
}

// Setting reads a value of the server's own; nil when it was never set.
func (s *Store) Setting(ctx context.Context, key string) (value []byte, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		return db.QueryRowContext(ctx, "SELECT value FROM settings WHERE key = ?", key).Scan(&value)
	})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("reading a setting: %w", err)
	}
	return value, nil
}

// SetSetting stores a value of the server's own.
func (s *Store) SetSetting(ctx context.Context, key string, value []byte) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", key, value)
		return err
	})
	if err != nil {
		return fmt.Errorf("storing a setting: %w", err)
	}
	return nil
}
