package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tablee/files"
	"tablee/room"
	"tablee/store"
	"tablee/web/api"
)

func partOf(s api.Storage, code string) (p api.Part) {
	for _, x := range s.Parts {
		if x.Code == code {
			p = x
		}
	}
	return p
}

func storageOf(t *testing.T, s *server) api.Storage {
	t.Helper()
	got, err := s.box.Storage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// What the admin is told takes room is what lies on the disk, by what it is; a purge takes what it is asked for, and tells
// what the disk has back.
func TestStorageIsWhatIsThere(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s, _ := startBox(t, data)
	if err := os.WriteFile(filepath.Join(data, "tablee.db.corrupt-x"), make([]byte, 12_345), 0o600); err != nil {
		t.Fatal(err)
	}
	var drop struct{ Manage string }
	askPages(t, s, "POST", "/api/v1/drops", "", `{}`, http.StatusCreated, &drop)
	base := "/api/v1/drops/" + drop.Manage + "/files"
	var gone struct{ ID string }
	askPages(t, s, "POST", base+"/upload?name=a", "", strings.Repeat("a", 70_000), http.StatusCreated, nil)
	askPages(t, s, "POST", base+"/upload?name=b", "", strings.Repeat("b", 30_000), http.StatusCreated, &gone)
	askPages(t, s, "DELETE", base+"/"+gone.ID, "", "", http.StatusNoContent, nil)
	before := storageOf(t, s)
	if a, b, c := partOf(before, "drops"), partOf(before, "trash"), partOf(before, "set_aside"); a.Bytes != 70_000 || a.Count != 1 || b.Bytes != 30_000 || b.Count != 1 || c.Bytes != 12_345 {
		t.Errorf("%+v %+v %+v", a, b, c)
	}
	var sum int64
	for _, p := range before.Parts {
		sum += p.Bytes
	}
	if disk := lookAtDisk(data); sum < 100_000 || sum != disk.files+disk.database+disk.snapshots+disk.aside+disk.other {
		t.Errorf("the parts are %d bytes, and there are %+v", sum, disk)
	}
	freed, err := s.box.Purge(t.Context(), []string{"versions", "trash"}, time.Hour)
	if err != nil || freed[0] != (api.Freed{What: "versions"}) || freed[1] != (api.Freed{What: "trash"}) {
		t.Errorf("of what is older than an hour: %+v %v", freed, err)
	}
	freed, err = s.box.Purge(t.Context(), []string{"trash"}, -time.Second)
	if err != nil || len(freed) != 1 || freed[0] != (api.Freed{What: "trash", Count: 1, Bytes: 30_000}) {
		t.Errorf("%+v %v", freed, err)
	}
	if after := storageOf(t, s); before.Files.Value-after.Files.Value != 30_000 || partOf(after, "trash").Bytes != 0 {
		t.Errorf("of %v bytes of files %v are left", before.Files.Value, after.Files.Value)
	}
	s.box.purging.Lock()
	if _, err := s.box.Purge(t.Context(), []string{"trash"}, 0); room.CodeOf(err) != room.CodeFileBusy {
		t.Errorf("two purges at once: %v", err)
	}
	s.box.purging.Unlock()
}

// Shares go by kind and name, with their quotas; what is behind links and what is gone is nobody's.
func TestSharesHaveNames(t *testing.T) {
	h := holdings{names: map[files.Space]string{"team/g": "Choir", "user/u": "Zoé"}, spaces: []files.Share{
		{Space: "room/salon", Files: files.Amount{Bytes: 5}, Quota: 100}, {Space: "team/g", Trash: files.Amount{Bytes: 50}, Quota: 200}, {Space: "user/u", Files: files.Amount{Bytes: 7}},
		{Space: files.Everybody, Uploads: files.Amount{Bytes: 1}}, {Space: "drop/x", Files: files.Amount{Bytes: 999}}, {Space: "gone/room/y", Trash: files.Amount{Bytes: 999}}, {Space: "room/empty"},
	}}
	h.weights.Rooms = append(h.weights.Rooms, store.Weight{Room: "salon", Steps: 15, Versions: 5, Chat: 3}, store.Weight{Room: "padded", Steps: 9}, store.Weight{Steps: 500})
	want := []api.Share{
		{Kind: "group", ID: "g", Name: "Choir", Bytes: 50, Files: api.Gauge{Value: 50, Limit: 200}, Trash: 50},
		{Kind: "room", ID: "salon", Name: "salon", Bytes: 28, Files: api.Gauge{Value: 5, Limit: 100}, Pads: 20, Chat: 3},
		{Kind: "room", ID: "padded", Name: "padded", Bytes: 9, Pads: 9},
		{Kind: "member", ID: "u", Name: "Zoé", Bytes: 7, Files: api.Gauge{Value: 7}},
		{Kind: "everyone", ID: "all", Bytes: 1, Files: api.Gauge{Value: 1}, Uploads: 1},
	}
	got := h.shares()
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%+v, not %+v", got[i], want[i])
		}
	}
}

// No more shares are told than there may be, and how many are left out.
func TestSharesAreBounded(t *testing.T) {
	s, _ := startBox(t, filepath.Join(t.TempDir(), "data"))
	for i := range api.MaxShares + 3 {
		name := "room-" + string(rune('a'+i%26)) + string(rune('a'+i/26))
		if _, err := s.store.CreateRoom(t.Context(), room.Room{Name: name, Created: time.Now()}, []byte("x"), 1000); err != nil {
			t.Fatal(err)
		}
		if err := s.store.AppendChat(t.Context(), []room.Message{{Room: name, N: 1, Name: "A", Text: "hello", At: time.Now()}}); err != nil {
			t.Fatal(err)
		}
	}
	if got := storageOf(t, s); len(got.Shares) != api.MaxShares || got.More != 3 {
		t.Errorf("%d shares, and %d more", len(got.Shares), got.More)
	}
}
