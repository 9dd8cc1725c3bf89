package files

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding"
	"errors"
	"hash"
	"io"
	"io/fs"
	"time"
)

// Whether the disk still has what was stored: each content has its SHA-256 since it came in, and in quiet hours all of them
// are read again, slowly, one after the other. What is not as it was is counted and told; nothing is deleted for it.

// How contents are checked.
const (
	checkEvery = 30 * 24 * time.Hour // each content
	checkRate  = 4 << 20             // bytes a second, so that a small machine does not notice
	checkBatch = 100                 // contents asked for at a time
	checkLook  = 5 * time.Minute     // how often it is asked whether it is time
)

// Sum is what a content is to have.
type Sum struct {
	Blob    string
	Size    int64
	Sum     []byte    // SHA-256; nil or empty when it is not known yet
	Checked time.Time // when it was read last
	Bad     time.Time // since when it is not what it was; zero while it is
}

// SumStore keeps sums.
type SumStore interface {
	// Unchecked lists contents that nobody has read since before, those first that have waited longest.
	Unchecked(ctx context.Context, before time.Time, limit int) ([]Sum, error)
	// SetSum notes a look at a content; known is false for one that nobody has any more.
	SetSum(ctx context.Context, s Sum) (known bool, err error)
	// Damaged counts those whose last look was bad, and forgets contents that nobody has any more.
	Damaged(ctx context.Context) (int, error)
}

// checking checks contents in quiet hours until ctx ends.
func (f *Files) checking(ctx context.Context) {
	ticker := time.NewTicker(checkLook)
	defer ticker.Stop()
	for {
		if err := f.check(ctx); err != nil && ctx.Err() == nil {
			f.cfg.Log.Warn("files: checking what is stored", "error", redact(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// check reads what has not been read for long, as long as quiet hours last.
func (f *Files) check(ctx context.Context) error {
	slow := throttle{rate: func() int64 { return checkRate }, now: f.cfg.Now}
	for {
		if err := f.countDamaged(ctx); err != nil {
			return err
		}
		list, err := f.cfg.Store.Unchecked(ctx, f.cfg.Now().Add(-checkEvery), checkBatch)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, s := range list {
			if !f.limits.Load().Quiet.At(f.cfg.Now()) {
				return nil
			}
			if err := f.checkOne(ctx, &slow, s); err != nil {
				return err
			}
		}
	}
}

func (f *Files) countDamaged(ctx context.Context) error {
	n, err := f.cfg.Store.Damaged(ctx)
	if err == nil {
		f.counts.unsound.Store(int64(n))
	}
	return err
}

// checkOne reads a content and notes how it is. The error is not about the content.
func (f *Files) checkOne(ctx context.Context, slow *throttle, s Sum) error {
	sum, size, err := f.sumOnDisk(ctx, slow, s.Blob)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	now := f.cfg.Now()
	sound := err == nil && size == s.Size && (len(s.Sum) == 0 || bytes.Equal(sum, s.Sum))
	was := s.Bad
	s.Checked = now
	switch {
	case sound:
		s.Sum, s.Bad = sum, time.Time{}
	case s.Bad.IsZero():
		s.Bad = now
	}
	if s.Sum == nil {
		s.Sum = []byte{}
	}
	known, serr := f.cfg.Store.SetSum(ctx, s)
	if serr != nil || !known {
		return serr
	}
	f.counts.checked.Add(1)
	if !sound && was.IsZero() { // the number is that of the file on the disk and in backups; it says nothing of whose it is
		f.cfg.Log.Error("files: a content is not what was stored; take it from a backup", "content", s.Blob, "missing", errors.Is(err, fs.ErrNotExist))
	}
	return nil
}

// sumOnDisk reads a content to its end, at the pace that meetings and the check itself leave.
func (f *Files) sumOnDisk(ctx context.Context, slow *throttle, blob string) (sum []byte, size int64, err error) {
	file, err := f.blobs.open(blob)
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	forgetPages(file) // the disk is to be read, not what memory remembers of it
	h := sha256.New()
	for buffer := make([]byte, copySize); ; {
		n, err := file.Read(buffer)
		h.Write(buffer[:n])
		size += int64(n)
		if werr := errors.Join(f.throttle.wait(ctx, outwards, n), slow.wait(ctx, outwards, n)); werr != nil {
			return nil, size, werr
		}
		if errors.Is(err, io.EOF) {
			forgetPages(file) // nor is what others need to be pushed out of it
			return h.Sum(nil), size, nil
		}
		if err != nil {
			return nil, size, err
		}
	}
}

// resumeHash goes on with the SHA-256 of an upload; nil when it is not known how far it is.
func resumeHash(u Upload) hash.Hash {
	h := sha256.New()
	if u.Offset == 0 {
		return h
	}
	state, ok := h.(encoding.BinaryUnmarshaler)
	if !ok || u.Hash == nil || state.UnmarshalBinary(u.Hash) != nil {
		return nil
	}
	return h
}

// stateOf is how far a hash is, as resumeHash reads it.
func stateOf(h hash.Hash) []byte {
	m, ok := h.(encoding.BinaryMarshaler)
	if !ok {
		return nil
	}
	state, err := m.MarshalBinary()
	if err != nil {
		return nil // it is read from the disk some night, then
	}
	return state
}

// sumOf is the SHA-256 of a whole upload; nil when it is not known.
func sumOf(u Upload) []byte {
	h := resumeHash(u)
	if h == nil {
		return nil
	}
	return h.Sum(nil)
}
