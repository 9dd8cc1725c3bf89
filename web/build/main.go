package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
)

// errDiffers says that the committed output is not what the sources give.
var errDiffers = errors.New("web/dist is not what web/app gives: run `make web` and commit web/dist")

func main() {
	check := flag.Bool("check", false, "compare with web/dist instead of writing it")
	root := flag.String("root", ".", "the project's folder")
	flag.Parse()
	if err := run(*root, *check); err != nil {
		fmt.Fprintln(os.Stderr, "web/build:", err)
		os.Exit(1)
	}
}

func run(root string, check bool) error {
	files, err := bundle(filepath.Join(root, "web", "app"))
	if err != nil {
		return err
	}
	dist := filepath.Join(root, "web", "dist")
	if check {
		return compare(dist, files)
	}
	return write(dist, files)
}

// write replaces the folder's contents, leaving files that are already right alone so that a rebuild changes nothing.
func write(dist string, files map[string][]byte) error {
	old, err := readDist(dist)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for name := range old {
		if _, ok := files[name]; !ok {
			if err := os.Remove(filepath.Join(dist, storedName(name))); err != nil {
				return fmt.Errorf("remove an old file: %w", err)
			}
		}
	}
	for _, name := range sortedNames(files) {
		if bytes.Equal(old[name], files[name]) && old[name] != nil {
			continue
		}
		path := filepath.Join(dist, storedName(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("make the output folder: %w", err)
		}
		stored, err := pack(name, files[name])
		if err != nil {
			return err
		}
		if err := os.WriteFile(path, stored, 0o644); err != nil {
			return fmt.Errorf("write the output: %w", err)
		}
		fmt.Printf("%7d  %s\n", len(stored), storedName(name))
	}
	return nil
}

// compare fails with a sentence that names the first file that differs.
func compare(dist string, files map[string][]byte) error {
	old, err := readDist(dist)
	if err != nil {
		return fmt.Errorf("read web/dist: %w", err)
	}
	for _, name := range sortedNames(files) {
		if committed, ok := old[name]; !ok {
			return fmt.Errorf("%w (%s is missing)", errDiffers, name)
		} else if !bytes.Equal(committed, files[name]) {
			return fmt.Errorf("%w (%s differs)", errDiffers, name)
		}
	}
	for _, name := range sortedNames(old) {
		if _, ok := files[name]; !ok {
			return fmt.Errorf("%w (%s is left over)", errDiffers, name)
		}
	}
	return nil
}

func sortedNames(files map[string][]byte) []string {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
