package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// demo is what a tiny build gives: compressible and raw files.
func demo() map[string][]byte {
	return map[string][]byte{
		"index.html":          []byte("<!doctype html><title>t</title>"),
		"assets/main-ABC.js":  []byte("console.log(1)"),
		"assets/icon-ABC.png": {0x89, 'P', 'N', 'G'},
	}
}

func TestWriteThenCompare(t *testing.T) {
	dist := filepath.Join(t.TempDir(), "dist")
	if err := write(dist, demo()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"index.html.gz", "assets/main-ABC.js.gz", "assets/icon-ABC.png"} {
		if _, err := os.Stat(filepath.Join(dist, name)); err != nil {
			t.Errorf("%s is not there: %v", name, err)
		}
	}
	if err := compare(dist, demo()); err != nil {
		t.Errorf("what was just written differs: %v", err)
	}
}

func TestCompareTellsEveryDifference(t *testing.T) {
	cases := map[string]func(map[string][]byte){
		"differs":   func(f map[string][]byte) { f["index.html"] = []byte("other") },
		"missing":   func(f map[string][]byte) { f["assets/new.js"] = []byte("x") },
		"left over": func(f map[string][]byte) { delete(f, "assets/icon-ABC.png") },
	}
	for want, change := range cases {
		dist := filepath.Join(t.TempDir(), "dist")
		if err := write(dist, demo()); err != nil {
			t.Fatal(err)
		}
		files := demo()
		change(files)
		err := compare(dist, files)
		if !errors.Is(err, errDiffers) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
}

func TestWriteRemovesOldFiles(t *testing.T) {
	dist := filepath.Join(t.TempDir(), "dist")
	if err := write(dist, demo()); err != nil {
		t.Fatal(err)
	}
	files := demo()
	delete(files, "assets/main-ABC.js")
	if err := write(dist, files); err != nil {
		t.Fatal(err)
	}
	if err := compare(dist, files); err != nil {
		t.Error(err)
	}
}

func TestPackIsDeterministic(t *testing.T) {
	a, err := pack("a.js", []byte(strings.Repeat("tablée ", 500)))
	if err != nil {
		t.Fatal(err)
	}
	b, err := pack("b.js", []byte(strings.Repeat("tablée ", 500)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Error("the same text packs to different bytes")
	}
}

func TestFillRefusesUnknownMarks(t *testing.T) {
	if _, err := fill("<script src={{main.js}}>", map[string]string{"other.js": "/x"}); err == nil || !strings.Contains(err.Error(), "main.js") {
		t.Errorf("got %v, want an error that names main.js", err)
	}
	got, err := fill("<script src={{main.js}}>", map[string]string{"main.js": "/assets/main-1.js"})
	if err != nil || got != "<script src=/assets/main-1.js>" {
		t.Errorf("got %q, %v", got, err)
	}
}
