package files

import (
	"context"
	"errors"
	"sync"
	"time"
)

// How often expired things are looked for, and how long a purge may take.
const (
	purgeEvery  = 10 * time.Minute
	purgeAtMost = time.Minute
)

// Run takes away what has expired, until ctx ends. What can wait (the trash, checking contents) waits for quiet hours.
func (f *Files) Run(ctx context.Context) error {
	var checks sync.WaitGroup
	checks.Go(func() { f.checking(ctx) })
	defer checks.Wait()
	ticker := time.NewTicker(purgeEvery)
	defer ticker.Stop()
	for {
		f.purge(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func (f *Files) purge(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, purgeAtMost)
	defer cancel()
	now := f.cfg.Now()
	errs := []error{f.purgeUploads(ctx, now), f.purgeLinks(ctx, now), f.purgeGone(ctx)}
	if f.limits.Load().Quiet.At(now) {
		errs = append(errs, f.purgeTrash(ctx, now))
	}
	if err := errors.Join(errs...); err != nil && ctx.Err() == nil {
		f.cfg.Log.Warn("files: taking away what has expired", "error", redact(err))
	}
}

func (f *Files) purgeUploads(ctx context.Context, now time.Time) error {
	list, err := f.cfg.Store.ExpiredUploads(ctx, now)
	for _, id := range list {
		release, busy := f.hold(id, func() {})
		if busy != nil {
			continue
		}
		u, uerr := f.cfg.Store.Upload(ctx, id)
		switch {
		case uerr != nil:
		case u.Node != "": // the file stays
			err = errors.Join(err, f.cfg.Store.Abandon(ctx, id))
		default:
			err = errors.Join(err, f.abandon(ctx, id))
		}
		release()
	}
	return err
}

// purgeLinks ends links, and drops when the last link that was theirs has ended.
func (f *Files) purgeLinks(ctx context.Context, now time.Time) error {
	list, err := f.cfg.Store.ExpiredLinks(ctx, now)
	for _, l := range list {
		if l.Space.Kind() != KindDrop {
			err = errors.Join(err, f.cfg.Store.RemoveLink(ctx, l.Hash))
			continue
		}
		err = errors.Join(err, f.DeleteSpace(ctx, l.Space))
	}
	return err
}

// purgeGone takes off the disk what belonged to rooms, accounts and groups that are deleted.
func (f *Files) purgeGone(ctx context.Context) error {
	list, err := f.cfg.Store.GoneSpaces(ctx)
	for _, space := range list {
		err = errors.Join(err, f.DeleteSpace(ctx, space))
	}
	return err
}

// DeleteSpace deletes all of a space for good.
func (f *Files) DeleteSpace(ctx context.Context, space Space) error {
	gone, err := f.cfg.Store.DeleteSpace(ctx, space)
	return errors.Join(err, f.blobs.remove(gone...))
}

func (f *Files) purgeTrash(ctx context.Context, now time.Time) error {
	list, err := f.cfg.Store.OldTrash(ctx, now.AddDate(0, 0, -f.limits.Load().TrashDays))
	for _, n := range list {
		gone, derr := f.cfg.Store.Delete(ctx, n.Space, n.ID)
		err = errors.Join(err, derr, f.blobs.remove(gone...))
	}
	return err
}
