package store

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tablee/room"
)

// padOf makes a pad.
func padOf(t *testing.T, s *Store, id string) room.Pad {
	t.Helper()
	p := room.Pad{ID: id, Kind: room.PadText, Created: time.Now(), Changed: time.Now()}
	if _, err := s.CreatePad(t.Context(), &p, nil, 100); err != nil {
		t.Fatal(err)
	}
	return p
}

func appendStep(t *testing.T, s *Store, n int64, data string, pads ...room.Pad) {
	t.Helper()
	var batches []room.PadBatch
	for _, p := range pads {
		batches = append(batches, room.PadBatch{Key: p.Key, Step: room.PadStep{N: n, At: time.Now(), Authors: []int{1, 2}, Data: []byte(data)}})
	}
	if err := s.AppendPads(t.Context(), batches); err != nil {
		t.Fatal(err)
	}
}

// hasSteps fails unless the steps of a pad are those, in their order.
func hasSteps(t *testing.T, s *Store, p room.Pad, want ...string) {
	t.Helper()
	c, err := s.PadContent(t.Context(), p.Key)
	var got []string
	for _, st := range c.Steps {
		got = append(got, fmt.Sprintf("%d %s", st.N, st.Data))
		if st.Damaged || len(st.Authors) != 2 {
			t.Errorf("step %d is %+v", st.N, st)
		}
	}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("the steps are %v (%v), not %v", got, err, want)
	}
}

func logRows(t *testing.T, s *Store) (rows int) {
	t.Helper()
	if err := s.db.QueryRow("SELECT count(*) FROM pad_log").Scan(&rows); err != nil {
		t.Fatal(err)
	}
	return rows
}

// A step is where it is read, in the log, in its place and after a crash, and of two with one number the later counts.
func TestStepsInTheLog(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	a, b := padOf(t, s, "a"), padOf(t, s, "b")
	appendStep(t, s, 1, "one", a, b)
	appendStep(t, s, 2, "in doubt", a)
	appendStep(t, s, 2, "two", a)
	hasSteps(t, s, a, "1 one", "2 two")
	if err := s.SettlePad(t.Context(), a.Key); err != nil {
		t.Fatal(err)
	}
	appendStep(t, s, 3, "three", a)
	hasSteps(t, s, a, "1 one", "2 two", "3 three")
	hasSteps(t, s, b, "1 one")
	if rows := logRows(t, s); rows != 2 {
		t.Errorf("the log has %d rows", rows)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	if rows := logRows(t, s); rows != 0 {
		t.Errorf("the log has %d rows after a start", rows)
	}
	hasSteps(t, s, a, "1 one", "2 two", "3 three")
	appendStep(t, s, 4, "four", a)
	base := room.PadStep{At: time.Now(), Data: []byte("base")}
	if err := s.ReplaceSteps(t.Context(), a.Key, 3, base, []room.PadStep{{N: 3, At: time.Now(), Authors: []int{1, 2}, Data: []byte("joined")}}); err != nil {
		t.Fatal(err)
	}
	hasSteps(t, s, a, "3 joined", "4 four")
	if err := s.SetStepsAside(t.Context(), a.Key, base); err != nil {
		t.Fatal(err)
	}
	hasSteps(t, s, a)
	appendStep(t, s, 2, "b", b)
	if err := s.DeletePad(t.Context(), b.Key); err != nil {
		t.Fatal(err)
	}
	if rows := logRows(t, s); rows != 0 {
		t.Errorf("a deleted pad has %d rows in the log", rows)
	}
}

// An SD card wears by the page: a commit writes little more than one, whichever pad it is of, and hardly more for five pads.
func TestACommitOfPadsIsSmall(t *testing.T) {
	const frame, commits, step = 4096 + 24, 100, 300 // bytes of a page in the log, and of a quarter second of fifteen writers
	for name, c := range map[string]struct {
		pads   []int
		frames float64
	}{"one": {[]int{2}, 1.3}, "five": {[]int{0, 2, 3, 5, 6}, 2.5}} {
		dir := t.TempDir()
		s := open(t, dir)
		var all, pads []room.Pad
		for i := range 9 {
			all = append(all, padOf(t, s, fmt.Sprint(i)))
		}
		for _, i := range c.pads {
			pads = append(pads, all[i])
		}
		size := func() int64 {
			info, err := os.Stat(filepath.Join(dir, FileName+"-wal"))
			if err != nil {
				t.Fatal(err)
			}
			return info.Size()
		}
		before := size()
		for n := range commits {
			appendStep(t, s, int64(n+1), fmt.Sprintf("%*d", step, n), pads...)
		}
		if got := float64(size()-before) / frame / commits; got > c.frames || got == 0 {
			t.Errorf("%s: a commit writes %.2f pages", name, got)
		}
	}
}
