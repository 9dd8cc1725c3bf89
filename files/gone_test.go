package files_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"tablee/accounts"
	"tablee/room"
)

// blobsOnDisk counts the contents that are there.
func (h *house) blobsOnDisk() (n int) {
	h.t.Helper()
	err := filepath.WalkDir(filepath.Join(h.dir, "files"), func(_ string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			n++
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

// When a room, an account or a group is deleted, whoever takes its name finds nothing, and nothing stays on the disk: no
// file, no older version, nothing in the trash, no upload under way.
func TestWhatIsDeletedIsGone(t *testing.T) {
	h := open(t, limits())
	if _, err := h.store.CreateRoom(t.Context(), room.Room{Name: "salon", Created: time.Now()}, []byte("host"), 9); err != nil {
		t.Fatal(err)
	}
	if err := h.store.CreateGroup(t.Context(), accounts.Group{ID: "choir", Name: "Choir"}, "choir", 9); err != nil {
		t.Fatal(err)
	}
	h.put("Ada", "a.txt", "one")
	h.put("Ada", "a.txt", "two")
	h.ask("Ada", "DELETE", base+"/"+h.put("Ada", "b.txt", "old"), nil).want(t, 204, "")
	under := h.create("Ada", "c.txt", 10)
	h.patch("Ada", under, 0, "12345").want(t, 204, "")
	folder := h.folder("ada", choir, "Concert", "")
	h.putIn("ada", choir, "d.txt", folder, "x").want(t, 201, "")
	drop, _ := h.link("ada", folder, `{}`)
	if h.blobsOnDisk() < 5 {
		t.Fatalf("%d contents", h.blobsOnDisk())
	}
	if err := h.store.DeleteRoom(t.Context(), "salon"); err != nil {
		t.Fatal(err)
	}
	if err := h.store.DeleteGroup(t.Context(), "choir"); err != nil {
		t.Fatal(err)
	}
	if got := h.list("Ada", base).names() + h.list("Ada", base+"?trash").names() + h.list("ada", choir).names(); got != "" {
		t.Errorf("whoever comes next finds %q", got)
	}
	h.patch("Ada", under, 5, "67890").want(t, 404, room.CodeFileUnknown)
	h.ask("", "GET", drop, nil).want(t, 404, room.CodeLinkUnknown)
	h.runOnce()
	if n := h.blobsOnDisk(); n != 0 {
		t.Errorf("%d contents are still on the disk", n)
	}
}
