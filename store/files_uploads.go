package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"tablee/files"
	"tablee/room"
)

const uploadColumns = "id, space, parent, name, length, done, owner, author, seat, again, expires, node, hash"

func scanUpload(row scanner) (u files.Upload, err error) {
	var expires int64
	err = row.Scan(&u.ID, &u.Space, &u.Parent, &u.Name, &u.Length, &u.Offset, &u.Owner, &u.By, &u.Seat, &u.Rename, &expires, &u.Node, &u.Hash)
	u.Expires = fromMillis(expires)
	if errors.Is(err, sql.ErrNoRows) {
		err = &room.Error{Code: room.CodeFileUnknown, Message: "this upload is not known, or it has expired; begin it anew"}
	}
	return u, err
}

// usage is what a space holds; "" is all of them.
func usage(ctx context.Context, q querier, space files.Space) (u files.Usage, err error) {
	err = q.QueryRowContext(ctx, `SELECT
		(SELECT ifnull(sum(size), 0) FROM file_nodes WHERE ?1 IN (space, '')) +
		(SELECT ifnull(sum(v.size), 0) FROM file_versions v JOIN file_nodes n ON n.id = v.node WHERE ?1 IN (n.space, '')) +
		(SELECT ifnull(sum(done), 0) FROM file_uploads WHERE node = '' AND ?1 IN (space, '')),
		(SELECT ifnull(sum(max(length, done) - done), 0) FROM file_uploads WHERE node = '' AND ?1 IN (space, '')),
		(SELECT count(*) FROM file_nodes WHERE ?1 IN (space, '')) + (SELECT count(*) FROM file_uploads WHERE node = '' AND ?1 IN (space, '')),
		ifnull((SELECT bytes FROM file_quotas WHERE space = ?1), -1)`,
		string(space)).Scan(&u.Bytes, &u.Reserved, &u.Nodes, &u.Quota)
	return u, err
}

func ownerUsage(ctx context.Context, q querier, owner string) (bytes int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT (SELECT ifnull(sum(size), 0) FROM file_nodes WHERE owner = ?1) +
		(SELECT ifnull(sum(max(length, done)), 0) FROM file_uploads WHERE node = '' AND owner = ?1)`, owner).Scan(&bytes)
	return bytes, err
}

// Usage implements files.NodeStore.
func (s *Store) Usage(ctx context.Context, space files.Space) (u files.Usage, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		u, err = usage(ctx, db, space)
		return err
	})
	return u, wrap("adding up what is stored", err)
}

// within refuses when more bytes would go beyond a.
func within(ctx context.Context, q querier, space files.Space, owner string, more int64, a files.Allowance) error {
	here, err := usage(ctx, q, space)
	if err != nil {
		return err
	}
	all, err := usage(ctx, q, "")
	if err != nil {
		return err
	}
	a = a.Within(here)
	if here.Bytes+here.Reserved+more > a.Space {
		return errQuota("there is no room for that much here; delete something, or ask for more")
	}
	if all.Bytes+all.Reserved+more > a.Server {
		return errQuota("the server's place for files is used up; delete something, or ask its owner")
	}
	if a.Owner == 0 {
		return nil
	}
	own, err := ownerUsage(ctx, q, owner)
	if err == nil && own+more > a.Owner {
		err = errQuota("your place for files is used up; delete something, or ask the server's owner")
	}
	return err
}

// Reserve implements files.UploadStore.
func (s *Store) Reserve(ctx context.Context, u files.Upload, a files.Allowance) error {
	return wrap("beginning an upload", s.write(ctx, func(tx *sql.Tx) error {
		if err := isFolder(ctx, tx, u.Space, u.Parent); err != nil {
			return err
		}
		here, err := usage(ctx, tx, u.Space)
		if err != nil {
			return err
		}
		if here.Nodes >= a.Nodes {
			return errQuota("there are as many files and folders here as there may be; delete some")
		}
		if err := within(ctx, tx, u.Space, u.Owner, max(u.Length, 0), a); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO file_uploads ("+uploadColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', NULL)",
			u.ID, u.Space, u.Parent, u.Name, u.Length, u.Offset, u.Owner, u.By, u.Seat, u.Rename, millis(u.Expires))
		return err
	}))
}

// Upload implements files.UploadStore.
func (s *Store) Upload(ctx context.Context, id string) (u files.Upload, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		u, err = scanUpload(db.QueryRowContext(ctx, "SELECT "+uploadColumns+" FROM file_uploads WHERE id = ?", id))
		return err
	})
	return u, wrap("reading an upload", err)
}

// Progress implements files.UploadStore.
func (s *Store) Progress(ctx context.Context, now files.Upload, a files.Allowance) error {
	return wrap("noting an upload's progress", s.write(ctx, func(tx *sql.Tx) error {
		u, err := scanUpload(tx.QueryRowContext(ctx, "SELECT "+uploadColumns+" FROM file_uploads WHERE id = ? AND node = ''", now.ID))
		if err != nil {
			return err
		}
		if more := max(now.Offset, now.Length) - max(u.Offset, u.Length); more > 0 {
			if err := within(ctx, tx, u.Space, u.Owner, more, a); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, "UPDATE file_uploads SET done = ?, length = ?, hash = ?, expires = ? WHERE id = ?",
			now.Offset, now.Length, now.Hash, millis(now.Expires), now.ID)
		return err
	}))
}

// Finish implements files.UploadStore.
func (s *Store) Finish(ctx context.Context, id string, n files.Node, keep int, pick files.Picker) (files.Node, []string, error) {
	var spare []string
	err := s.write(ctx, func(tx *sql.Tx) error {
		spare = nil
		u, err := scanUpload(tx.QueryRowContext(ctx, "SELECT "+uploadColumns+" FROM file_uploads WHERE id = ? AND node = ''", id))
		if err != nil {
			return err
		}
		if u.Space != n.Space { // its room, account or group was deleted meanwhile
			return errFileUnknown()
		}
		if err := isFolder(ctx, tx, n.Space, n.Parent); err != nil {
			n.Parent = "" // it was deleted meanwhile: what was uploaded is not lost for that
		}
		_, fold := pick(func(string) bool { return false }, n.Name)
		old, err := findNode(ctx, tx, "space = ? AND parent = ? AND fold = ? AND trashed = 0", n.Space, n.Parent, fold)
		switch {
		case err == nil && !u.Rename && !old.Folder:
			n.ID, n.Owner = old.ID, old.Owner
			spare, err = replaceContent(ctx, tx, n, keep)
		case err == nil || room.CodeOf(err) == room.CodeFileUnknown:
			if n.Name, fold, err = pickName(ctx, tx, n.Space, n.Parent, n.Name, pick); err == nil {
				err = insertNode(ctx, tx, n, fold)
			}
		}
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE file_uploads SET node = ?, done = ?, length = ? WHERE id = ?", n.ID, n.Size, n.Size, id); err != nil {
			return err
		}
		if err := setSum(ctx, tx, files.Sum{Blob: n.Blob, Sum: n.Sum, Checked: n.Created}); err != nil {
			return err
		}
		n, err = findNode(ctx, tx, "id = ?", n.ID)
		return err
	})
	return n, spare, wrap("finishing an upload", err)
}

// replaceContent makes the present content of n a version, and keeps only so many.
func replaceContent(ctx context.Context, tx *sql.Tx, n files.Node, keep int) ([]string, error) {
	if err := keepVersion(ctx, tx, n.ID); err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE file_nodes SET blob = ?, size = ?, type = ?, modified = ?, author = ?, seat = ? WHERE id = ?",
		n.Blob, n.Size, n.Type, millis(n.Modified), n.By, n.Seat, n.ID); err != nil {
		return nil, err
	}
	return texts(ctx, tx, `DELETE FROM file_versions WHERE node = ?1 AND n NOT IN
		(SELECT n FROM file_versions WHERE node = ?1 ORDER BY n DESC LIMIT ?2) RETURNING blob`, n.ID, keep)
}

// Abandon implements files.UploadStore.
func (s *Store) Abandon(ctx context.Context, id string) error {
	return wrap("dropping an upload", s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM file_uploads WHERE id = ?", id)
		return err
	}))
}

// ExpiredUploads implements files.UploadStore.
func (s *Store) ExpiredUploads(ctx context.Context, now time.Time) (list []string, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		list, err = texts(ctx, db, "SELECT id FROM file_uploads WHERE expires < ? LIMIT 1000", millis(now))
		return err
	})
	return list, wrap("listing expired uploads", err)
}
