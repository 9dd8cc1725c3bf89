package store

import (
	"context"
	"database/sql"
	"errors"

	sqlite3 "modernc.org/sqlite/lib"

	"tablee/accounts"
	"tablee/room"
)

func errGroupUnknown() error {
	return &room.Error{Code: room.CodeGroupUnknown, Message: "there is no such group any more"}
}

// groupTaken says in words what a name that is taken means.
func groupTaken(err error) error {
	if primaryCode(err) == sqlite3.SQLITE_CONSTRAINT {
		return &room.Error{Code: room.CodeGroupExists, Message: "there is a group of that name; choose another"}
	}
	return err
}

// CreateGroup implements accounts.GroupStore.
func (s *Store) CreateGroup(ctx context.Context, g accounts.Group, fold string, max int) error {
	return wrap("storing a group", s.write(ctx, func(tx *sql.Tx) error {
		if err := mustFit(ctx, tx, max, &room.Error{Code: room.CodeAccountsFull, Message: "the server has as many groups as it may; delete one first"},
			"SELECT count(*) FROM groups"); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO groups (id, name, fold, created) VALUES (?, ?, ?, ?)", g.ID, g.Name, fold, millis(g.Created))
		return groupTaken(err)
	}))
}

// changed is errGroupUnknown when nothing was.
func changed(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, errGroupUnknown())
	}
	return nil
}

// RenameGroup implements accounts.GroupStore.
func (s *Store) RenameGroup(ctx context.Context, id, name, fold string) error {
	return wrap("naming a group", s.write(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "UPDATE groups SET name = ?, fold = ? WHERE id = ?", name, fold, id)
		return changed(result, groupTaken(err))
	}))
}

// DeleteGroup implements accounts.GroupStore.
func (s *Store) DeleteGroup(ctx context.Context, id string) error {
	return wrap("deleting a group", s.write(ctx, func(tx *sql.Tx) error {
		return changed(tx.ExecContext(ctx, "DELETE FROM groups WHERE id = ?", id))
	}))
}

// Groups implements accounts.GroupStore.
func (s *Store) Groups(ctx context.Context) (list []accounts.Group, err error) {
	at := map[string]int{}
	err = s.read(ctx, func(db *sql.DB) error {
		list, at = nil, map[string]int{}
		err := eachRow(ctx, db, func(row scanner) error {
			var g accounts.Group
			var created int64
			err := row.Scan(&g.ID, &g.Name, &created)
			g.Created = fromMillis(created)
			at[g.ID] = len(list)
			list = append(list, g)
			return err
		}, "SELECT id, name, created FROM groups ORDER BY fold")
		if err != nil {
			return err
		}
		return eachRow(ctx, db, func(row scanner) error {
			var group string
			var m accounts.Seat
			err := row.Scan(&group, &m.Account, &m.Login, &m.Name, &m.Manager)
			if i, ok := at[group]; ok && err == nil {
				list[i].Members = append(list[i].Members, m)
			}
			return err
		}, "SELECT m.grp, a.id, a.login, a.name, m.manager FROM group_members m JOIN accounts a ON a.id = m.account ORDER BY a.login")
	})
	return list, wrap("listing groups", err)
}

// SetSeat implements accounts.GroupStore.
func (s *Store) SetSeat(ctx context.Context, group, account string, manager *bool) error {
	return wrap("changing a group", s.write(ctx, func(tx *sql.Tx) error {
		if manager == nil {
			_, err := tx.ExecContext(ctx, "DELETE FROM group_members WHERE grp = ? AND account = ?", group, account)
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO group_members (grp, account, manager) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET manager = excluded.manager",
			group, account, *manager)
		if primaryCode(err) == sqlite3.SQLITE_CONSTRAINT { // the group, or the account, was deleted meanwhile
			return errGroupUnknown()
		}
		return err
	}))
}
