package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"tablee/files"
	"tablee/room"
)

var _ files.Store = (*Store)(nil)

const nodeColumns = `id, space, parent, name, folder, blob, size, type, created, modified, author, seat, owner, trashed,
	(SELECT count(*) FROM file_versions v WHERE v.node = file_nodes.id)`

func scanNode(row scanner) (n files.Node, err error) {
	var created, modified, trashed int64
	err = row.Scan(&n.ID, &n.Space, &n.Parent, &n.Name, &n.Folder, &n.Blob, &n.Size, &n.Type, &created, &modified, &n.By, &n.Seat,
		&n.Owner, &trashed, &n.Versions)
	n.Created, n.Modified, n.Trashed = fromMillis(created), fromMillis(modified), fromMillis(trashed)
	return n, err
}

func errFileUnknown() error {
	return &room.Error{Code: room.CodeFileUnknown, Message: "there is no such file or folder any more; load the list again"}
}

func errFileExists() error {
	return &room.Error{Code: room.CodeFileExists, Message: "there is something of that name already; choose another"}
}

func findNode(ctx context.Context, q querier, where string, args ...any) (files.Node, error) {
	n, err := scanNode(q.QueryRowContext(ctx, "SELECT "+nodeColumns+" FROM file_nodes WHERE "+where, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return files.Node{}, errFileUnknown()
	}
	return n, err
}

func listNodes(ctx context.Context, q querier, rest string, args ...any) ([]files.Node, error) {
	return listRows(ctx, q, scanNode, "SELECT "+nodeColumns+" FROM file_nodes "+rest, args...)
}

// Node implements files.NodeStore.
func (s *Store) Node(ctx context.Context, space files.Space, id string) (n files.Node, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		n, err = findNode(ctx, db, "id = ? AND space = ?", id, space)
		return err
	})
	return n, wrap("reading a file", err)
}

// Child implements files.NodeStore.
func (s *Store) Child(ctx context.Context, space files.Space, parent, fold string) (n files.Node, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		n, err = findNode(ctx, db, "space = ? AND parent = ? AND fold = ? AND trashed = 0", space, parent, fold)
		return err
	})
	return n, wrap("reading a file", err)
}

func (s *Store) nodes(ctx context.Context, doing, rest string, args ...any) (list []files.Node, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		list, err = listNodes(ctx, db, rest, args...)
		return err
	})
	return list, wrap(doing, err)
}

// Children implements files.NodeStore.
func (s *Store) Children(ctx context.Context, space files.Space, parent string) ([]files.Node, error) {
	return s.nodes(ctx, "listing a folder", "WHERE space = ? AND parent = ? AND trashed = 0 ORDER BY folder DESC, fold", space, parent)
}

// AllNodes implements files.NodeStore.
func (s *Store) AllNodes(ctx context.Context, space files.Space) ([]files.Node, error) {
	return s.nodes(ctx, "listing a space", "WHERE space = ?", space)
}

// Spaces implements files.NodeStore.
func (s *Store) Spaces(ctx context.Context, kind string) (list []files.Space, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		names, err := texts(ctx, db, "SELECT DISTINCT space FROM file_nodes WHERE space >= ? AND space < ? ORDER BY space", kind+"/", kind+"0")
		list = nil
		for _, n := range names {
			list = append(list, files.Space(n))
		}
		return err
	})
	return list, wrap("listing the spaces", err)
}

// Search implements files.NodeStore.
func (s *Store) Search(ctx context.Context, space files.Space, words []string, limit int) ([]files.Node, error) {
	where, args := "WHERE space = ? AND trashed = 0", []any{space}
	for _, w := range words {
		where += " AND instr(fold, ?) > 0"
		args = append(args, w)
	}
	return s.nodes(ctx, "searching files", where+" ORDER BY fold LIMIT ?", append(args, limit)...)
}

// Trash implements files.NodeStore.
func (s *Store) Trash(ctx context.Context, space files.Space) ([]files.Node, error) {
	return s.nodes(ctx, "listing the trash", "WHERE space = ? AND trashed > 0 AND top = 1 ORDER BY trashed DESC", space)
}

// OldTrash implements files.NodeStore.
func (s *Store) OldTrash(ctx context.Context, at time.Time) ([]files.Node, error) {
	return s.nodes(ctx, "listing old trash", "WHERE trashed > 0 AND trashed < ? AND top = 1 LIMIT 1000", millis(at))
}

func insertNode(ctx context.Context, tx *sql.Tx, n files.Node, fold string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO file_nodes
		(id, space, parent, name, fold, folder, blob, size, type, created, modified, author, seat, owner) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		n.ID, n.Space, n.Parent, n.Name, fold, n.Folder, n.Blob, n.Size, n.Type, millis(n.Created), millis(n.Modified), n.By, n.Seat, n.Owner)
	return err
}

// isFolder says if parent is the top, or a live folder of the space.
func isFolder(ctx context.Context, q querier, space files.Space, parent string) error {
	if parent == "" {
		return nil
	}
	_, err := findNode(ctx, q, "id = ? AND space = ? AND folder = 1 AND trashed = 0", parent, space)
	return err
}

func isTaken(ctx context.Context, q querier, space files.Space, parent, fold, but string) (bool, error) {
	var n int
	err := q.QueryRowContext(ctx, "SELECT count(*) FROM file_nodes WHERE space = ? AND parent = ? AND fold = ? AND trashed = 0 AND id <> ?",
		space, parent, fold, but).Scan(&n)
	return n > 0, err
}

func mustBeFree(ctx context.Context, q querier, space files.Space, parent, fold, but string) error {
	taken, err := isTaken(ctx, q, space, parent, fold, but)
	if err == nil && taken {
		err = errFileExists()
	}
	return err
}

// AddFolder implements files.NodeStore.
func (s *Store) AddFolder(ctx context.Context, n files.Node, fold string, most int) error {
	return wrap("making a folder", s.write(ctx, func(tx *sql.Tx) error {
		if err := isFolder(ctx, tx, n.Space, n.Parent); err != nil {
			return err
		}
		if err := mustBeFree(ctx, tx, n.Space, n.Parent, fold, ""); err != nil {
			return err
		}
		u, err := usage(ctx, tx, n.Space)
		if err != nil {
			return err
		}
		if u.Nodes >= most {
			return errQuota("there are as many files and folders here as there may be; delete some")
		}
		return insertNode(ctx, tx, n, fold)
	}))
}

func errQuota(message string) error { return &room.Error{Code: room.CodeQuotaFull, Message: message} }

// Move implements files.NodeStore.
func (s *Store) Move(ctx context.Context, space files.Space, id, parent, name, fold string) error {
	return wrap("moving a file", s.write(ctx, func(tx *sql.Tx) error {
		if _, err := findNode(ctx, tx, "id = ? AND space = ? AND trashed = 0", id, space); err != nil {
			return err
		}
		if err := isFolder(ctx, tx, space, parent); err != nil {
			return err
		}
		for at := parent; at != ""; { // up to the top: none of the folders on the way may be the one that moves
			if at == id {
				return &room.Error{Code: room.CodeFileExists, Message: "a folder cannot be moved into itself; choose another place"}
			}
			if err := tx.QueryRowContext(ctx, "SELECT parent FROM file_nodes WHERE id = ?", at).Scan(&at); err != nil {
				return err
			}
		}
		if err := mustBeFree(ctx, tx, space, parent, fold, id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE file_nodes SET parent = ?, name = ?, fold = ? WHERE id = ?", parent, name, fold, id)
		return err
	}))
}

// SetModified implements files.NodeStore.
func (s *Store) SetModified(ctx context.Context, space files.Space, id string, at time.Time) error {
	return wrap("noting when a file was changed", s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE file_nodes SET modified = ? WHERE id = ? AND space = ?", millis(at), id, space)
		return err
	}))
}

// below is a node and all that lies in it, as a table called tree. One that is itself in the trash stays out of a tree
// above it.
const below = `WITH RECURSIVE tree (id, blob) AS (
	SELECT id, blob FROM file_nodes WHERE id = ? AND space = ?
	UNION SELECT n.id, n.blob FROM file_nodes n JOIN tree ON n.parent = tree.id WHERE n.space = ?) `

// PutInTrash implements files.NodeStore.
func (s *Store) PutInTrash(ctx context.Context, space files.Space, id string, at time.Time) error {
	return wrap("putting a file into the trash", s.write(ctx, func(tx *sql.Tx) error {
		if _, err := findNode(ctx, tx, "id = ? AND space = ? AND trashed = 0", id, space); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, below+"UPDATE file_nodes SET trashed = ?, top = (id = ?) WHERE id IN (SELECT id FROM tree) AND trashed = 0",
			id, space, space, millis(at), id)
		return err
	}))
}

// Restore implements files.NodeStore.
func (s *Store) Restore(ctx context.Context, space files.Space, id string, pick files.Picker) error {
	return wrap("taking a file out of the trash", s.write(ctx, func(tx *sql.Tx) error {
		n, err := findNode(ctx, tx, "id = ? AND space = ? AND trashed > 0 AND top = 1", id, space)
		if err != nil {
			return err
		}
		if err := isFolder(ctx, tx, space, n.Parent); err != nil {
			n.Parent = ""
		}
		name, fold, err := pickName(ctx, tx, space, n.Parent, n.Name, pick)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, below+"UPDATE file_nodes SET trashed = 0, top = 0 WHERE id IN (SELECT id FROM tree) AND id <> ? AND trashed = ? AND top = 0",
			id, space, space, id, millis(n.Trashed)); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE file_nodes SET trashed = 0, top = 0, parent = ?, name = ?, fold = ? WHERE id = ?", n.Parent, name, fold, id)
		return err
	}))
}

func pickName(ctx context.Context, tx *sql.Tx, space files.Space, parent, name string, pick files.Picker) (string, string, error) {
	var failed error
	free, fold := pick(func(fold string) bool {
		taken, err := isTaken(ctx, tx, space, parent, fold, "")
		failed = errors.Join(failed, err)
		return taken && err == nil
	}, name)
	return free, fold, failed
}

// Delete implements files.NodeStore.
func (s *Store) Delete(ctx context.Context, space files.Space, id string) (blobs []string, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		if _, err := findNode(ctx, tx, "id = ? AND space = ?", id, space); err != nil {
			return err
		}
		if blobs, err = texts(ctx, tx, below+`SELECT blob FROM tree WHERE blob <> '' UNION ALL
			SELECT v.blob FROM file_versions v JOIN tree ON v.node = tree.id`, id, space, space); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, below+"DELETE FROM file_nodes WHERE id IN (SELECT id FROM tree)", id, space, space)
		return err
	})
	return blobs, wrap("deleting a file", err)
}

// DeleteSpace implements files.NodeStore.
func (s *Store) DeleteSpace(ctx context.Context, space files.Space) (blobs []string, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		if blobs, err = texts(ctx, tx, `SELECT blob FROM file_nodes WHERE space = ? AND blob <> '' UNION ALL
			SELECT v.blob FROM file_versions v JOIN file_nodes n ON v.node = n.id WHERE n.space = ? UNION ALL
			SELECT id FROM file_uploads WHERE space = ? AND node = ''`, space, space, space); err != nil {
			return err
		}
		for _, table := range []string{"file_nodes", "file_uploads", "file_links"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE space = ?", space); err != nil {
				return err
			}
		}
		return nil
	})
	return blobs, wrap("deleting a space", err)
}

// Versions implements files.NodeStore.
func (s *Store) Versions(ctx context.Context, id string) (list []files.Version, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		list, err = listRows(ctx, db, func(row scanner) (v files.Version, err error) {
			var modified int64
			err = row.Scan(&v.N, &v.Blob, &v.Size, &v.Type, &modified, &v.By, &v.Seat)
			v.Modified = fromMillis(modified)
			return v, err
		}, "SELECT n, blob, size, type, modified, author, seat FROM file_versions WHERE node = ? ORDER BY n DESC", id)
		return err
	})
	return list, wrap("listing versions", err)
}

// keepVersion makes the present content of a node its newest version.
func keepVersion(ctx context.Context, tx *sql.Tx, id string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO file_versions (node, n, blob, size, type, modified, author, seat)
		SELECT id, (SELECT ifnull(max(n), 0) + 1 FROM file_versions WHERE node = file_nodes.id), blob, size, type, modified, author, seat
		FROM file_nodes WHERE id = ?`, id)
	return err
}

// UseVersion implements files.NodeStore.
func (s *Store) UseVersion(ctx context.Context, space files.Space, id string, n int, at time.Time) error {
	return wrap("restoring a version", s.write(ctx, func(tx *sql.Tx) error {
		if _, err := findNode(ctx, tx, "id = ? AND space = ? AND trashed = 0", id, space); err != nil {
			return err
		}
		var v files.Version
		err := tx.QueryRowContext(ctx, "SELECT blob, size, type, author, seat FROM file_versions WHERE node = ? AND n = ?", id, n).
			Scan(&v.Blob, &v.Size, &v.Type, &v.By, &v.Seat)
		if errors.Is(err, sql.ErrNoRows) {
			return errFileUnknown()
		}
		if err != nil {
			return err
		}
		if err := keepVersion(ctx, tx, id); err != nil { // first, so that numbers only rise
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM file_versions WHERE node = ? AND n = ?", id, n); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE file_nodes SET blob = ?, size = ?, type = ?, modified = ?, author = ?, seat = ? WHERE id = ?",
			v.Blob, v.Size, v.Type, millis(at), v.By, v.Seat, id)
		return err
	}))
}

// KnownBlobs implements files.NodeStore.
func (s *Store) KnownBlobs(ctx context.Context, f func(blob string, size int64, upload bool)) error {
	return wrap("listing what is stored", s.read(ctx, func(db *sql.DB) error {
		return eachRow(ctx, db, func(row scanner) error {
			var blob string
			var size int64
			var upload bool
			err := row.Scan(&blob, &size, &upload)
			if err == nil {
				f(blob, size, upload)
			}
			return err
		}, `SELECT blob, size, 0 FROM file_nodes WHERE blob <> '' UNION ALL SELECT blob, size, 0 FROM file_versions
			UNION ALL SELECT id, done, 1 FROM file_uploads WHERE node = ''`)
	}))
}
