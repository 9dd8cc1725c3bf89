package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tablee/cmd/tablee/cli"
	"tablee/cmd/tablee/config"
	"tablee/store"
)

// A backup is a tar archive: tablee.db, then files/…, as they lie in the data folder, then a mark that it is whole. Files
// are hard-linked aside before and after the database is copied, so that whatever the database knows of is in it, although
// the server goes on meanwhile.

// backupEnd is the last entry; an archive without it was cut off.
const backupEnd = "tablee-backup-is-whole"

// backupScratch is the folder in the data folder where a backup is put together.
const backupScratch = "backup.part"

// writeBackup writes everything to w.
func writeBackup(ctx context.Context, st *store.Store, data string, w io.Writer) (err error) {
	scratch, err := os.MkdirTemp(data, backupScratch)
	if err != nil {
		return fmt.Errorf("begin a backup: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	files, db := filepath.Join(scratch, filesFolder), filepath.Join(scratch, store.FileName)
	if err := linkAll(filepath.Join(data, filesFolder), files); err != nil {
		return err
	}
	if err := st.CopyTo(ctx, db); err != nil {
		return err
	}
	if err := linkAll(filepath.Join(data, filesFolder), files); err != nil {
		return err
	}
	out := tar.NewWriter(w)
	if err := addFile(out, db, store.FileName); err != nil {
		return err
	}
	err = filepath.WalkDir(files, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(scratch, path)
		if err != nil {
			return err
		}
		return addFile(out, path, filepath.ToSlash(name))
	})
	if err != nil {
		return fmt.Errorf("write a backup: %w", err)
	}
	if err := out.WriteHeader(&tar.Header{Name: backupEnd, Mode: 0o600, ModTime: time.Now()}); err != nil {
		return fmt.Errorf("write a backup: %w", err)
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("write a backup: %w", err)
	}
	return nil
}

// linkAll gives each file below from a second name below to. What is there already, or has gone meanwhile, is fine.
func linkAll(from, to string) error {
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		if err := os.Link(path, filepath.Join(to, name)); err != nil && !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("set files aside for a backup: %w", err)
	}
	return os.MkdirAll(to, 0o700)
}

func addFile(out *tar.Writer, path, name string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("write a backup: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("write a backup: %w", err)
	}
	if err := out.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: info.Size(), ModTime: info.ModTime()}); err != nil {
		return fmt.Errorf("write a backup: %w", err)
	}
	if _, err := io.CopyN(out, f, info.Size()); err != nil { // an upload under way may grow meanwhile
		return fmt.Errorf("write a backup: %w", err)
	}
	return nil
}

func backupHelp() cli.Help {
	return cli.Help{Usage: "tablee backup FILE [--data DIR]", Intro: "Writes everything that the server keeps (rooms, accounts, chat, files) into a tar " +
		"archive, while the server runs or not. Whoever has the archive can read what is not encrypted in it: keep it safe. \"-\" writes to the standard output.",
		Options: placeOptions()}
}

// placeOptions are the options of commands that need to know where the data is, and nothing else.
func placeOptions() []cli.Option {
	var some []cli.Option
	for _, o := range config.Options() {
		if o.Name == "data" || o.Name == "config" {
			some = append(some, o)
		}
	}
	return some
}

// backup is `tablee backup`.
func backup(ctx context.Context, args []string, w world) int {
	parsed, done, status := parse(args, backupHelp(), 1, "backup", w)
	if done {
		return status
	}
	if len(parsed.Rest) == 0 {
		return usage(w, &cli.UsageError{Message: "say into which file"}, "tablee backup --help")
	}
	cfg, ok := settings(parsed.Options, w)
	if !ok {
		return exitUsage
	}
	if err := backupTo(ctx, cfg, parsed.Rest[0], w); err != nil {
		return fail(w, err)
	}
	return exitOK
}

func backupTo(ctx context.Context, cfg config.Config, path string, w world) (err error) {
	c, err := openConsole(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	resp, err := c.send(ctx, "GET", "/api/v1/server/backup.tar", nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if path == "-" {
		_, err := io.Copy(w.out, resp.Body)
		return err
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(w.dir, path)
	}
	f, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	_, err = io.Copy(f, resp.Body)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(path+".part", path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write the backup: %w", err), os.Remove(path+".part"))
	}
	fmt.Fprintf(w.out, "Everything is in %s.\n", path)
	return nil
}

func restoreHelp() cli.Help {
	return cli.Help{Usage: "tablee restore FILE [--data DIR]", Intro: "Puts a backup into a data folder that has no database yet. No server may run on it. " +
		"To go back in a folder that is in use, stop the server and rename the folder first.", Options: placeOptions()}
}

// restore is `tablee restore`.
func restore(_ context.Context, args []string, w world) int {
	parsed, done, status := parse(args, restoreHelp(), 1, "restore", w)
	if done {
		return status
	}
	if len(parsed.Rest) == 0 {
		return usage(w, &cli.UsageError{Message: "say from which file"}, "tablee restore --help")
	}
	cfg, ok := settings(parsed.Options, w)
	if !ok {
		return exitUsage
	}
	path := parsed.Rest[0]
	if !filepath.IsAbs(path) {
		path = filepath.Join(w.dir, path)
	}
	if err := restoreFrom(path, cfg.Data); err != nil {
		return fail(w, err)
	}
	fmt.Fprintf(w.out, "The backup is in %s. `tablee serve` starts with it.\n", cfg.Data)
	return exitOK
}

// errBackup is a file that is no backup of ours, or not a whole one.
var errBackup = errors.New("this is not a whole backup of Tablée")

// restoreFrom unpacks beside the data folder first, so that what is cut off or no backup changes nothing.
func restoreFrom(path, data string) (err error) {
	if entries, err := os.ReadDir(data); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is not empty; stop the server and rename the folder, then restore into a new one", data)
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	defer f.Close()
	part := strings.TrimRight(data, "/") + ".part"
	if err := os.Mkdir(part, 0o700); err != nil {
		return fmt.Errorf("unpack the backup: %w", err)
	}
	if err := unpackBackup(f, part); err != nil {
		return errors.Join(err, os.RemoveAll(part))
	}
	st, err := store.Open(part)
	if err == nil && st.SetAside() != "" {
		err = errBackup
	}
	if st != nil {
		err = errors.Join(err, st.Close())
	}
	if err == nil {
		err = os.Remove(data)
		if errors.Is(err, os.ErrNotExist) {
			err = nil
		}
	}
	if err == nil {
		err = os.Rename(part, data)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("restore the backup: %w", err), os.RemoveAll(part))
	}
	return nil
}

// unpackBackup writes the entries of an archive into dir, which they cannot leave.
func unpackBackup(r io.Reader, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("unpack the backup: %w", err)
	}
	defer root.Close()
	for in := tar.NewReader(r); ; {
		h, err := in.Next()
		if err != nil {
			return fmt.Errorf("%w: %w", errBackup, err) // the end of the file, too, comes too early here
		}
		if h.Name == backupEnd {
			return nil
		}
		if h.Typeflag != tar.TypeReg || h.Name != store.FileName && !strings.HasPrefix(h.Name, filesFolder+"/") {
			return fmt.Errorf("%w: it has %q in it", errBackup, h.Name)
		}
		if err := unpackFile(root, h.Name, in); err != nil {
			return fmt.Errorf("unpack the backup: %w", err)
		}
	}
}

func unpackFile(root *os.Root, name string, r io.Reader) error {
	if err := root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Sync(), f.Close())
}
