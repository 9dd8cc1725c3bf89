package mirror

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Folder is a folder of this machine's as a source. It implements Files.
type Folder struct {
	Dir    string
	Suffix string // of the names of files that count; "" for all
}

// List implements Files. A folder that is not there is empty.
func (f Folder) List(context.Context) (list []Entry, err error) {
	err = filepath.WalkDir(f.Dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !d.Type().IsRegular() || !strings.HasSuffix(path, f.Suffix) {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		name, rerr := filepath.Rel(f.Dir, path)
		if err = errors.Join(err, rerr); err == nil {
			list = append(list, Entry{Path: filepath.ToSlash(name), Version: fmt.Sprintf("%d-%d", info.Size(), info.ModTime().UnixNano())})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list a folder to mirror: %w", err)
	}
	return list, nil
}

// Open implements Files.
func (f Folder) Open(_ context.Context, path string) (io.ReadCloser, int64, error) {
	file, err := os.OpenInRoot(f.Dir, filepath.FromSlash(path))
	if err != nil {
		return nil, 0, fmt.Errorf("open a file to mirror: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("open a file to mirror: %w", err), file.Close())
	}
	return file, info.Size(), nil
}
