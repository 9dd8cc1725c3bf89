package store

import (
	"context"
	"database/sql"
	"time"

	"tablee/files"
)

// contents are all contents that files and older versions have.
const contents = "(SELECT blob, size FROM file_nodes WHERE blob <> '' UNION SELECT blob, size FROM file_versions)"

// setSum notes what a content is to have; one of which that is not known has no row.
func setSum(ctx context.Context, tx *sql.Tx, s files.Sum) error {
	if s.Sum == nil {
		return nil
	}
	_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO file_sums (blob, sum, checked, bad) VALUES (?, ?, ?, ?)", s.Blob, s.Sum, millis(s.Checked), millis(s.Bad))
	return err
}

// Unchecked implements files.SumStore.
func (s *Store) Unchecked(ctx context.Context, before time.Time, limit int) (list []files.Sum, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		list, err = listRows(ctx, db, func(row scanner) (x files.Sum, err error) {
			var checked, bad int64
			err = row.Scan(&x.Blob, &x.Size, &x.Sum, &checked, &bad)
			x.Checked, x.Bad = fromMillis(checked), fromMillis(bad)
			return x, err
		}, "SELECT c.blob, c.size, s.sum, ifnull(s.checked, 0) AS at, ifnull(s.bad, 0) FROM "+contents+" c LEFT JOIN file_sums s ON s.blob = c.blob WHERE at < ? ORDER BY at, c.blob LIMIT ?",
			millis(before), limit)
		return err
	})
	return list, wrap("looking for contents to check", err)
}

// SetSum implements files.SumStore.
func (s *Store) SetSum(ctx context.Context, sum files.Sum) (known bool, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+contents+" WHERE blob = ?)", sum.Blob).Scan(&known); err != nil || !known {
			return err
		}
		return setSum(ctx, tx, sum)
	})
	return known, wrap("noting that a content was checked", err)
}

// Damaged implements files.SumStore.
func (s *Store) Damaged(ctx context.Context) (n int, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM file_sums WHERE blob NOT IN (SELECT blob FROM "+contents+")"); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT count(*) FROM file_sums WHERE bad > 0").Scan(&n)
	})
	return n, wrap("counting damaged contents", err)
}
