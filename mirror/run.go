package mirror

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// run is one run.
type run struct {
	*Mirror
	goOn    func() bool
	done    *manifest
	folders map[string]map[string]found // what is there, by folder; nil for a folder that is not
	row     int                         // failures in a row of the line or the server
}

func (m *Mirror) run(ctx context.Context, goOn func() bool) (err error) {
	done, err := openManifest(m.cfg.Dir, m.target.base.String()+" "+m.cfg.User)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done.file.Close()) }()
	r := &run{Mirror: m, goOn: goOn, done: done, folders: map[string]map[string]found{}}
	if err := m.target.makeFolder(ctx, ""); err != nil {
		return err
	}
	if err := r.settle(ctx); err != nil {
		return err
	}
	for _, s := range m.cfg.Sources {
		if err := r.source(ctx, s); err != nil {
			return err
		}
	}
	m.change(func(rep *Report) { rep.Whole = rep.Failed == 0 })
	return nil
}

// temporary is the name under which a file goes there: its own for each path, so that one left of a cut is found again.
func temporary(p string) string {
	sum := sha256.Sum256([]byte(p))
	return path.Join(path.Dir(p), partPrefix+hex.EncodeToString(sum[:8])+partSuffix)
}

// How a temporary name begins and ends; a file of that name here is not mirrored.
const partPrefix, partSuffix = ".tablee-", ".part"

func isTemporary(p string) bool {
	return strings.HasPrefix(path.Base(p), partPrefix) && strings.HasSuffix(p, partSuffix)
}

// settle finds out what became of the files that were under way when the last run broke off.
func (r *run) settle(ctx context.Context) error {
	for _, p := range sorted(r.done.items) {
		it := r.done.items[p]
		if it.Next == nil {
			continue
		}
		_, half, err := r.target.look(ctx, temporary(p))
		if err != nil {
			return err
		}
		there, ok, err := r.target.look(ctx, p)
		if err != nil {
			return err
		}
		switch {
		case it.Next.Moving && !half && ok && there.mark.Size == it.Next.Size: // it got its name, and the word of it was lost
			it = item{Version: it.Next.Version, Mark: there.mark}
		case half:
			if err := r.target.remove(ctx, temporary(p)); err != nil {
				return err
			}
		}
		it.Next = nil
		if err := r.note(p, it); err != nil {
			return err
		}
	}
	return nil
}

// note keeps an item, or forgets one of which nothing is there.
func (r *run) note(p string, it item) error {
	if it.Version == "" {
		return r.done.set(p, nil)
	}
	return r.done.set(p, &it)
}

// source brings one folder up to date. The error ends the whole run.
func (r *run) source(ctx context.Context, s Source) error {
	list, err := s.Files.List(ctx)
	if err == nil && len(list) > MaxFiles {
		err = fmt.Errorf("more than %d files", MaxFiles)
	}
	if err != nil {
		return r.failed(ctx, s.Folder, err)
	}
	here := make(map[string]bool, len(list))
	for _, e := range list {
		p := s.Folder + "/" + e.Path
		if !clean(p) || isTemporary(p) {
			if err := r.failed(ctx, s.Folder, errName); err != nil {
				return err
			}
			continue
		}
		here[p] = true
		if it, ok := r.done.items[p]; ok && !it.Gone.IsZero() { // it is back
			it.Gone = time.Time{}
			if err := r.done.set(p, &it); err != nil {
				return err
			}
		}
		if e.Trashed {
			continue
		}
		if err := r.failed(ctx, s.Folder, r.file(ctx, s, e, p)); err != nil {
			return err
		}
	}
	return r.purge(ctx, s, here)
}

// failed counts what went wrong. It returns the error if it is no use to go on.
func (r *run) failed(ctx context.Context, folder string, err error) error {
	if err == nil {
		r.row = 0
		return nil
	}
	for _, last := range []error{errLogin, errFull, errCert, errElsewher, errTime, errGarbled, errManifest} {
		if errors.Is(err, last) {
			return err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	text := words(err)
	var status *statusError
	var line *lineError
	switch {
	case errors.As(err, &line), errors.As(err, &status) && status.status >= 500:
		if r.row++; r.row >= maxFailures {
			return err
		}
	case status == nil && !slices.ContainsFunc(expected(), func(known error) bool { return errors.Is(err, known) }):
		r.cfg.Log.Warn("mirror: a file cannot be read", "folder", folder, "error", redact(err))
	}
	r.change(func(rep *Report) { rep.fail(folder, text) })
	return nil
}

// expected are failures that the report tells enough of.
func expected() []error { return []error{errForeign, errChanged, errEmpty, errName, ErrGone} }

// redact takes names of files out of an error.
func redact(err error) error {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err
	}
	return err
}

// file sends one file, unless it is there.
func (r *run) file(ctx context.Context, s Source, e Entry, p string) error {
	if !r.goOn() {
		return errTime
	}
	it, ours := r.done.items[p]
	there, ok, err := r.there(ctx, p)
	switch {
	case err != nil:
		return err
	case ok && !ours:
		return errForeign
	case ok && (there.folder || there.mark != it.Mark):
		return errChanged
	case ok && it.Version == e.Version:
		r.change(func(rep *Report) { rep.Kept++ })
		return nil
	}
	if err := r.folder(ctx, path.Dir(p)); err != nil {
		return err
	}
	content, size, err := s.Files.Open(ctx, e.Path)
	if errors.Is(err, os.ErrNotExist) { // deleted meanwhile: the next run sees to it
		return nil
	}
	if err != nil {
		return err
	}
	err = r.send(ctx, p, content, next{Version: e.Version, Size: size}, ok)
	return errors.Join(err, content.Close())
}

// send puts a content there under a temporary name and then gives it its own. over says that ours is there now.
func (r *run) send(ctx context.Context, p string, content io.Reader, n next, over bool) error {
	it := r.done.items[p]
	if !over {
		it = item{} // somebody deleted ours there
	}
	it.Next = &n
	if err := r.done.set(p, &it); err != nil {
		return err
	}
	part := temporary(p)
	if err := r.target.put(ctx, part, content, n.Size); err != nil {
		return r.undo(ctx, p, it, err)
	}
	there, ok, err := r.target.look(ctx, p) // it took a while to get here
	switch {
	case err != nil:
	case ok && !over:
		err = errForeign
	case ok && (there.folder || there.mark != it.Mark):
		err = errChanged
	}
	if err != nil {
		return r.undo(ctx, p, it, err)
	}
	n.Moving = true
	it.Next = &n
	if err := r.done.set(p, &it); err != nil {
		return err
	}
	if err := r.target.move(ctx, part, p, over && ok); err != nil {
		if _, cut := errors.AsType[*lineError](err); cut { // it may have come about: settle looks
			return err
		}
		return r.undo(ctx, p, it, err)
	}
	if there, ok, err = r.target.look(ctx, p); err != nil {
		return err
	}
	if !ok || there.mark.Size != n.Size {
		return errChanged
	}
	r.change(func(rep *Report) { rep.Files, rep.Bytes = rep.Files+1, rep.Bytes+n.Size })
	return r.done.set(p, &item{Version: n.Version, Mark: there.mark})
}

// undo takes a temporary file away after why. If that fails, too, the next run does it.
func (r *run) undo(ctx context.Context, p string, it item, why error) error {
	if _, cut := errors.AsType[*lineError](why); cut || r.target.remove(ctx, temporary(p)) != nil {
		return why
	}
	it.Next = nil
	return errors.Join(why, r.note(p, it))
}

// there tells how a file is there, by a listing of its folder that is asked for once.
func (r *run) there(ctx context.Context, p string) (found, bool, error) {
	dir := path.Dir(p)
	all, known := r.folders[dir]
	if !known {
		var err error
		if all, _, err = r.target.list(ctx, dir); err != nil {
			return found{}, false, err
		}
		r.folders[dir] = all
	}
	f, ok := all[path.Base(p)]
	return f, ok, nil
}

// folder makes a folder and those above it, unless they are there.
func (r *run) folder(ctx context.Context, dir string) error {
	if dir == "." || r.folders[dir] != nil {
		return nil
	}
	if err := r.folder(ctx, path.Dir(dir)); err != nil {
		return err
	}
	if err := r.target.makeFolder(ctx, dir); err != nil {
		return err
	}
	r.folders[dir] = map[string]found{}
	return nil
}
