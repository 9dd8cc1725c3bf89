package store

import (
	"context"
	"database/sql"
)

// FileQuotas are the quotas that an admin has set, in bytes, by the space: "user/ID", "room/NAME" or "team/ID".
func (s *Store) FileQuotas(ctx context.Context) (all map[string]int64, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		all = map[string]int64{}
		return eachRow(ctx, db, func(row scanner) error {
			var space string
			var bytes int64
			err := row.Scan(&space, &bytes)
			all[space] = bytes
			return err
		}, "SELECT space, bytes FROM file_quotas")
	})
	return all, wrap("listing quotas", err)
}

// SetFileQuota gives a space a quota of its own, in bytes; nil for that of the settings. What is stored already stays.
func (s *Store) SetFileQuota(ctx context.Context, space string, bytes *int64) error {
	return wrap("setting a quota", s.write(ctx, func(tx *sql.Tx) error {
		query, args := "DELETE FROM file_quotas WHERE space = ?", []any{space}
		if bytes != nil {
			query, args = "INSERT OR REPLACE INTO file_quotas (space, bytes) VALUES (?, ?)", append(args, *bytes)
		}
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	}))
}
