package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Text is stored only compressed: every browser takes gzip, and the server can unpack for whoever does not.
var compressible = map[string]bool{".html": true, ".js": true, ".css": true, ".svg": true, ".webmanifest": true, ".json": true, ".txt": true}

// storedName is the name of an output file in web/dist.
func storedName(name string) string {
	if compressible[filepath.Ext(name)] {
		return name + ".gz"
	}
	return name
}

// pack gives the stored form. The gzip header carries no time and no name, so the same input gives the same bytes.
func pack(name string, content []byte) ([]byte, error) {
	if !compressible[filepath.Ext(name)] {
		return content, nil
	}
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("compress %s: %w", name, err)
	}
	if _, err := w.Write(content); err != nil {
		return nil, fmt.Errorf("compress %s: %w", name, err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compress %s: %w", name, err)
	}
	return out.Bytes(), nil
}

// readDist reads web/dist, decompressed, by the names before compression.
func readDist(dist string) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := filepath.WalkDir(dist, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dist, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if plain, ok := strings.CutSuffix(name, ".gz"); ok {
			if content, err = unpack(content); err != nil {
				return fmt.Errorf("unpack %s: %w", name, err)
			}
			name = plain
		}
		files[name] = content
		return nil
	})
	return files, err
}

func unpack(content []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
