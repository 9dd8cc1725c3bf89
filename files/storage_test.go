package files_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tablee/accounts"
	"tablee/files"
	"tablee/room"
)

// share is what a space takes; the zero Share for nothing.
func (h *house) share(space files.Space) files.Share {
	h.t.Helper()
	list, err := h.Shares(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	for _, s := range list {
		if s.Space == space {
			return s
		}
	}
	return files.Share{}
}

func (h *house) free(sort files.Sort, at time.Time) files.Freed {
	h.t.Helper()
	done, err := h.Free(h.t.Context(), sort, at)
	if err != nil {
		h.t.Fatalf("%s: %v", sort, err)
	}
	return done
}

func amount(count int, bytes int64) files.Amount { return files.Amount{Count: count, Bytes: bytes} }

// What a space takes is told by what it is, the parts add up to what the quota counts, and folders and names are nowhere.
func TestSharesAddUp(t *testing.T) {
	h := open(t, limits())
	h.put("Ada", "a.txt", "1")
	h.put("Ada", "a.txt", "22")
	h.put("Ada", "a.txt", "333")
	b := h.put("Ada", "b.txt", "4444")
	h.put("Ada", "b.txt", "55555")
	h.ask("Ada", "DELETE", base+"/"+b, nil).want(t, 204, "")
	h.patch("Ada", h.create("Ada", "c.txt", 10), 0, "666666").want(t, 204, "")
	h.json("Ada", "POST", base, `{"name":"Empty"}`).want(t, 201, "")
	_, keep := h.drop(`{}`)
	h.ask("", "POST", keep+"/files/upload?name=d", strings.NewReader("7777777")).want(t, 201, "")
	got := h.share(files.SpaceOf(files.KindRoom, "salon"))
	want := files.Share{Space: "room/salon", Files: amount(1, 3), Versions: amount(2, 3), Trash: amount(1, 9), Uploads: amount(1, 6), Quota: limits().Room}
	if got != want {
		t.Errorf("%+v, not %+v", got, want)
	}
	if used, err := h.store.Usage(t.Context(), got.Space); err != nil || used.Bytes != got.Bytes() {
		t.Errorf("the quota counts %d bytes, the parts are %d, %v", used.Bytes, got.Bytes(), err)
	}
	all, err := h.Shares(t.Context())
	if err != nil || len(all) != 2 || all[0].Space.Kind() != files.KindDrop || all[0].Files != amount(1, 7) || all[0].Quota != limits().Drop {
		t.Errorf("%+v %v", all, err)
	}
}

// What is freed is gone, from the disk too, and what is told of it is what the disk has back. Nothing else goes.
func TestFreeTakesWhatItSays(t *testing.T) {
	h := open(t, limits())
	h.put("Ada", "a.txt", "1")
	h.put("Ada", "a.txt", "22")
	b := h.put("Ada", "b.txt", "4444")
	h.put("Ada", "b.txt", "55555")
	h.ask("Ada", "DELETE", base+"/"+b, nil).want(t, 204, "")
	h.patch("Ada", h.create("Ada", "c.txt", 10), 0, "666666").want(t, 204, "")
	give, keep := h.drop(`{"days":1}`)
	h.ask("", "POST", keep+"/files/upload?name=d", strings.NewReader("7777777")).want(t, 201, "")
	other, otherKeep := h.drop(`{"days":9}`)
	h.ask("", "POST", otherKeep+"/files/upload?name=e", strings.NewReader("88888888")).want(t, 201, "")

	before := h.now().Add(-time.Minute)
	for _, sort := range []files.Sort{files.SortTrash, files.SortVersions, files.SortUploads, files.SortDrops} {
		if done := h.free(sort, before); done != (files.Freed{}) {
			t.Errorf("of what is younger than a minute, %s takes %+v", sort, done)
		}
	}
	later := func() time.Time { return h.now().Add(time.Second) }
	if done := h.free(files.SortTrash, later()); done.Amount != amount(1, 9) || done.More || done.Stuck > 0 {
		t.Errorf("trash: %+v", done)
	}
	if done := h.free(files.SortVersions, later()); done.Amount != amount(1, 1) {
		t.Errorf("versions: %+v", done)
	}
	if done := h.free(files.SortUploads, later()); done != (files.Freed{}) {
		t.Errorf("of uploads that may still be gone on with: %+v", done)
	}
	h.clock.Add(int64(files.RestBefore + time.Minute))
	if done := h.free(files.SortUploads, later()); done.Amount != amount(1, 6) {
		t.Errorf("uploads: %+v", done)
	}
	h.ask("", "GET", give, nil).want(t, 200, "")
	h.clock.Add(int64(25 * time.Hour))
	if done := h.free(files.SortDrops, later()); done.Amount != amount(1, 7) {
		t.Errorf("drops: %+v", done)
	}
	h.ask("", "GET", give, nil).want(t, 404, room.CodeLinkUnknown)
	h.ask("", "GET", other, nil).want(t, 200, "")
	got := h.share(files.SpaceOf(files.KindRoom, "salon"))
	if got.Files != amount(1, 2) || got.Bytes() != 2 || h.blobsOnDisk() != 2 {
		t.Errorf("what is left is %+v, and %d contents", got, h.blobsOnDisk())
	}
}

// A version is as old as its place in history: a content of last year that was overwritten a moment ago stays for who
// overwrote it by mistake.
func TestVersionsAreAsOldAsTheirReplacement(t *testing.T) {
	h := open(t, limits())
	h.put("Ada", "a.txt", "1")
	h.clock.Add(int64(300 * 24 * time.Hour))
	h.put("Ada", "a.txt", "22")
	h.clock.Add(int64(10 * 24 * time.Hour))
	h.put("Ada", "a.txt", "333")
	if done := h.free(files.SortVersions, h.now().AddDate(0, 0, -5)); done.Amount != amount(1, 1) {
		t.Errorf("%+v", done)
	}
	if got := h.share("room/salon"); got.Versions != amount(1, 2) {
		t.Errorf("%+v", got)
	}
}

// An upload that somebody sends at this moment is left alone, however long ago it was begun.
func TestFreeLeavesWhoSends(t *testing.T) {
	h := open(t, limits())
	path := h.create("Ada", "a.txt", 8)
	h.patch("Ada", path, 0, "1234").want(t, 204, "")
	h.clock.Add(int64(2 * files.RestBefore))
	release := h.Hold(path[strings.LastIndex(path, "/")+1:])
	if done := h.free(files.SortUploads, h.now()); done != (files.Freed{}) {
		t.Errorf("%+v", done)
	}
	release()
	h.patch("Ada", path, 4, "5678").want(t, 204, "")
	if l := h.list("Ada", base); l.names() != "a.txt" || l.Entries[0].Size != 8 {
		t.Errorf("%+v", l)
	}
}

// What was of a deleted room goes with the trash, a content that the disk does not let go is told, and so is an end before
// all was done.
func TestFreeIsHonest(t *testing.T) {
	h := open(t, limits())
	if _, err := h.store.CreateRoom(t.Context(), room.Room{Name: "salon", Created: time.Now()}, []byte("host"), 9); err != nil {
		t.Fatal(err)
	}
	if err := h.store.CreateGroup(t.Context(), accounts.Group{ID: "choir", Name: "Choir"}, "choir", 9); err != nil {
		t.Fatal(err)
	}
	h.put("Ada", "a.txt", "123")
	if err := h.store.DeleteRoom(t.Context(), "salon"); err != nil {
		t.Fatal(err)
	}
	if done := h.free(files.SortTrash, h.now()); done.Amount != amount(1, 3) || h.blobsOnDisk() != 0 {
		t.Errorf("of a deleted room: %+v", done)
	}

	h.put("Ada", "b.txt", "12345")
	blob := h.onlyBlob()
	h.ask("Ada", "DELETE", base+"/"+h.list("Ada", base).Entries[0].ID, nil).want(t, 204, "")
	if err := os.Remove(blob); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(blob, "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if done := h.free(files.SortTrash, h.now().Add(time.Second)); done.Stuck != 1 || done.Bytes != 0 || done.Count != 1 {
		t.Errorf("what the disk holds on to: %+v", done)
	}

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if done, err := h.Free(gone, files.SortTrash, h.now()); !done.More || err == nil {
		t.Errorf("whoever asked is gone: %+v %v", done, err)
	}
	if _, err := h.Free(t.Context(), "everything", h.now()); room.CodeOf(err) != room.CodeBadMessage {
		t.Error(err)
	}
}

// More than a batch goes; a slow disk needs another call for it, which is told. What lies in a folder goes with it.
func TestFreeGoesOn(t *testing.T) {
	h := open(t, limits())
	folder := h.folder("ada", choir, "Concert", "")
	h.putIn("ada", choir, "inside.txt", folder, "123").want(t, 201, "")
	h.putIn("ada", choir, "inside.txt", folder, "1234").want(t, 201, "")
	h.ask("ada", "DELETE", choir+"/"+folder, nil).want(t, 204, "")
	h.putIn("ada", choir, "kept.txt", "", "12").want(t, 201, "")
	const folders = 60
	for i := range folders {
		h.ask("ada", "DELETE", choir+"/"+h.folder("ada", choir, fmt.Sprint(i), ""), nil).want(t, 204, "")
	}
	sum := files.Amount{}
	for more := true; more; {
		done := h.free(files.SortTrash, h.now().Add(time.Second))
		sum, more = amount(sum.Count+done.Count, sum.Bytes+done.Bytes), done.More
	}
	if sum != amount(folders+1, 7) || h.blobsOnDisk() != 1 || h.list("ada", choir+"?trash").names() != "" || h.list("ada", choir).names() != "kept.txt" {
		t.Errorf("%+v, and %d contents are left", sum, h.blobsOnDisk())
	}
}

// onlyBlob is the path of the one content that is there.
func (h *house) onlyBlob() string {
	h.t.Helper()
	all, err := filepath.Glob(filepath.Join(h.dir, "files", "blobs", "*", "*"))
	if err != nil || len(all) != 1 {
		h.t.Fatalf("%v %v", all, err)
	}
	return all[0]
}
