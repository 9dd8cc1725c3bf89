package mirror

import (
	"context"
	"errors"
	"maps"
	"path"
	"slices"
	"strings"
)

// purge deletes what is not here any more and is there as the mirror wrote it, and then the folders that are left empty.
func (r *run) purge(ctx context.Context, s Source, here map[string]bool) error {
	gone := map[string][]string{} // by folder
	for _, p := range sorted(r.done.items) {
		if here[p] || !strings.HasPrefix(p, s.Folder+"/") {
			continue
		}
		if s.NeverEmpty && len(here) == 0 {
			return r.failed(ctx, s.Folder, errEmpty)
		}
		if stays, err := r.stays(s, p); err != nil || stays {
			if err != nil {
				return err
			}
			continue
		}
		err := r.drop(ctx, p)
		if err == nil {
			gone[path.Dir(p)] = append(gone[path.Dir(p)], p)
		}
		if err := r.failed(ctx, s.Folder, err); err != nil {
			return err
		}
	}
	used := map[string]bool{} // what has a file in it here has one there, too, or is to get it
	for p := range here {
		for dir := path.Dir(p); dir != "." && !used[dir]; dir = path.Dir(dir) {
			used[dir] = true
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(gone)) {
		if err := r.failed(ctx, s.Folder, r.forget(ctx, s, dir, gone[dir], used[dir])); err != nil {
			return err
		}
	}
	return nil
}

// forget takes files that are gone out of the manifest, after the folder that they have left empty: a run that breaks off
// before finds that again.
func (r *run) forget(ctx context.Context, s Source, dir string, files []string, used bool) error {
	if !used {
		if err := r.clear(ctx, s, dir); err != nil {
			return err
		}
	}
	for _, p := range files {
		if err := r.done.set(p, nil); err != nil {
			return err
		}
	}
	return nil
}

// stays says if a file that is gone here is to stay there for a while still.
func (r *run) stays(s Source, p string) (bool, error) {
	it, now := r.done.items[p], r.cfg.Now()
	if s.KeepGone == 0 {
		return false, nil
	}
	if it.Gone.IsZero() {
		it.Gone = now.UTC()
		return true, r.done.set(p, &it)
	}
	return now.Sub(it.Gone) < s.KeepGone, nil
}

// clear deletes a folder there in which nothing is left, and those above it likewise, up to the source's own.
func (r *run) clear(ctx context.Context, s Source, dir string) error {
	for ; strings.HasPrefix(dir, s.Folder+"/"); dir = path.Dir(dir) {
		all, ok, err := r.target.list(ctx, dir)
		if err != nil || len(all) > 0 {
			return err
		}
		if ok {
			if err := r.target.removeFolder(ctx, dir); err != nil {
				return err
			}
		}
		delete(r.folders, dir)
	}
	return nil
}

// drop deletes a file there, if it is as the mirror wrote it. The manifest has it still.
func (r *run) drop(ctx context.Context, p string) error {
	if !r.goOn() {
		return errTime
	}
	there, ok, err := r.target.look(ctx, p)
	if err != nil {
		return err
	}
	if ok && (there.folder || there.mark != r.done.items[p].Mark) { // theirs from now on
		return errors.Join(errChanged, r.done.set(p, nil))
	}
	if ok {
		if err := r.target.remove(ctx, p); err != nil {
			return err
		}
		r.change(func(rep *Report) { rep.Deleted++ })
	}
	return nil
}
