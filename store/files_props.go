package store

import (
	"context"
	"database/sql"

	"tablee/files"
)

// Props implements files.PropStore.
func (s *Store) Props(ctx context.Context, space files.Space, node string) (list []files.Prop, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		list, err = listRows(ctx, db, func(row scanner) (p files.Prop, err error) {
			return p, row.Scan(&p.Space, &p.Name, &p.Lang, &p.Value)
		}, "SELECT ns, name, lang, value FROM file_props WHERE space = ? AND node = ?", space, node)
		return err
	})
	return list, wrap("reading properties", err)
}

// SetProps implements files.PropStore.
func (s *Store) SetProps(ctx context.Context, space files.Space, node string, changes []files.PropChange, most int) error {
	return wrap("storing properties", s.write(ctx, func(tx *sql.Tx) error {
		for _, c := range changes {
			var err error
			if c.Remove {
				_, err = tx.ExecContext(ctx, "DELETE FROM file_props WHERE space = ? AND node = ? AND ns = ? AND name = ?", space, node, c.Space, c.Name)
			} else {
				_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO file_props (space, node, ns, name, lang, value) VALUES (?, ?, ?, ?, ?, ?)",
					space, node, c.Space, c.Name, c.Lang, c.Value)
			}
			if err != nil {
				return err
			}
		}
		var n int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM file_props WHERE space = ? AND node = ?", space, node).Scan(&n); err != nil {
			return err
		}
		if n > most {
			return errQuota("a file has as many properties as it may")
		}
		return nil
	}))
}
