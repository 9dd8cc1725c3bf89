package pad

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tablee/room"
	"tablee/store"
	"tablee/testkit"
)

// A disk that is really full: who writes is told, reading goes on, and what was kept in memory is stored when there is room.
func TestDiskIsFull(t *testing.T) {
	dir := t.TempDir()
	testkit.SmallDisk(t, dir, "2m")
	r := start(t, dir)
	p := r.make(t, "before")
	filler, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	for block := make([]byte, 4096); err == nil; {
		_, err = filler.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	long := strings.Repeat("during ", 20_000) // more than what the log may still write over
	if _, err := r.Edit(t.Context(), p, Who{Key: "test"}, set(long)); room.CodeOf(err) != room.CodeDiskFull {
		t.Fatal(err)
	}
	r.holds(t, p, long)
	if err := errors.Join(filler.Truncate(0), filler.Close()); err != nil {
		t.Fatal(err)
	}
	for r.Stats().Steps < 2 {
		select {
		case <-time.After(50 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("what was kept in memory was never stored")
		}
	}
	r.close(t)
	start(t, dir).holds(t, p, long)
}

// The clock jumps back and forth by a day: each edit is stored, the steps keep their order, and joining loses nothing.
func TestClockJumps(t *testing.T) {
	dir := t.TempDir()
	r := start(t, dir)
	p := r.make(t, "0")
	texts := []string{"0"}
	for i, jump := range []time.Duration{-24 * time.Hour, 24 * time.Hour, 0, -48 * time.Hour} {
		r.skew.Store(int64(jump))
		texts = append(texts, texts[i]+" and more")
		if _, err := r.Edit(t.Context(), p, Who{Key: "test"}, set(texts[i+1])); err != nil {
			t.Fatalf("%v: %v", jump, err)
		}
	}
	o := r.opened(p.Key)
	for _, jump := range []time.Duration{-72 * time.Hour, 0, 72 * time.Hour} {
		_, steps, err := r.History(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		u, err := r.At(t.Context(), p, steps[len(steps)-1].N, false)
		if err != nil {
			t.Fatal(err)
		}
		if got := textOf(u); got != texts[len(texts)-1] {
			t.Fatalf("at %v the last step says %q", jump, got)
		}
		r.joinSteps(t.Context(), o, time.Now().Add(jump))
	}
	r.close(t)
	start(t, dir).holds(t, p, texts[len(texts)-1])
}

// A link ends at its hour, and is good again when the clock was only wrong.
func TestLinkExpires(t *testing.T) {
	r := start(t, t.TempDir())
	p := r.make(t, "for an hour")
	_, access, err := r.AddLink(t.Context(), p, room.PadRead, time.Now().Add(time.Hour), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		skew time.Duration
		want room.Code
	}{{0, ""}, {2 * time.Hour, room.CodePadUnknown}, {-24 * time.Hour, ""}, {24 * time.Hour, room.CodePadUnknown}} {
		r.skew.Store(int64(c.skew))
		if _, _, err := r.Find(t.Context(), p.ID, access, room.PadRead); (err == nil) != (c.want == "") || err != nil && room.CodeOf(err) != c.want {
			t.Errorf("%v later: %v", c.skew, err)
		}
	}
}

// A forgotten pad goes when two sweeps agree; not by a clock that was wrong for one. Then no row and no byte is left.
func TestRetention(t *testing.T) {
	const canary = "kanarienvogel"
	dir := t.TempDir()
	r := start(t, dir)
	p, kept := r.make(t, strings.Repeat(canary+" ", 2000)), r.make(t, "stays")
	days := 30
	if _, err := r.Change(t.Context(), p, Settings{Retain: &days}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.SaveVersion(t.Context(), p, Who{}, canary); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	r.tidy(t.Context(), r.opened(p.Key), now.Add(2*idleAfter))
	r.stop()
	<-r.done // the hub sweeps by itself, too
	late := now.Add(31 * 24 * time.Hour)
	for _, at := range []time.Time{now, late, now, late} {
		r.sweep(t.Context(), at)
		for _, id := range []string{kept.ID, p.ID} {
			if _, err := r.store.Pad(t.Context(), id); err != nil {
				t.Fatal("a single sweep deletes it", err)
			}
		}
	}
	r.sweep(t.Context(), late)
	if _, err := r.store.Pad(t.Context(), kept.ID); err != nil {
		t.Fatal("what is kept for ever is gone", err)
	}
	if _, err := r.store.Pad(t.Context(), p.ID); room.CodeOf(err) != room.CodePadUnknown {
		t.Fatal(err)
	}
	r.close(t)
	if where := found(t, dir, canary); where != "" {
		t.Fatalf("it is still in %s", where)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, table := range []string{"pad_steps", "pad_log", "pad_aside", "pad_authors", "pad_clients", "pad_links", "pad_versions", "pad_names"} {
		var rows int
		if err := db.QueryRow("SELECT count(*) FROM "+table+" WHERE pad = ?", p.Key).Scan(&rows); err != nil || rows != 0 {
			t.Errorf("%d rows are left in %s (%v)", rows, table, err)
		}
	}
}
