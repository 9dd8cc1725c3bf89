package format

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Folders of scripts/check-exports.sh: where to leave the exports, and where what LibreOffice made of them lies.
const (
	exportsVar = "TABLEE_EXPORTS"
	rewriteVar = "TABLEE_REWRITTEN"
)

// The office formats are what their standards ask of a container: whole XML in each part, and what readers look for first in
// its place (ODF 1.3 part 2, 3.3: the mimetype, stored; OPC: the content types and the relation to the document).
func TestExports(t *testing.T) {
	for name, c := range map[string]struct {
		write func(string) ([]byte, error)
		first string
		parts []string
	}{
		"pad.odt":  {Odt, "mimetype", []string{"META-INF/manifest.xml", "content.xml"}},
		"pad.docx": {Docx, "", []string{"[Content_Types].xml", "_rels/.rels", "word/document.xml"}},
	} {
		data, err := c.write(all)
		if err != nil {
			t.Fatal(err)
		}
		if dir := os.Getenv(exportsVar); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(name, err)
		}
		if f := z.File[0]; c.first != "" && (f.Name != c.first || f.Method != zip.Store || len(f.Extra) > 0) {
			t.Errorf("%s begins with %s, method %d, %d extra bytes", name, f.Name, f.Method, len(f.Extra))
		}
		there := map[string]bool{}
		for _, f := range z.File {
			there[f.Name] = true
			if strings.HasSuffix(f.Name, ".xml") || strings.HasSuffix(f.Name, ".rels") {
				wellFormed(t, name, f)
			}
		}
		for _, part := range c.parts {
			if !there[part] {
				t.Errorf("%s has no %s", name, part)
			}
		}
	}
}

// What LibreOffice read of an export and wrote as its own file is the same text, with all that markdown can say.
func TestRewrittenExports(t *testing.T) {
	dir := os.Getenv(rewriteVar)
	if dir == "" {
		t.Skip("scripts/check-exports.sh has LibreOffice write the files")
	}
	for _, name := range []string{"odt.docx", "odt.odt", "docx.docx", "docx.odt"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if md, err := Import(name, data); err != nil || md != all {
			t.Errorf("%s (%v):\n%s", name, err, md)
		}
	}
}

func wellFormed(t *testing.T, name string, f *zip.File) {
	t.Helper()
	r, err := f.Open()
	if err != nil {
		t.Fatal(name, f.Name, err)
	}
	defer r.Close()
	for d := xml.NewDecoder(r); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(name, f.Name, err)
		}
	}
}
