package files

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"hash"
	"io"
	"os"
	"time"

	"tablee/room"
)

// A stretch is what one request brings. Of it, every syncEvery bytes and its end are made last, then noted in the
// database, then acknowledged. After a crash the content is cut back to what was noted.
const (
	syncEvery = 16 << 20
	copySize  = 128 << 10
)

// stalled is how long a client may send nothing, and how long somebody waits for the one before to stop.
const stalled = 30 * time.Second

// writer is whoever writes to an upload now.
type writer struct {
	stop func()        // ends its reading soon
	done chan struct{} // closed when it has ended
}

// hold makes the caller the one writer of an upload, or answers file_busy.
func (f *Files) hold(id string, stop func()) (release func(), err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.writing[id] != nil {
		return nil, refuse(room.CodeFileBusy, "somebody is sending this file already; wait until they have ended")
	}
	w := &writer{stop: stop, done: make(chan struct{})}
	f.writing[id] = w
	return func() {
		f.mu.Lock()
		delete(f.writing, id)
		f.mu.Unlock()
		close(w.done)
	}, nil
}

// interrupt asks the writer of an upload to stop and waits for it: a client that asks how far it came has lost the
// connection on which it was sending, whether or not we know that yet.
func (f *Files) interrupt(ctx context.Context, id string) {
	f.mu.Lock()
	w := f.writing[id]
	f.mu.Unlock()
	if w == nil {
		return
	}
	w.stop()
	late := time.NewTimer(stalled)
	defer late.Stop()
	select {
	case <-w.done:
	case <-late.C:
	case <-ctx.Done():
	}
}

// begin reserves place for an upload and makes its file.
func (f *Files) begin(ctx context.Context, u Upload) (Upload, error) {
	name, err := CleanName(u.Name)
	if err != nil {
		return u, err
	}
	u.ID, u.Name, u.Expires = newID(), name, f.cfg.Now().Add(KeepUploads)
	all, err := f.cfg.Store.Usage(ctx, "")
	if err == nil {
		err = f.roomOnDisk(max(u.Length, 0) + all.Reserved)
	}
	if err != nil {
		return u, err
	}
	if err := f.cfg.Store.Reserve(ctx, u, f.allowance(u.Space)); err != nil {
		return u, err
	}
	file, err := f.blobs.create(u.ID)
	if err != nil {
		return u, errors.Join(err, f.cfg.Store.Abandon(context.WithoutCancel(ctx), u.ID))
	}
	return u, file.Close()
}

// checksum is what a stretch must have, by the tus checksum extension.
type checksum struct {
	hash hash.Hash
	want []byte
}

func newHash(algorithm string) hash.Hash {
	switch algorithm {
	case "sha1":
		return sha1.New()
	case "sha256":
		return sha256.New()
	case "md5":
		return md5.New()
	}
	return nil
}

// stretch writes what body brings to an upload whose writer the caller is (hold), and returns how much of the upload is
// on the disk for good, also with an error. When the upload is whole by then, it becomes a file.
func (f *Files) stretch(ctx context.Context, u Upload, body io.Reader, sum *checksum) (Upload, error) {
	file, err := f.blobs.resume(u.ID, u.Offset)
	if err != nil {
		return u, err
	}
	defer file.Close()
	ctx = context.WithoutCancel(ctx) // what has come is noted although its sender has gone
	most, err := f.most(ctx, u)
	if err != nil {
		return u, err
	}
	at, written := u.Offset, u.Offset // noted, and only written
	hash := resumeHash(u)
	note := func() error {
		if written == at {
			return nil
		}
		if err := file.Sync(); err != nil { // nobody knows what is on the disk now: never go on from here
			return errors.Join(diskError(err), f.abandon(ctx, u.ID))
		}
		now := u
		now.Offset, now.Hash, now.Expires = written, stateOf(hash), f.cfg.Now().Add(KeepUploads)
		if err := f.cfg.Store.Progress(ctx, now, f.allowance(u.Space)); err != nil {
			return err
		}
		at, u.Hash = written, now.Hash
		return nil
	}
	var failed error
	for buffer := make([]byte, copySize); ; {
		n, err := io.ReadFull(body, buffer[:min(int64(len(buffer)), most-written+1)])
		if int64(n) > most-written {
			failed = refuse(room.CodeTooBig, "this is more than was announced; begin the upload anew")
			break
		}
		if _, werr := file.Write(buffer[:n]); werr != nil {
			failed = diskError(werr)
			if room.CodeOf(failed) == room.CodeDiskFull {
				f.counts.full.Add(1)
			}
			break
		}
		written += int64(n)
		if hash != nil {
			hash.Write(buffer[:n])
		}
		f.counts.in.Add(int64(n))
		if sum != nil {
			sum.hash.Write(buffer[:n])
		} else if written-at >= syncEvery {
			if failed = f.fits(note); failed != nil {
				break
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				failed = err
			}
			break
		}
	}
	if sum != nil && failed == nil && subtle.ConstantTimeCompare(sum.hash.Sum(nil), sum.want) != 1 {
		f.counts.damaged.Add(1)
		failed = refuse(room.CodeFileDamaged, "this part came damaged; send it again")
	}
	if sum == nil || failed == nil { // an incomplete stretch with a checksum counts for nothing
		if room.CodeOf(failed) != room.CodeTooBig {
			failed = errors.Join(failed, note())
		}
	}
	u.Offset = at
	if failed != nil {
		return u, errors.Join(failed, file.Truncate(at))
	}
	if u.Offset == u.Length {
		return f.finish(ctx, u, file)
	}
	return u, nil
}

// most is how many bytes an upload may have: those announced, or one more than its space may hold, which is refused then.
func (f *Files) most(ctx context.Context, u Upload) (int64, error) {
	if u.Length != Unknown {
		return u.Length, nil
	}
	quota, err := f.quota(ctx, u.Space)
	return quota + 1, err
}

// fits notes, after a look at the disk's floor.
func (f *Files) fits(note func() error) error {
	if err := note(); err != nil {
		return err
	}
	return f.roomOnDisk(0)
}

// finish makes a whole upload a file. Its content is on the disk.
func (f *Files) finish(ctx context.Context, u Upload, file *os.File) (Upload, error) {
	head := make([]byte, sniffSize)
	n, err := file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return u, err
	}
	if err := file.Sync(); err != nil {
		return u, diskError(err)
	}
	if err := f.blobs.keep(u.ID); err != nil {
		return u, err
	}
	now := f.cfg.Now()
	modified := u.Modified
	if modified.IsZero() {
		modified = now
	}
	node, spare, err := f.cfg.Store.Finish(ctx, u.ID, Node{
		ID: newID(), Space: u.Space, Parent: u.Parent, Name: u.Name, Blob: u.ID, Size: u.Offset, Type: Sniff(head[:n]),
		Created: now, Modified: modified, By: u.By, Seat: u.Seat, Owner: u.Owner, Sum: sumOf(u),
	}, KeepEdition, freeName)
	if err != nil {
		return u, err
	}
	u.Node = node.ID
	f.counts.uploads.Add(1)
	return u, f.blobs.remove(spare...)
}

// abandon drops an upload for good.
func (f *Files) abandon(ctx context.Context, id string) error {
	if err := f.cfg.Store.Abandon(context.WithoutCancel(ctx), id); err != nil {
		return err // the database names it still: its content stays
	}
	return f.blobs.remove(id)
}
