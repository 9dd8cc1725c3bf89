package mirror

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The manifest is what the mirror has written there: a line of JSON for the target, then a line for each change. It is
// written anew when a run begins, so that it does not grow for ever, and each line is on the disk before what it tells of
// is begun or taken for done.

// item is one file there.
type item struct {
	Version string `json:"version,omitempty"` // of the content that is there; "" for none yet
	Mark    mark   `json:"mark,omitzero"`     // how it looked there when we had written it
	Next    *next  `json:"next,omitempty"`    // a content that is under way
	// Gone is when it was first found to be here no more, while it stays there all the same.
	Gone time.Time `json:"gone,omitzero"`
}

// next is a content under way. Its temporary name follows from the path.
type next struct {
	Version string `json:"version"`
	Size    int64  `json:"size"`
	Moving  bool   `json:"moving"` // it is whole there, and may have its name already
}

// line is one line after the first.
type line struct {
	Path string `json:"path"`
	Item *item  `json:"item"` // null for gone
}

// manifest is all items, and the file that they are in.
type manifest struct {
	items map[string]item // by the path there, below the target
	file  *os.File
}

// openManifest reads the manifest of a target, and begins it anew. One of another target is of no use for this one.
func openManifest(dir, target string) (*manifest, error) {
	path := filepath.Join(dir, manifestName)
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("read the mirror's manifest: %w", err)
	}
	items, err := parseManifest(data, target)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	err = e.Encode(target)
	for _, p := range sorted(items) {
		it := items[p]
		err = errors.Join(err, e.Encode(line{p, &it}))
	}
	if err == nil {
		err = writeFile(path, out.Bytes())
	}
	m := &manifest{items: items}
	if err == nil {
		m.file, err = os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	}
	if err != nil {
		return nil, fmt.Errorf("write the mirror's manifest: %w", err)
	}
	return m, nil
}

// parseManifest plays the lines; a last one that a kill cut off never was.
func parseManifest(data []byte, target string) (map[string]item, error) {
	items := map[string]item{}
	if len(data) == 0 {
		return items, nil
	}
	lines := strings.SplitAfter(string(data), "\n")
	var whose string
	if json.Unmarshal([]byte(lines[0]), &whose) != nil {
		return nil, errManifest
	}
	if whose != target {
		return items, nil
	}
	for _, text := range lines[1:] {
		if !strings.HasSuffix(text, "\n") {
			break
		}
		var l line
		if json.Unmarshal([]byte(text), &l) != nil || !clean(l.Path) {
			return nil, errManifest
		}
		if l.Item == nil {
			delete(items, l.Path)
		} else {
			items[l.Path] = *l.Item
		}
	}
	return items, nil
}

// set notes an item, for good; nil for gone.
func (m *manifest) set(path string, it *item) error {
	data, err := json.Marshal(line{path, it})
	if err == nil {
		_, err = m.file.Write(append(data, '\n'))
	}
	if err = errors.Join(err, m.file.Sync()); err != nil {
		return fmt.Errorf("write the mirror's manifest: %w", err)
	}
	if it == nil {
		delete(m.items, path)
	} else {
		m.items[path] = *it
	}
	return nil
}

// sorted are the paths of items.
func sorted(items map[string]item) []string {
	all := make([]string, 0, len(items))
	for p := range items {
		all = append(all, p)
	}
	slices.Sort(all)
	return all
}

// clean says if a path names a file below the target and cannot leave it.
func clean(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if part == "" || part == "." || part == ".." || strings.ContainsAny(part, "\\\x00") {
			return false
		}
	}
	return true
}
