package files

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"tablee/room"
)

// What takes room, and taking it away at an admin's word. Of contents only sizes are told.

// Everybody is the space that all members share.
const Everybody Space = KindTeam + "/" + allTeam

// Amount is so many things of so many bytes.
type Amount struct {
	Count int
	Bytes int64
}

// Share is what one space takes. Its parts do not overlap.
type Share struct {
	Space    Space
	Files    Amount // present contents, and no folders
	Versions Amount // older contents of these
	Trash    Amount // what lies in the trash, with its older contents
	Uploads  Amount // what has come of uploads under way
	Quota    int64  // bytes that it may take
}

// Bytes is all of it, which the quota bounds.
func (s Share) Bytes() int64 {
	return s.Files.Bytes + s.Versions.Bytes + s.Trash.Bytes + s.Uploads.Bytes
}

// ShareStore tells what takes room, and finds what can be done without.
type ShareStore interface {
	// Shares lists all spaces that take room, without their quotas.
	Shares(ctx context.Context) ([]Share, error)
	// DropTrash removes up to limit things, with all in them, that were put into the trash before at; it names their blobs.
	DropTrash(ctx context.Context, at time.Time, limit int) (count int, blobs []string, err error)
	// DropVersions removes up to limit older contents, in whose place another was put before at, of files that are not in the
	// trash; it names their blobs.
	DropVersions(ctx context.Context, at time.Time, limit int) (blobs []string, err error)
	// RestingUploads lists up to limit uploads under way that expire before at.
	RestingUploads(ctx context.Context, at time.Time, limit int) ([]string, error)
}

// Shares tells what each space takes.
func (f *Files) Shares(ctx context.Context) ([]Share, error) {
	list, err := f.cfg.Store.Shares(ctx)
	for i := range list {
		list[i].Quota = f.allowance(list[i].Space).Space
	}
	return list, err
}

// Sort is a sort of things that can be done without.
type Sort string

// Sorts.
const (
	SortTrash    Sort = "trash"    // what lies in anybody's trash, and was of rooms, members and groups that are deleted
	SortVersions Sort = "versions" // older contents of files
	SortUploads  Sort = "uploads"  // uploads that were broken off
	SortDrops    Sort = "drops"    // drops that have expired
)

// Bounds of Free.
const (
	FreeAtMost = 10 * time.Second // one call; what is left then is for the next
	RestBefore = time.Hour        // an upload that was broken off less long ago may still be gone on with
	freeBatch  = 50               // things between two looks at the clock
)

// Freed is what Free has done.
type Freed struct {
	Amount      // taken away, and bytes that the disk has back
	Stuck  int  // contents that the disk did not let go; they go at the next start
	More   bool // there was no time for all
}

// Free takes away for good what is of a sort and became so before at: was deleted, replaced, broken off, or expired. What
// was done before an error is told with it.
func (f *Files) Free(ctx context.Context, sort Sort, at time.Time) (done Freed, err error) {
	late, cancel := context.WithTimeout(ctx, FreeAtMost)
	defer cancel()
	round := map[Sort]func(context.Context, time.Time, *Freed) (bool, error){
		SortTrash: f.freeTrash, SortVersions: f.freeVersions, SortUploads: f.freeUploads, SortDrops: f.freeDrops,
	}[sort]
	if round == nil {
		return done, refuse(room.CodeBadMessage, "what can be taken away is trash, versions, uploads and drops")
	}
	for more := true; more && err == nil; {
		if late.Err() != nil {
			done.More = true
			return done, ctx.Err()
		}
		more, err = round(context.WithoutCancel(ctx), at, &done) // a batch is not left half done
	}
	return done, err
}

// freeTrash does a batch, and says if there may be more. So do those that follow.
func (f *Files) freeTrash(ctx context.Context, at time.Time, done *Freed) (bool, error) {
	spaces, err := f.cfg.Store.GoneSpaces(ctx)
	for _, space := range spaces {
		err = errors.Join(err, f.freeSpace(ctx, space, done))
	}
	if err != nil {
		return false, err
	}
	count, gone, err := f.cfg.Store.DropTrash(ctx, at, freeBatch)
	if err != nil {
		return false, err
	}
	done.Count += count
	f.take(gone, done)
	return count == freeBatch, nil
}

func (f *Files) freeVersions(ctx context.Context, at time.Time, done *Freed) (bool, error) {
	gone, err := f.cfg.Store.DropVersions(ctx, at, freeBatch)
	if err != nil {
		return false, err
	}
	done.Count += len(gone)
	f.take(gone, done)
	return len(gone) == freeBatch, nil
}

func (f *Files) freeUploads(ctx context.Context, at time.Time, done *Freed) (bool, error) {
	if latest := f.cfg.Now().Add(-RestBefore); at.After(latest) {
		at = latest
	}
	list, err := f.cfg.Store.RestingUploads(ctx, at.Add(KeepUploads), freeBatch)
	if err != nil {
		return false, err
	}
	some := false
	for _, id := range list {
		release, busy := f.hold(id, func() {})
		if busy != nil {
			continue // somebody goes on with it at this moment
		}
		err := f.cfg.Store.Abandon(ctx, id)
		if err == nil {
			some = true
			done.Count++
			f.take([]string{id}, done)
		}
		release()
		if err != nil {
			return false, err
		}
	}
	return some && len(list) == freeBatch, nil
}

func (f *Files) freeDrops(ctx context.Context, at time.Time, done *Freed) (bool, error) {
	if now := f.cfg.Now(); at.After(now) {
		at = now
	}
	list, err := f.cfg.Store.ExpiredLinks(ctx, at)
	ended := map[Space]bool{}
	for _, l := range list {
		if err == nil && l.Space.Kind() == KindDrop && !ended[l.Space] {
			ended[l.Space] = true
			err = f.freeSpace(ctx, l.Space, done)
		} else if err == nil && l.Space.Kind() != KindDrop { // it takes no room, and is in the way of others
			err = f.cfg.Store.RemoveLink(ctx, l.Hash)
		}
	}
	return len(list) > 0, err
}

func (f *Files) freeSpace(ctx context.Context, space Space, done *Freed) error {
	gone, err := f.cfg.Store.DeleteSpace(ctx, space)
	if err == nil {
		done.Count++
		f.take(gone, done)
	}
	return err
}

// take takes contents off the disk, and counts what it has back by that.
func (f *Files) take(ids []string, done *Freed) {
	for _, id := range ids {
		for _, path := range []string{f.blobs.path(id), f.blobs.partial(id)} {
			info, err := os.Lstat(path)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err = errors.Join(err, os.Remove(path)); err != nil {
				done.Stuck++
				f.cfg.Log.Warn("files: cannot take a content off the disk", "error", redact(err))
				continue
			}
			done.Bytes += info.Size()
		}
	}
}
