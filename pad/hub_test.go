package pad

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tablee/pad/yjs"
	"tablee/room"
	"tablee/store"
)

// rig is a hub over a real store in a folder of the test.
type rig struct {
	*Hub
	store  *store.Store
	stop   context.CancelFunc
	done   chan struct{}
	closed bool
	skew   atomic.Int64 // by how much the hub's clock is wrong, in nanoseconds
}

func textOf(u *yjs.Update) string { return yjs.NewDoc(u).Text(yjs.TextRoot) }

func start(t *testing.T, dir string, opts ...store.Option) *rig {
	t.Helper()
	s, err := store.Open(dir, opts...)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{store: s, done: make(chan struct{})}
	h := New(Config{
		Store: s, Now: func() time.Time { return time.Now().Add(time.Duration(r.skew.Load())) },
		Pass:     func(string, string) (room.Pass, bool) { return room.Pass{}, false },
		Expelled: func(string, string) bool { return false },
		IsHost:   func(context.Context, string, string) bool { return false },
	})
	ctx, cancel := context.WithCancel(context.Background())
	r.Hub, r.stop = h, cancel
	go func() {
		defer close(r.done)
		h.Run(ctx)
	}()
	t.Cleanup(func() { r.close(t) })
	return r
}

func (r *rig) close(t *testing.T) {
	t.Helper()
	if r.closed {
		return
	}
	r.closed = true
	r.stop()
	<-r.done
	if err := r.store.Close(); err != nil {
		t.Error(err)
	}
}

func (r *rig) make(t *testing.T, text string) room.Pad {
	t.Helper()
	p, _, _, _, err := r.Create(t.Context(), NewPad{Title: "Essai", Text: text}, Who{Key: "test", User: User{Name: "Ana"}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (r *rig) holds(t *testing.T, p room.Pad, want string) {
	t.Helper()
	if got, err := r.Text(t.Context(), p); err != nil || got != want {
		t.Fatalf("the text is %q (%v), not %q", got, err, want)
	}
}

func set(text string) func(string) string { return func(string) string { return text } }

// Fault 35: the disk refuses. Who writes is told, nothing is lost, and it is stored when the disk works again.
func TestDiskRefuses(t *testing.T) {
	dir := t.TempDir()
	var broken atomic.Bool
	r := start(t, dir, store.WithFault(func(p store.Point) error {
		if p == store.BeforeCommit && broken.Load() {
			return errors.New("no space left on device")
		}
		return nil
	}))
	p := r.make(t, "before")
	broken.Store(true)
	if _, err := r.Edit(t.Context(), p, Who{Key: "test"}, set("before, during")); room.CodeOf(err) != room.CodeDiskFull {
		t.Fatal(err)
	}
	if _, err := r.Edit(t.Context(), p, Who{Key: "test"}, set("not taken")); room.CodeOf(err) != room.CodeDiskFull {
		t.Fatal(err)
	}
	broken.Store(false)
	for r.Stats().Steps < 2 { // the store rests for a few seconds after a failure
		select {
		case <-time.After(50 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("what was kept in memory was never stored")
		}
	}
	r.close(t)
	start(t, dir).holds(t, p, "before, during")
}

// A damaged row: that pad is set aside and no other, the last text is there to read, and what lies before the damage
// can be had back.
func TestDamagedRow(t *testing.T) {
	dir := t.TempDir()
	r := start(t, dir)
	bad, good := r.make(t, "first"), r.make(t, "another")
	for _, text := range []string{"first, second", "first, second, third"} {
		if _, err := r.Edit(t.Context(), bad, Who{Key: "test"}, set(text)); err != nil {
			t.Fatal(err)
		}
	}
	r.index(t.Context(), r.opened(bad.Key), time.Now())
	r.close(t)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("UPDATE pad_log SET data = CAST(data || 'x' AS BLOB) WHERE pad = ? AND n = 3", bad.Key); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	r = start(t, dir)
	if _, err := r.Document(t.Context(), bad); room.CodeOf(err) != room.CodePadBroken {
		t.Fatal(err)
	}
	r.holds(t, bad, "first, second, third") // as the search knew it
	r.holds(t, good, "another")
	if err := r.Recover(t.Context(), bad); err != nil {
		t.Fatal(err)
	}
	r.holds(t, bad, "first, second")
	if _, err := r.Edit(t.Context(), bad, Who{Key: "test"}, set("goes on")); err != nil {
		t.Fatal(err)
	}
}

// What is deleted is nowhere on the disk any more: not in a free page, the log, the index, the history or a version.
func TestDeletionIsReal(t *testing.T) {
	const canary = "kanarienvogel"
	dir := t.TempDir()
	r := start(t, dir)
	kept, p := r.make(t, "stays"), r.make(t, strings.Repeat(canary+" ", 3000))
	if _, err := r.SaveVersion(t.Context(), p, Who{}, canary); err != nil {
		t.Fatal(err)
	}
	r.index(t.Context(), r.opened(p.Key), time.Now())
	if found(t, dir, canary) == "" {
		t.Fatal("the test looks in the wrong place")
	}
	if err := r.Delete(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if where := found(t, dir, canary); where != "" {
		t.Fatalf("it is still in %s", where)
	}
	r.holds(t, kept, "stays")
}

func found(t *testing.T, dir, what string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if data, err := os.ReadFile(f); err == nil && bytes.Contains(data, []byte(what)) {
			return filepath.Base(f)
		}
	}
	return ""
}

// However much is written, what is kept of it stays within the budget, and the document stays what it is.
func TestHistoryBudget(t *testing.T) {
	doc := yjs.NewDoc(&yjs.Update{})
	begin := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
	var content room.PadContent
	for i := range 400 {
		u := doc.ReplaceText(yjs.TextRoot, uint64(1000+i), fmt.Sprintf("%d: %s", i, strings.Repeat(string(rune('a'+i%26)), 10_000)))
		content.Steps = append(content.Steps, room.PadStep{N: int64(i + 1), At: begin.Add(time.Duration(i) * time.Second), Authors: []int{1 + i%2}, Data: u.Encode()})
	}
	want := doc.Text(yjs.TextRoot)
	for _, later := range []time.Duration{0, 10 * time.Minute, 100 * time.Hour} {
		base, steps, err := joined(content, begin.Add(400*time.Second+later))
		if err != nil {
			t.Fatal(err)
		}
		size := 0
		for _, st := range steps {
			size += len(st.Data)
		}
		if size > HistoryBudget || len(steps) == 0 {
			t.Errorf("%v later: %d steps of %d bytes", later, len(steps), size)
		}
		if len(base.Data) > 100_000 {
			t.Errorf("%v later: the base remembers deleted text: %d bytes", later, len(base.Data))
		}
		u, err := documentOf(room.PadContent{Base: base, Steps: steps}, -1)
		if err != nil || yjs.NewDoc(u).Text(yjs.TextRoot) != want {
			t.Errorf("%v later: the text is another (%v)", later, err)
		}
	}
}

// Nobody has it open: it is not in memory. Whoever comes finds it as it was.
func TestIdlePadIsUnloaded(t *testing.T) {
	r := start(t, t.TempDir())
	p := r.make(t, "asleep")
	o := r.opened(p.Key)
	r.tidy(t.Context(), o, time.Now().Add(2*idleAfter))
	if r.opened(p.Key) != nil || r.Stats().Open != 0 {
		t.Fatal("it is still in memory")
	}
	r.holds(t, p, "asleep")
	list, err := r.store.SearchPads(t.Context(), "", searchFor("asl"), 5)
	if err != nil || len(list) != 0 {
		t.Fatal("a pad without a room is found by a search for rooms", err)
	}
}

// FuzzFrame: no frame of a stranger's makes the readers panic.
func FuzzFrame(f *testing.F) {
	f.Add([]byte{0, 2, 2, 0, 0})
	f.Add(awarenessFrame(writeAwareness([]presence{{1, 2, []byte(`{"cursor":1}`)}})))
	f.Add(eventFrame(clientEvent{T: "mark", N: 1}))
	f.Fuzz(func(_ *testing.T, frame []byte) {
		for len(frame) > 0 {
			m, rest, err := nextMessage(frame)
			if err != nil {
				return
			}
			frame = rest
			if list, err := readAwareness(m.body); err == nil {
				for _, p := range list {
					_, _ = withUser(p.state, User{}) // only whether it panics
				}
			}
			_, _ = readEvent(m.body) // the same
		}
	})
}
