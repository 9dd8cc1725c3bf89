package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"tablee/room"
)

// The test binary runs itself as other processes: role is which one, folder its data folder.
const (
	roleVar   = "TABLEE_STORE_TEST_ROLE"
	folderVar = "TABLEE_STORE_TEST_FOLDER"
)

func TestMain(m *testing.M) {
	role := map[string]func(*Store) error{"write": writeForever, "hold": holdForever, "fill": fillTheDisk,
		"accounts": changeAccountsForever}[os.Getenv(roleVar)]
	if role == nil {
		os.Exit(m.Run())
	}
	s, err := Open(os.Getenv(folderVar))
	if err == nil {
		err = role(s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// helper is another process of this binary.
type helper struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
	stdin io.WriteCloser
}

func startHelper(t *testing.T, role, dir string) *helper {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVar+"="+role, folderVar+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() }) // fails when it is gone already
	return &helper{cmd: cmd, lines: bufio.NewScanner(out), stdin: in}
}

// writeForever stores rooms and chat and prints a line after each commit.
func writeForever(s *Store) error {
	ctx := context.Background()
	base, err := s.CountRooms(ctx)
	if err != nil {
		return err
	}
	for i := base; ; i++ {
		name := fmt.Sprintf("room-%d", i)
		if _, err := s.CreateRoom(ctx, room.Room{Name: name, Title: name}, []byte("x"), 1<<30); err != nil {
			return err
		}
		fmt.Println("room", name, 0) // unbuffered
		for range 1 + rand.IntN(3) {
			group := make([]room.Message, 1+rand.IntN(4))
			for j := range group {
				group[j] = line(name, strings.Repeat("text ", rand.IntN(500)))
			}
			if err := s.AppendChat(ctx, group); err != nil {
				return err
			}
			fmt.Println("chat", name, group[len(group)-1].N)
		}
	}
}

// Fault 36: kill -9 in mid-write, again and again on one database; nothing acknowledged is lost.
func TestKillNine(t *testing.T) {
	const rounds = 35
	dir := t.TempDir()
	chats := map[string]int64{} // room → last number acknowledged
	acknowledged := 0
	for round := range rounds {
		h := startHelper(t, "write", dir)
		var last []string
		for n := range rand.IntN(25) + 1 {
			if !h.lines.Scan() {
				t.Fatalf("round %d: the writer ended after %d lines", round, n)
			}
			last = append(last, h.lines.Text())
		}
		<-time.After(time.Duration(rand.IntN(3000)) * time.Microsecond) // somewhere inside a commit
		if err := h.cmd.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		for h.lines.Scan() { // what it said before it died counts too
			last = append(last, h.lines.Text())
		}
		if err := h.cmd.Wait(); err == nil {
			t.Fatal("it was not killed")
		}
		for _, text := range last {
			var kind, name string
			var n int64
			if _, err := fmt.Sscan(text, &kind, &name, &n); err != nil {
				continue // cut off in the middle: not an acknowledgement
			}
			chats[name] = max(chats[name], n)
			acknowledged++
		}
		checkAcknowledged(t, dir, round, chats)
	}
	if acknowledged < 2*rounds {
		t.Fatalf("only %d commits were seen", acknowledged)
	}
}

func checkAcknowledged(t *testing.T, dir string, round int, chats map[string]int64) {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatalf("round %d: %v", round, err)
	}
	defer s.Close()
	if s.SetAside() != "" {
		t.Fatalf("round %d: the database is corrupt", round)
	}
	for name, n := range chats {
		if _, _, err := s.Room(t.Context(), name); err != nil {
			t.Fatalf("round %d: %s was acknowledged and is lost: %v", round, name, err)
		}
		got, err := s.RecentChat(t.Context(), name, KeepChat)
		if err != nil || int64(len(got)) < n {
			t.Fatalf("round %d: %s has %d messages, %d were acknowledged (%v)", round, name, len(got), n, err)
		}
		for i, m := range got {
			if m.N != int64(i)+1 {
				t.Fatalf("round %d: %s has a gap at %d", round, name, i)
			}
		}
	}
}

func holdForever(s *Store) error {
	fmt.Println("ready")
	_, err := io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, s.Close())
}

func TestTwoProcesses(t *testing.T) {
	dir := t.TempDir()
	h := startHelper(t, "hold", dir)
	if !h.lines.Scan() {
		t.Fatal("the other process did not start")
	}
	start := time.Now()
	if _, err := Open(dir); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "--data") {
		t.Fatal(err)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Fatalf("refused after %v", d)
	}
	if err := errors.Join(h.stdin.Close(), h.cmd.Wait()); err != nil {
		t.Fatal(err)
	}
	makeRoom(t, open(t, dir), "salon") // free again
}

// In one process too: POSIX locks alone would not notice.
func TestTwoStores(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir)
	if _, err := Open(dir); !errors.Is(err, ErrInUse) {
		t.Fatal(err)
	}
	makeRoom(t, first, "salon")
	// The attempt has not freed the lock either.
	h := startHelper(t, "write", dir)
	if h.lines.Scan() {
		t.Fatal("a second process got in: " + h.lines.Text())
	}
}

// fillTheDisk lets the system refuse this process's writes, as a full disk does, in the middle of a commit.
func fillTheDisk(s *Store) error {
	s.rest = time.Millisecond
	signal.Ignore(syscall.SIGXFSZ) // the write fails with EFBIG instead
	ctx := context.Background()
	if _, err := s.CreateRoom(ctx, room.Room{Name: "salon"}, []byte("x"), 9); err != nil {
		return err
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		return err
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1_000_000, Max: before.Max}); err != nil {
		return err
	}
	stored := 0
	var refused error
	for refused == nil && stored < 1000 {
		if refused = s.AppendChat(ctx, []room.Message{line("salon", strings.Repeat("x", 4000))}); refused == nil {
			stored++
		}
	}
	if !errors.Is(refused, ErrUnavailable) || stored == 0 {
		return fmt.Errorf("after %d messages: %v", stored, refused)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		return err
	}
	<-time.After(2 * s.rest)
	next := []room.Message{line("salon", "there is room again")}
	if err := s.AppendChat(ctx, next); err != nil {
		return fmt.Errorf("with room again: %w", err)
	}
	if next[0].N < int64(stored)+1 {
		return fmt.Errorf("%d messages were acknowledged, the next has number %d", stored, next[0].N)
	}
	fmt.Println("stored", stored)
	return s.Close()
}

func TestSystemRefusesWrites(t *testing.T) {
	dir := t.TempDir()
	h := startHelper(t, "fill", dir)
	var stored int
	if !h.lines.Scan() {
		t.Fatal("the process failed")
	}
	if _, err := fmt.Sscan(h.lines.Text(), new(string), &stored); err != nil {
		t.Fatal(err)
	}
	if err := h.cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	got, err := open(t, dir).RecentChat(t.Context(), "salon", KeepChat)
	if err != nil || len(got) < stored {
		t.Fatalf("%d messages, %d were acknowledged (%v)", len(got), stored, err)
	}
}
