package store

import (
	"context"
	"database/sql"

	"tablee/files"
)

const grantColumns = "node, who, level"

func scanGrant(row scanner) (g files.Grant, err error) { return g, row.Scan(&g.Node, &g.Who, &g.Level) }

// Grants implements files.GrantStore.
func (s *Store) Grants(ctx context.Context, space files.Space) (list []files.Grant, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		list, err = listRows(ctx, db, scanGrant, "SELECT "+grantColumns+" FROM file_grants WHERE space = ? ORDER BY node, who", space)
		return err
	})
	return list, wrap("reading rights", err)
}

// SetGrants implements files.GrantStore.
func (s *Store) SetGrants(ctx context.Context, space files.Space, node string, grants []files.Grant, most int) error {
	return wrap("storing rights", s.write(ctx, func(tx *sql.Tx) error {
		if err := isFolder(ctx, tx, space, node); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM file_grants WHERE space = ? AND node = ?", space, node); err != nil {
			return err
		}
		var n int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM file_grants WHERE space = ?", space).Scan(&n); err != nil {
			return err
		}
		if n+len(grants) > most {
			return errQuota("there are as many rights here as there may be; give some to a group, or take some away")
		}
		for _, g := range grants {
			_, err := tx.ExecContext(ctx, "INSERT INTO file_grants (space, node, who, level) VALUES (?, ?, ?, ?)", space, node, g.Who, g.Level)
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

// GrantedTo implements files.GrantStore.
func (s *Store) GrantedTo(ctx context.Context, who files.Who, limit int) (list []files.Node, err error) {
	where, args := "? ", []any{who.Member}
	for _, g := range who.Groups {
		where += ", ?"
		args = append(args, g)
	}
	err = s.read(ctx, func(db *sql.DB) error {
		list, err = listNodes(ctx, db, "WHERE trashed = 0 AND folder = 1 AND space LIKE 'user/%' AND id IN (SELECT node FROM file_grants WHERE level > 0 AND who IN ("+
			where+", 'all')) ORDER BY fold, id LIMIT ?", append(args, limit)...)
		return err
	})
	return list, wrap("looking for what is shared", err)
}

// GoneSpaces implements files.GrantStore.
func (s *Store) GoneSpaces(ctx context.Context) (list []files.Space, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		names, err := texts(ctx, db, `SELECT DISTINCT space FROM file_nodes WHERE space >= 'gone/' AND space < 'gone0'
			UNION SELECT DISTINCT space FROM file_uploads WHERE space >= 'gone/' AND space < 'gone0'`)
		list = nil
		for _, n := range names {
			list = append(list, files.Space(n))
		}
		return err
	})
	return list, wrap("looking for what is gone", err)
}
