package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Snapshots are whole copies of the database beside it, made while it is in use. They help against a broken database, not
// against a broken disk: that is what backups are for.
const (
	SnapshotFolder = "snapshots" // in the data folder
	snapshotPrefix = "tablee-"
	snapshotTime   = "20060102T150405Z"

	// KeepSnapshots is how many are kept; older ones make place.
	KeepSnapshots = 7
)

// Snapshot is one of them.
type Snapshot struct {
	Name string
	Size int64 // bytes
	Made time.Time
}

// CopyTo writes a consistent copy of the database to a file that is not there yet, and makes it last.
func (s *Store) CopyTo(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("copying the database: %s is there already: %w", filepath.Base(path), os.ErrExist)
	}
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) { // of a copy that was broken off
		return fmt.Errorf("copying the database: %w", err)
	}
	err := s.read(ctx, func(db *sql.DB) error {
		_, err := db.ExecContext(ctx, "VACUUM INTO ?", part)
		return err
	})
	if err == nil {
		err = makeLast(part, path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("copying the database: %w", err), ignoreAbsent(os.Remove(part)))
	}
	return nil
}

func ignoreAbsent(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// makeLast syncs a file and gives it its name.
func makeLast(part, path string) error {
	f, err := os.OpenFile(part, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(0o600), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// Snapshot makes a snapshot and removes those that are too many.
func (s *Store) Snapshot(ctx context.Context, now time.Time) (Snapshot, error) {
	dir := filepath.Join(s.dir, SnapshotFolder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Snapshot{}, fmt.Errorf("making the folder of snapshots: %w", err)
	}
	name := snapshotPrefix + now.UTC().Format(snapshotTime) + ".db"
	if err := s.CopyTo(ctx, filepath.Join(dir, name)); err != nil {
		return Snapshot{}, err
	}
	all, err := s.Snapshots()
	if err != nil {
		return Snapshot{}, err
	}
	var made Snapshot
	for i, old := range all {
		if old.Name == name {
			made = old
		}
		if i >= KeepSnapshots {
			if err := os.Remove(filepath.Join(dir, old.Name)); err != nil {
				return Snapshot{}, fmt.Errorf("removing an old snapshot: %w", err)
			}
		}
	}
	return made, nil
}

// SnapshotDir is the folder of the snapshots, which may not be there yet.
func (s *Store) SnapshotDir() string { return filepath.Join(s.dir, SnapshotFolder) }

// Snapshots lists the snapshots, the newest first.
func (s *Store) Snapshots() ([]Snapshot, error) {
	entries, err := os.ReadDir(filepath.Join(s.dir, SnapshotFolder))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("listing snapshots: %w", err)
	}
	var all []Snapshot
	for _, e := range entries {
		text, ok := strings.CutPrefix(strings.TrimSuffix(e.Name(), ".db"), snapshotPrefix)
		made, errTime := time.Parse(snapshotTime, text)
		info, errInfo := e.Info()
		if ok && errTime == nil && errInfo == nil {
			all = append(all, Snapshot{Name: e.Name(), Size: info.Size(), Made: made})
		}
	}
	slices.SortFunc(all, func(a, b Snapshot) int { return cmp.Or(b.Made.Compare(a.Made), strings.Compare(a.Name, b.Name)) })
	return all, nil
}

// Size is what the database takes on the disk, with its log, in bytes.
func (s *Store) Size() (size int64) {
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(s.path() + suffix); err == nil {
			size += info.Size()
		}
	}
	return size
}

// restoreSnapshot puts the newest snapshot that is whole in the place of a database that was set aside; "" when there is
// none.
func (s *Store) restoreSnapshot(ctx context.Context) (string, error) {
	all, err := s.Snapshots()
	if err != nil {
		return "", err
	}
	for _, snap := range all {
		content, err := os.ReadFile(filepath.Join(s.dir, SnapshotFolder, snap.Name))
		if err != nil {
			continue // an older one may do
		}
		part := s.path() + ".part"
		if err := os.WriteFile(part, content, 0o600); err != nil {
			return "", fmt.Errorf("restoring a snapshot: %w", err)
		}
		if err := makeLast(part, s.path()); err != nil {
			return "", fmt.Errorf("restoring a snapshot: %w", err)
		}
		db, err := openChecked(ctx, s.path())
		if err == nil {
			return snap.Name, db.Close()
		}
		if err := os.Remove(s.path()); err != nil {
			return "", fmt.Errorf("restoring a snapshot: %w", err)
		}
	}
	return "", nil
}
