package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"tablee/room"
)

// How a content gets to its place: it grows in partial/ID, each stretch made last by fsync before it is acknowledged;
// then it is renamed to blobs/XX/ID (XX the first two characters), the folder is made last, and only then does the
// database know it. So the database never names a blob that is not there, and a blob that it does not name is an orphan,
// which sweep takes away. A content is deleted in the other order: from the database first.

// blobs is the folder of contents.
type blobs struct{ dir string }

func openBlobs(dir string) (blobs, error) {
	b := blobs{dir: dir}
	for _, sub := range []string{dir, b.partials(), filepath.Join(dir, "blobs")} {
		if err := os.MkdirAll(sub, 0o700); err != nil {
			return b, fmt.Errorf("making the folder for files: %w", err)
		}
	}
	return b, syncDir(dir)
}

func (b blobs) partials() string                 { return filepath.Join(b.dir, "partial") }
func (b blobs) partial(id string) string         { return filepath.Join(b.partials(), id) }
func (b blobs) shelf(id string) string           { return filepath.Join(b.dir, "blobs", id[:2]) }
func (b blobs) path(id string) string            { return filepath.Join(b.shelf(id), id) }
func (b blobs) open(id string) (*os.File, error) { return os.Open(b.path(id)) }

// create begins a content.
func (b blobs) create(id string) (*os.File, error) {
	f, err := os.OpenFile(b.partial(id), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, diskError(err)
	}
	if err := syncDir(b.partials()); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// resume opens a content where it was left: what is beyond offset was never acknowledged.
func (b blobs) resume(id string, offset int64) (*os.File, error) {
	f, err := os.OpenFile(b.partial(id), os.O_RDWR, 0o600)
	if err != nil {
		return nil, diskError(err)
	}
	if err := f.Truncate(offset); err == nil {
		_, err = f.Seek(offset, 0)
		if err == nil {
			return f, nil
		}
	}
	f.Close()
	return nil, diskError(err)
}

// keep moves a finished content to its place. Its data must be on the disk.
func (b blobs) keep(id string) error {
	if err := b.shelve(id); err != nil {
		return err
	}
	if err := os.Rename(b.partial(id), b.path(id)); err != nil {
		return diskError(err)
	}
	return errors.Join(syncDir(b.shelf(id)), syncDir(b.partials()))
}

// shelve makes the folder that id lies in.
func (b blobs) shelve(id string) error {
	err := os.Mkdir(b.shelf(id), 0o700)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return diskError(err)
	}
	return syncDir(filepath.Join(b.dir, "blobs"))
}

// remove takes contents away, wherever they are. One that is not there is no mistake.
func (b blobs) remove(ids ...string) error {
	var errs []error
	for _, id := range ids {
		for _, path := range []string{b.path(id), b.partial(id)} {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// swept says what sweep found.
type swept struct {
	Orphans int // taken away
	Back    int // finished on the disk and not in the database: uploads again
	Missing int // in the database and not on the disk, or too short
}

// sweep makes the disk agree with the database after a crash. It runs before anything is served.
func (b blobs) sweep(ctx context.Context, store NodeStore) (s swept, err error) {
	type want struct {
		size   int64
		upload bool
	}
	known := map[string]want{}
	if err := store.KnownBlobs(ctx, func(blob string, size int64, upload bool) { known[blob] = want{size, upload} }); err != nil {
		return s, err
	}
	var errs []error
	seen := map[string]bool{}
	walk := func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		id := d.Name()
		w, ok := known[id]
		kept := filepath.Dir(path) != b.partials()
		switch {
		case !isID(id) || !ok || !kept && !w.upload:
			s.Orphans++
			errs = append(errs, os.Remove(path))
		case kept && w.upload: // renamed, and then the power went: the client comes back and finishes it
			s.Back++
			seen[id] = true
			errs = append(errs, os.Rename(path, b.partial(id)))
		default:
			info, err := d.Info()
			seen[id] = err == nil && info.Size() >= w.size
		}
		return nil
	}
	errs = append(errs, filepath.WalkDir(filepath.Join(b.dir, "blobs"), walk), filepath.WalkDir(b.partials(), walk))
	for id, w := range known {
		begun := w.upload && w.size == 0 // the power went before it had a file, and nobody was told of it: it expires
		if !seen[id] && !begun {
			s.Missing++
		}
	}
	return s, errors.Join(append(errs, syncDir(b.partials()))...)
}

// syncDir makes renames in a folder last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return diskError(err)
	}
	defer d.Close()
	return diskError(d.Sync())
}

// diskError says in our words what an error of the disk means; nil stays nil.
func diskError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: %w", errDiskFull(), err)
	}
	return err
}

func errDiskFull() error {
	return refuse(room.CodeDiskFull, "the server's disk is full; ask its owner to make room, then go on")
}
