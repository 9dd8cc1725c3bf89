package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"tablee/room"
)

func open(t *testing.T, dir string, opts ...Option) *Store {
	t.Helper()
	s, err := Open(dir, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return s
}

func makeRoom(t *testing.T, s *Store, name string) room.Room {
	t.Helper()
	r := room.Room{Name: name, Title: "Titre " + name, Created: time.UnixMilli(1_800_000_000_123).UTC()}
	created, err := s.CreateRoom(t.Context(), r, []byte("hash of "+name), 1000)
	if err != nil || !created {
		t.Fatalf("created %v, %v", created, err)
	}
	return r
}

func TestRooms(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a folder%20?#", "data")
	s := open(t, dir)
	r := makeRoom(t, s, "salon")
	if created, err := s.CreateRoom(t.Context(), room.Room{Name: "salon", Title: "other"}, []byte("other"), 1000); created || err != nil {
		t.Fatalf("created twice: %v", err)
	}
	if created, err := s.CreateRoom(t.Context(), room.Room{Name: "second"}, []byte("x"), 1); created || room.CodeOf(err) != room.CodeRoomsFull {
		t.Fatalf("created %v, %v", created, err)
	}
	if created, err := s.CreateRoom(t.Context(), room.Room{Name: "salon"}, []byte("x"), 1); created || err != nil {
		t.Fatal("a full server refuses a room that is there")
	}
	if _, _, err := s.Room(t.Context(), "nowhere"); room.CodeOf(err) != room.CodeRoomUnknown {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = open(t, dir)
	got, hash, err := s.Room(t.Context(), "salon")
	if err != nil || !reflect.DeepEqual(got, r) || string(hash) != "hash of salon" {
		t.Fatalf("%+v %s %v", got, hash, err)
	}
	if n, err := s.CountRooms(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d rooms, %v", n, err)
	}
}

func TestFolderAndPragmas(t *testing.T) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "data")
	s := open(t, dir)
	makeRoom(t, s, "salon")
	for path, want := range map[string]os.FileMode{dir: 0o700, s.path(): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", filepath.Base(path), info.Mode(), err)
		}
	}
	for pragma, want := range map[string]string{
		"locking_mode": "exclusive", "journal_mode": "wal", "synchronous": "2", "secure_delete": "1", "foreign_keys": "1", "user_version": strconv.Itoa(len(names)),
	} {
		var got string
		if err := s.db.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s = %s, %v", pragma, got, err)
		}
	}
	// No shared memory: the exclusive lock came before write-ahead logging.
	if _, err := os.Stat(s.path() + "-shm"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a -shm file: %v", err)
	}
}

func TestServerKey(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	key, err := s.ServerKey(t.Context())
	if err != nil || len(key) != KeySize || bytes.Equal(key, make([]byte, KeySize)) {
		t.Fatalf("%x %v", key, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := open(t, dir).ServerKey(t.Context())
	if err != nil || !bytes.Equal(key, again) {
		t.Fatalf("%x became %x, %v", key, again, err)
	}
	other, err := open(t, t.TempDir()).ServerKey(t.Context())
	if err != nil || bytes.Equal(key, other) {
		t.Fatal("two servers have one key")
	}
}

func line(name, text string) room.Message {
	return room.Message{Room: name, From: "ID", Name: "Zoé", Seat: 3, At: time.UnixMilli(1_800_000_000_456).UTC(), Text: text}
}

func TestChat(t *testing.T) {
	s := open(t, t.TempDir())
	makeRoom(t, s, "a")
	makeRoom(t, s, "b")
	group := []room.Message{line("a", "1"), line("b", "1"), line("nowhere", "?"), line("a", "2")}
	if err := s.AppendChat(t.Context(), group); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int64{1, 1, 0, 2} {
		if group[i].N != want {
			t.Errorf("message %d has number %d, want %d", i, group[i].N, want)
		}
	}
	got, err := s.RecentChat(t.Context(), "a", 200)
	if err != nil || len(got) != 2 || got[0] != group[0] || got[1] != group[3] {
		t.Fatalf("%+v %v", got, err)
	}
	if got, err := s.RecentChat(t.Context(), "a", 1); err != nil || len(got) != 1 || got[0].N != 2 {
		t.Fatalf("%+v %v", got, err)
	}
	if names, err := s.ChatRooms(t.Context()); err != nil || strings.Join(names, " ") != "a b" {
		t.Fatalf("%v %v", names, err)
	}
	if err := s.DeleteChat(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if got, err := s.RecentChat(t.Context(), "a", 200); err != nil || len(got) != 0 {
		t.Fatalf("%+v %v", got, err)
	}
	next := []room.Message{line("a", "3")}
	if err := s.AppendChat(t.Context(), next); err != nil || next[0].N != 3 { // numbers never come again
		t.Fatalf("number %d, %v", next[0].N, err)
	}
}

func TestChatIsBounded(t *testing.T) {
	s := open(t, t.TempDir())
	makeRoom(t, s, "a")
	group := make([]room.Message, KeepChat+50)
	for i := range group {
		group[i] = line("a", fmt.Sprint(i))
	}
	if err := s.AppendChat(t.Context(), group); err != nil {
		t.Fatal(err)
	}
	got, err := s.RecentChat(t.Context(), "a", 2*KeepChat)
	if err != nil || len(got) != KeepChat || got[0].Text != "50" {
		t.Fatalf("%d messages, %v", len(got), err)
	}
}

// What was deleted is gone from the disk too.
func TestDeletedChatLeavesNoTrace(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	makeRoom(t, s, "a")
	var group []room.Message
	for i := range 100 {
		group = append(group, line("a", fmt.Sprintf("CANARY %d %s", i, strings.Repeat("x", i*20))))
	}
	if err := s.AppendChat(t.Context(), group); err != nil {
		t.Fatal(err)
	}
	if !folderHolds(t, dir, "CANARY") {
		t.Fatal("the test looks in the wrong place")
	}
	if err := s.DeleteChat(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if folderHolds(t, dir, "CANARY") {
		t.Fatal("deleted chat is still on the disk")
	}
}

func folderHolds(t *testing.T, dir, text string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v %v", files, err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte(text)) {
			return true
		}
	}
	return false
}

func TestNewerSchema(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	makeRoom(t, s, "salon")
	if _, err := s.db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(s.path())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), "99") {
		t.Fatal(err)
	}
	after, err := os.ReadFile(s.path())
	if err != nil || !bytes.Equal(before, after) {
		t.Fatalf("the refused database was changed (%v)", err)
	}
}

func TestCanceledAndClosed(t *testing.T) {
	s := open(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.Room(ctx, "x"); !errors.Is(err, ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	makeRoom(t, s, "salon") // a caller who went away takes nobody else down
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Room(t.Context(), "salon"); !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error("closing twice:", err)
	}
}
