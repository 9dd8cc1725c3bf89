package store

import (
	"context"
	"database/sql"
	"time"

	"tablee/files"
)

// Shares implements files.ShareStore.
func (s *Store) Shares(ctx context.Context) (list []files.Share, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		list, err = listRows(ctx, db, func(row scanner) (h files.Share, err error) {
			return h, row.Scan(&h.Space, &h.Files.Count, &h.Files.Bytes, &h.Versions.Count, &h.Versions.Bytes, &h.Trash.Count, &h.Trash.Bytes,
				&h.Uploads.Count, &h.Uploads.Bytes)
		}, `SELECT space, sum(here), sum(here * size), sum(older), sum(older * size), sum(top), sum(trashed * size), sum(coming), sum(coming * size) FROM (
			SELECT space, size, trashed = 0 AND folder = 0 AS here, 0 AS older, trashed > 0 AS trashed, top, 0 AS coming FROM file_nodes UNION ALL
			SELECT n.space, v.size, 0, n.trashed = 0, n.trashed > 0, 0, 0 FROM file_versions v JOIN file_nodes n ON n.id = v.node UNION ALL
			SELECT space, done, 0, 0, 0, 0, 1 FROM file_uploads WHERE node = '') GROUP BY space`)
		return err
	})
	return list, wrap("adding up what takes room", err)
}

// belowTrash is the next things of the trash and all that lies in them, as a table called tree.
const belowTrash = `WITH RECURSIVE tree (id, space, blob) AS (
	SELECT id, space, blob FROM (SELECT id, space, blob FROM file_nodes WHERE trashed > 0 AND trashed < ? AND top = 1 ORDER BY id LIMIT ?)
	UNION SELECT n.id, n.space, n.blob FROM file_nodes n JOIN tree ON n.parent = tree.id AND n.space = tree.space) `

// DropTrash implements files.ShareStore.
func (s *Store) DropTrash(ctx context.Context, at time.Time, limit int) (count int, blobs []string, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM file_nodes WHERE trashed > 0 AND trashed < ? AND top = 1 LIMIT ?)",
			millis(at), limit).Scan(&count); err != nil {
			return err
		}
		if blobs, err = texts(ctx, tx, belowTrash+`SELECT blob FROM tree WHERE blob <> '' UNION ALL
			SELECT v.blob FROM file_versions v JOIN tree ON v.node = tree.id`, millis(at), limit); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, belowTrash+"DELETE FROM file_nodes WHERE id IN (SELECT id FROM tree)", millis(at), limit)
		return err
	})
	return count, blobs, wrap("emptying the trash", err)
}

// DropVersions implements files.ShareStore.
func (s *Store) DropVersions(ctx context.Context, at time.Time, limit int) (blobs []string, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		blobs, err = texts(ctx, tx, `DELETE FROM file_versions WHERE (node, n) IN
			(SELECT v.node, v.n FROM file_versions v JOIN file_nodes f ON f.id = v.node WHERE f.trashed = 0 AND
			coalesce((SELECT w.modified FROM file_versions w WHERE w.node = v.node AND w.n > v.n ORDER BY w.n LIMIT 1), f.modified) < ? LIMIT ?) RETURNING blob`,
			millis(at), limit)
		return err
	})
	return blobs, wrap("removing older contents", err)
}

// RestingUploads implements files.ShareStore.
func (s *Store) RestingUploads(ctx context.Context, at time.Time, limit int) (list []string, err error) {
	err = s.read(ctx, func(db *sql.DB) error {
		list, err = texts(ctx, db, "SELECT id FROM file_uploads WHERE node = '' AND expires < ? LIMIT ?", millis(at), limit)
		return err
	})
	return list, wrap("listing uploads that rest", err)
}
