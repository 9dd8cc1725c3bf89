package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"tablee/room"
)

func put(t *testing.T, s *Store, name string) {
	t.Helper()
	if _, err := s.CreateRoom(t.Context(), room.Room{Name: name, Title: name}, []byte("x"), 100); err != nil {
		t.Fatal(err)
	}
}

// Seven snapshots are kept, the newest ones, and what is no snapshot stays where it is.
func TestSnapshotsAreBounded(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	day := time.Date(2026, 11, 1, 3, 0, 0, 0, time.UTC)
	for range KeepSnapshots + 3 {
		day = day.Add(24 * time.Hour)
		made, err := s.Snapshot(t.Context(), day)
		if err != nil || made.Size == 0 || !made.Made.Equal(day) {
			t.Fatal(made, err)
		}
	}
	other := filepath.Join(dir, SnapshotFolder, "mine.db")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := s.Snapshots()
	if err != nil || len(all) != KeepSnapshots || !all[0].Made.Equal(day) {
		t.Fatalf("%d snapshots, %v", len(all), err)
	}
	if _, err := s.Snapshot(t.Context(), day); err == nil {
		t.Error("a snapshot was written over")
	}
	info, err := os.Stat(filepath.Join(dir, SnapshotFolder, all[0].Name))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Error("others can read a snapshot:", info.Mode(), err)
	}
}

// Fault 42: a corrupt database is set aside, and the newest snapshot that is whole takes its place.
func TestCorruptDatabaseIsRestored(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "kept")
	day := time.Date(2026, 11, 1, 3, 0, 0, 0, time.UTC)
	good, err := s.Snapshot(t.Context(), day)
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "later")
	bad, err := s.Snapshot(t.Context(), day.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	garbage := make([]byte, 100_000)
	for _, path := range []string{filepath.Join(dir, FileName), filepath.Join(dir, SnapshotFolder, bad.Name)} { // the newest is broken, too
		if err := os.WriteFile(path, garbage, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err = Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.SetAside() == "" || s.Restored() != good.Name {
		t.Errorf("set aside %q, restored %q", s.SetAside(), s.Restored())
	}
	if _, _, err := s.Room(t.Context(), "kept"); err != nil {
		t.Error(err)
	}
	if _, _, err := s.Room(t.Context(), "later"); err == nil {
		t.Error("what was made after the snapshot is there")
	}
	put(t, s, "new") // and it is in use
}
