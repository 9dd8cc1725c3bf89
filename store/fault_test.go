package store

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tablee/room"
)

func TestCorruptDatabaseIsSetAside(t *testing.T) {
	for what, damage := range map[string]func(data []byte) []byte{
		"no database at all": func([]byte) []byte { return []byte(strings.Repeat("this is no database. ", 500)) },
		"a page of zeros":    func(data []byte) []byte { copy(data[4096*2:4096*3], make([]byte, 4096)); return data },
		"scrambled pages": func(data []byte) []byte {
			for i := 4096; i < len(data); i += 7 {
				data[i] ^= 0x5a
			}
			return data
		},
		"half of it": func(data []byte) []byte { return data[:len(data)/2] },
	} {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir)
			for i := range 200 {
				makeRoom(t, s, fmt.Sprintf("room-%d", i))
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(s.path())
			if err != nil {
				t.Fatal(err)
			}
			data = damage(data)
			if err := os.WriteFile(s.path(), data, 0o600); err != nil {
				t.Fatal(err)
			}

			var logs bytes.Buffer
			s = open(t, dir, WithLog(slog.New(slog.NewTextHandler(&logs, nil))))
			if s.SetAside() == "" || !strings.Contains(logs.String(), "corrupt") {
				t.Fatalf("set aside %q; logs: %s", s.SetAside(), logs.String())
			}
			kept, err := os.ReadFile(s.SetAside())
			if err != nil || !bytes.Equal(kept, data) {
				t.Fatalf("the corrupt database was not kept as it was (%v)", err)
			}
			makeRoom(t, s, "salon") // and the new one works
			if n, err := s.CountRooms(t.Context()); n != 1 || err != nil {
				t.Fatalf("%d rooms, %v", n, err)
			}
		})
	}
}

func TestHealthyDatabaseStays(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s = open(t, dir); s.SetAside() != "" {
		t.Fatal("a good database was set aside")
	}
}

func TestFolderThatIsAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil {
		t.Fatal("a file is no data folder")
	}
}

// A failing disk: the caller knows, nothing is tried for a while, then the store comes back by itself. Before the
// commit the write is lost; after it, it is there though its caller was told that nobody knows.
func TestDiskError(t *testing.T) {
	for _, c := range []struct {
		at   Point
		kept bool
	}{{BeforeCommit, false}, {AfterCommit, true}} {
		var broken error
		s := open(t, t.TempDir(), WithFault(func(p Point) error {
			if p == c.at {
				return broken
			}
			return nil
		}))
		s.rest = time.Hour
		makeRoom(t, s, "before")
		broken = errors.New("input/output error")
		if _, err := s.CreateRoom(t.Context(), room.Room{Name: "during"}, []byte("x"), 9); !errors.Is(err, ErrUnavailable) {
			t.Fatal(err)
		}
		broken = nil
		// Nothing is written blindly, and nothing waits.
		if _, err := s.CreateRoom(t.Context(), room.Room{Name: "after"}, []byte("x"), 9); !errors.Is(err, ErrUnavailable) {
			t.Fatal(err)
		}
		if _, _, err := s.Room(t.Context(), "before"); !errors.Is(err, ErrUnavailable) {
			t.Fatal(err)
		}
		if err := s.AppendChat(t.Context(), []room.Message{line("before", "x")}); !errors.Is(err, ErrUnavailable) {
			t.Fatal(err)
		}
		s.mu.Lock()
		s.retryAt = time.Now() // an hour has passed
		s.mu.Unlock()
		makeRoom(t, s, "later")
		if _, _, err := s.Room(t.Context(), "before"); err != nil {
			t.Fatal("what was acknowledged is lost:", err)
		}
		if _, _, err := s.Room(t.Context(), "during"); (err == nil) != c.kept {
			t.Fatalf("fault at %d: %v", c.at, err)
		}
	}
}

// A full database is rolled back cleanly: reading goes on, and so does writing once there is room.
func TestDiskFull(t *testing.T) {
	s := open(t, t.TempDir())
	makeRoom(t, s, "salon")
	limit := func(pages int) {
		if _, err := s.db.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // SQLite takes the present size for it
	var err error
	stored := 0
	for range 100 {
		if err = s.AppendChat(t.Context(), []room.Message{line("salon", strings.Repeat("x", 4000))}); err != nil {
			break
		}
		stored++
	}
	if !errors.Is(err, ErrUnavailable) {
		t.Fatalf("after %d messages: %v", stored, err)
	}
	if _, _, err := s.Room(t.Context(), "salon"); err != nil {
		t.Fatal(err)
	}
	limit(100_000)
	next := []room.Message{line("salon", "there is room again")}
	if err := s.AppendChat(t.Context(), next); err != nil || next[0].N != int64(stored)+1 {
		t.Fatalf("number %d after %d, %v", next[0].N, stored, err)
	}
}

func TestReadOnly(t *testing.T) {
	s := open(t, t.TempDir())
	makeRoom(t, s, "salon")
	if _, err := s.db.Exec("PRAGMA query_only = ON"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreateRoom(t.Context(), room.Room{Name: "x"}, []byte("x"), 9); !errors.Is(err, ErrUnavailable) {
		t.Fatal(err)
	}
	if _, _, err := s.Room(t.Context(), "salon"); err != nil {
		t.Fatal(err)
	}
}
