package files_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"tablee/files"
)

// TestItemsHaveThePathsOfAll asks what a copy of a whole space is to have in it.
func TestItemsHaveThePathsOfAll(t *testing.T) {
	h := open(t, limits())
	a := h.put("Ada", "a.txt", "a", "&into=Deep")
	same := h.put("Ada", "same.txt", "old")
	h.put("Ada", "x.txt", "x", "&into=folder")
	h.put("Ada", "kept.txt", "kept")
	h.ask("Ada", "DELETE", base+"/"+a, nil).want(t, 204, "")
	h.ask("Ada", "DELETE", base+"/"+same, nil).want(t, 204, "")
	h.put("Ada", "same.txt", "new") // takes the path of what is in the trash
	for _, e := range h.list("Ada", base).Entries {
		if e.Name == "folder" {
			h.ask("Ada", "DELETE", base+"/"+e.ID, nil).want(t, 204, "")
		}
	}
	h.put("Ada", "folder", "a file now") // what lay in the folder can have no path beside it
	items, err := h.Items(t.Context(), "room/salon")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, i := range items {
		name := i.Path
		if i.Trashed {
			name += " (trash)"
		}
		got = append(got, name)
		f, err := h.OpenItem(i)
		if err != nil {
			t.Fatal(err)
		}
		if data, err := io.ReadAll(f); err != nil || int64(len(data)) != i.Size || i.Path == "same.txt" && string(data) != "new" {
			t.Errorf("%s: %q, %v", i.Path, data, err)
		}
		_ = f.Close()
	}
	slices.Sort(got)
	if want := []string{"Deep/a.txt (trash)", "folder", "kept.txt", "same.txt"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if spaces, err := h.Spaces(t.Context(), files.KindRoom); err != nil || !slices.Equal(spaces, []files.Space{"room/salon"}) {
		t.Errorf("%v, %v", spaces, err)
	}
	blob := filepath.Join(h.dir, "files", "blobs", items[0].Blob[:2], items[0].Blob)
	if err := os.Truncate(blob, 1000); err != nil {
		t.Fatal(err)
	}
	if _, err := h.OpenItem(items[0]); err == nil {
		t.Error("a content of another length is read")
	}
	if err := os.Remove(blob); err != nil {
		t.Fatal(err)
	}
	if _, err := h.OpenItem(items[0]); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what is gone is %v", err)
	}
}
