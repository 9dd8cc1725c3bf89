package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"path"
	"strings"
)

// indexName is the file behind / and every room's link.
const indexName = "index.html"

// embedName is the script with which another site shows a room in a frame (docs/embedding.md). Its address is in the pages of
// others, so that it carries no hash.
const embedName = "embed.js"

// assetsPrefix is where files lie whose names change with their content.
const assetsPrefix = "assets/"

// errPages is a built page that cannot be served.
var errPages = errors.New("the built page is not usable; run make web")

// file is one file of the built page, as it is stored.
type file struct {
	content   []byte
	gzipped   bool   // content is compressed
	size      int    // when not compressed
	mediaType string // Content-Type
	tag       string // of the uncompressed content, without quotes
	immutable bool   // the name changes with the content
}

// pages are the files by their names in a URL, without the first slash. They never change, so reading needs no lock.
type pages struct {
	files map[string]*file
}

// mediaTypes are those of files that the build makes. The system's table would differ from machine to machine.
var mediaTypes = map[string]string{
	".html":        "text/html; charset=utf-8",
	".js":          "text/javascript; charset=utf-8",
	".css":         "text/css; charset=utf-8",
	".svg":         "image/svg+xml",
	".json":        "application/json",
	".txt":         "text/plain; charset=utf-8",
	".webmanifest": "application/manifest+json",
	".png":         "image/png",
	".ico":         "image/x-icon",
	".webp":        "image/webp",
	".woff2":       "font/woff2",
	".wasm":        "application/wasm",
	".mp3":         "audio/mpeg",
	".ogg":         "audio/ogg",
}

// loadPages reads the built page once; it is small.
func loadPages(files fs.FS) (*pages, error) {
	p := &pages{files: map[string]*file{}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		public, gzipped := strings.CutSuffix(name, ".gz")
		f, err := newFile(public, content, gzipped)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		p.files[public] = f
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errPages, err)
	}
	if p.files[indexName] == nil {
		return nil, fmt.Errorf("%w: it has no %s", errPages, indexName)
	}
	return p, nil
}

func newFile(name string, content []byte, gzipped bool) (*file, error) {
	plain := content
	if gzipped {
		z, err := gzip.NewReader(bytes.NewReader(content))
		if err != nil {
			return nil, err
		}
		if plain, err = io.ReadAll(z); err != nil {
			return nil, err
		}
	}
	sum := sha256.Sum256(plain)
	mediaType := mediaTypes[path.Ext(name)]
	if mediaType == "" {
		mediaType = "application/octet-stream"
	}
	if _, _, err := mime.ParseMediaType(mediaType); err != nil {
		return nil, err
	}
	return &file{
		content:   content,
		gzipped:   gzipped,
		size:      len(plain),
		mediaType: mediaType,
		tag:       base64.RawURLEncoding.EncodeToString(sum[:12]),
		immutable: strings.HasPrefix(name, assetsPrefix),
	}, nil
}
