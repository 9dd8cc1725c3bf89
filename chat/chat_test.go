package chat

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"

	"tablee/room"
)

// disk is a Store in memory that may be slow, or fail.
type disk struct {
	mu      sync.Mutex
	rooms   map[string][]room.Message
	numbers map[string]int64
	groups  []int       // sizes of the commits
	times   []time.Time // and when
	slow    time.Duration
	fail    error
	deletes int
}

func newDisk(rooms ...string) *disk {
	d := &disk{rooms: map[string][]room.Message{}, numbers: map[string]int64{}}
	for _, name := range rooms {
		d.rooms[name] = nil
	}
	return d
}

func (d *disk) set(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
}

func (d *disk) AppendChat(ctx context.Context, messages []room.Message) error {
	var slow time.Duration
	d.set(func() { slow = d.slow })
	select {
	case <-time.After(slow):
	case <-ctx.Done():
		return ctx.Err()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fail != nil {
		return d.fail
	}
	d.groups, d.times = append(d.groups, len(messages)), append(d.times, time.Now())
	for i := range messages {
		m := &messages[i]
		if _, there := d.rooms[m.Room]; !there {
			continue
		}
		d.numbers[m.Room]++
		m.N = d.numbers[m.Room]
		d.rooms[m.Room] = append(d.rooms[m.Room], *m)
	}
	return nil
}

func (d *disk) RecentChat(_ context.Context, name string, limit int) ([]room.Message, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := d.rooms[name]
	return slices.Clone(list[max(0, len(list)-limit):]), d.fail
}

func (d *disk) ChatRooms(context.Context) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var names []string
	for name, list := range d.rooms {
		if len(list) > 0 {
			names = append(names, name)
		}
	}
	return names, d.fail
}

func (d *disk) DeleteChat(_ context.Context, name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fail != nil {
		return d.fail
	}
	d.deletes++
	d.rooms[name] = nil
	return nil
}

func (d *disk) count(name string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.rooms[name])
}

// running runs a log in a bubble of virtual time.
func running(t *testing.T, d *disk, f func(l *Log, stop func())) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := New(Config{Store: d, Grace: time.Hour})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- l.Run(ctx) }()
		stop := sync.OnceFunc(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("Run: %v", err)
			}
		})
		defer stop()
		f(l, stop)
	})
}

// fates collects what became of posts.
type fates struct {
	mu   sync.Mutex
	list []fate
}

type fate struct {
	m   room.Message
	err error
	at  time.Time
}

func (f *fates) done(m room.Message, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, fate{m, err, time.Now()})
}

func (f *fates) all() []fate {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.list)
}

func message(name, text string) room.Message {
	return room.Message{Room: name, From: "ID", Name: "Zoé", Text: text, At: time.Now()}
}

func TestPostIsAcknowledgedAfterTheCommit(t *testing.T) {
	d := newDisk("salon")
	running(t, d, func(l *Log, _ func()) {
		d.set(func() { d.slow = 3 * time.Second })
		var f fates
		start := time.Now()
		if err := l.Post(message("salon", " a\r\nb\u202e "), f.done); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d != 0 {
			t.Fatalf("Post blocked for %v", d)
		}
		<-time.After(2 * time.Second)
		if len(f.all()) != 0 {
			t.Fatal("acknowledged before the commit")
		}
		<-time.After(2 * time.Second)
		got := f.all()
		if len(got) != 1 || got[0].err != nil || got[0].m.N != 1 || got[0].m.Text != " a\nb" || got[0].m.Name != "Zoé" {
			t.Fatalf("%+v", got)
		}
		stored, err := l.Recent(t.Context(), "salon", 200)
		if err != nil || len(stored) != 1 || stored[0] != got[0].m {
			t.Fatalf("%+v %v", stored, err)
		}
	})
}

func TestConcurrentPostsShareCommits(t *testing.T) {
	d := newDisk("salon", "cuisine")
	running(t, d, func(l *Log, _ func()) {
		var f fates
		var posting sync.WaitGroup
		for i := range 100 {
			posting.Go(func() {
				name := []string{"salon", "cuisine"}[i%2]
				if err := l.Post(message(name, fmt.Sprint(i)), f.done); err != nil {
					t.Errorf("post %d: %v", i, err)
				}
			})
		}
		posting.Wait()
		<-time.After(time.Second)
		synctest.Wait()
		got := f.all()
		if len(got) != 100 || len(d.groups) > 4 {
			t.Fatalf("%d acknowledged, in commits of %v", len(got), d.groups)
		}
		last := map[string]int64{}
		for _, x := range got { // in the order of the numbers
			if x.err != nil || x.m.N != last[x.m.Room]+1 {
				t.Fatalf("%+v after number %d", x, last[x.m.Room])
			}
			last[x.m.Room] = x.m.N
		}
	})
}

func TestCommitsAreSpaced(t *testing.T) {
	d := newDisk("salon")
	running(t, d, func(l *Log, _ func()) {
		var f fates
		for range 100 { // one every 20 ms
			if err := l.Post(message("salon", "x"), f.done); err != nil {
				t.Fatal(err)
			}
			<-time.After(20 * time.Millisecond)
		}
		<-time.After(time.Second)
		synctest.Wait()
		if n := len(d.groups); n < 8 || n > 10 {
			t.Fatalf("2 s of chat made %d commits", n)
		}
		for i := 1; i < len(d.times); i++ {
			if gap := d.times[i].Sub(d.times[i-1]); gap < commitEvery {
				t.Fatalf("commits %v apart", gap)
			}
		}
		if first := f.all()[0]; !first.at.Equal(d.times[0]) || d.groups[0] != 1 {
			t.Fatal("a lone message waited")
		}
	})
}

func TestFullQueue(t *testing.T) {
	d := newDisk("salon")
	running(t, d, func(l *Log, _ func()) {
		d.set(func() { d.slow = 5 * time.Second })
		var f fates
		if err := l.Post(message("salon", "first"), f.done); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // the committer is on the disk
		for i := range queueSize {
			if err := l.Post(message("salon", "x"), f.done); err != nil {
				t.Fatalf("post %d: %v", i, err)
			}
		}
		if err := l.Post(message("salon", "one too many"), f.done); room.CodeOf(err) != room.CodeChatUnsaved {
			t.Fatal(err)
		}
		<-time.After(time.Minute)
		if n := len(f.all()); n != queueSize+1 {
			t.Fatalf("%d acknowledged", n)
		}
	})
}

func TestFailingDisk(t *testing.T) {
	d := newDisk("salon")
	running(t, d, func(l *Log, _ func()) {
		var f fates
		post := func() fate {
			t.Helper()
			before := len(f.all())
			if err := l.Post(message("salon", "x"), f.done); err != nil {
				t.Fatal(err)
			}
			<-time.After(commitTimeout + time.Second)
			if got := f.all(); len(got) == before+1 {
				return got[before]
			}
			t.Fatal("no answer")
			return fate{}
		}
		d.set(func() { d.fail = errors.New("disk full, and a secret path") })
		if x := post(); room.CodeOf(x.err) != room.CodeChatUnsaved || strings.Contains(x.err.Error(), "secret") {
			t.Fatal(x.err)
		}
		d.set(func() { d.fail, d.slow = nil, time.Hour }) // a disk that hangs
		if x := post(); room.CodeOf(x.err) != room.CodeChatUnsaved {
			t.Fatal(x.err)
		}
		d.set(func() { d.slow = 0 })
		if x := post(); x.err != nil || x.m.N != 1 {
			t.Fatalf("%+v", x)
		}
	})
}

func TestUnknownRoom(t *testing.T) {
	d := newDisk("salon")
	running(t, d, func(l *Log, _ func()) {
		var f fates
		for _, name := range []string{"nowhere", "salon"} {
			if err := l.Post(message(name, "x"), f.done); err != nil {
				t.Fatal(err)
			}
		}
		<-time.After(time.Second)
		if got := f.all(); room.CodeOf(got[0].err) != room.CodeChatUnsaved || got[1].err != nil {
			t.Fatalf("%+v", got)
		}
	})
}

func TestShutdownStoresWhatWasTaken(t *testing.T) {
	d := newDisk("salon")
	running(t, d, func(l *Log, stop func()) {
		var f fates
		for range 200 {
			if err := l.Post(message("salon", "x"), f.done); err != nil {
				t.Fatal(err)
			}
		}
		stop()
		if d.count("salon") != 200 || len(f.all()) != 200 {
			t.Fatalf("%d stored, %d acknowledged", d.count("salon"), len(f.all()))
		}
		if err := l.Post(message("salon", "late"), f.done); room.CodeOf(err) != room.CodeChatUnsaved {
			t.Fatal(err)
		}
	})
}

func TestRetention(t *testing.T) {
	d := newDisk("salon", "cuisine", "cave")
	d.rooms["cave"] = []room.Message{message("cave", "of an earlier run")}
	running(t, d, func(l *Log, _ func()) {
		var f fates
		for _, name := range []string{"salon", "cuisine"} {
			l.SetOccupied(name, true)
			if err := l.Post(message(name, "x"), f.done); err != nil {
				t.Fatal(err)
			}
		}
		<-time.After(30 * time.Minute)
		l.SetOccupied("salon", false)
		<-time.After(31 * time.Minute) // 61 minutes after the start
		if d.count("cave") != 0 {
			t.Error("chat of an earlier run is kept for ever")
		}
		if d.count("salon") != 1 {
			t.Error("deleted before the grace time")
		}
		l.SetOccupied("salon", true) // somebody comes back in time
		<-time.After(2 * time.Hour)
		if d.count("salon") != 1 || d.count("cuisine") != 1 {
			t.Error("deleted while people are in the room")
		}
		l.SetOccupied("salon", false)
		<-time.After(time.Hour + time.Second)
		if d.count("salon") != 0 || d.count("cuisine") != 1 {
			t.Errorf("salon %d, cuisine %d", d.count("salon"), d.count("cuisine"))
		}
	})
}

// A room may keep its chat for longer, or until it is deleted; who changes their mind is heard within the hour.
func TestRoomsKeepTheirChat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk("day", "ever", "short")
		var mu sync.Mutex
		keep := map[string]time.Duration{"day": 24 * time.Hour, "ever": -1}
		l := New(Config{Store: d, Keep: func(_ context.Context, name string) time.Duration {
			mu.Lock()
			defer mu.Unlock()
			return keep[name]
		}})
		for name := range d.rooms {
			d.rooms[name] = []room.Message{message(name, "x")}
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- l.Run(ctx) }()
		for _, step := range []struct {
			after            time.Duration
			day, ever, short int
		}{{9 * time.Minute, 1, 1, 1}, {2 * time.Minute, 1, 1, 0}, {23 * time.Hour, 1, 1, 0}, {time.Hour, 0, 1, 0}, {1000 * time.Hour, 0, 1, 0}} {
			<-time.After(step.after)
			if a, b, c := d.count("day"), d.count("ever"), d.count("short"); a != step.day || b != step.ever || c != step.short {
				t.Errorf("%v later: %d %d %d, want %+v", step.after, a, b, c, step)
			}
		}
		mu.Lock()
		keep["ever"] = 0
		mu.Unlock()
		<-time.After(askAgain + time.Second)
		if d.count("ever") != 0 {
			t.Error("a room that changed its mind keeps its chat")
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestRetentionTriesAgain(t *testing.T) {
	d := newDisk("salon")
	running(t, d, func(l *Log, _ func()) {
		var f fates
		if err := l.Post(message("salon", "x"), f.done); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		l.SetOccupied("salon", false)
		d.set(func() { d.fail = errors.New("disk") })
		<-time.After(2 * time.Hour)
		d.set(func() { d.fail = nil })
		<-time.After(2 * purgeRetry)
		if d.count("salon") != 0 || d.deletes != 1 {
			t.Fatalf("%d messages, %d deletions", d.count("salon"), d.deletes)
		}
	})
}

// Somebody is in the room before the log runs: their chat is not taken for a leftover.
func TestOccupiedBeforeRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk("salon")
		d.rooms["salon"] = []room.Message{message("salon", "x")}
		l := New(Config{Store: d})
		l.SetOccupied("salon", true)
		ctx, cancel := context.WithTimeout(t.Context(), 2*DefaultGrace)
		defer cancel()
		if err := l.Run(ctx); err != nil || d.count("salon") != 1 {
			t.Fatalf("%d messages, %v", d.count("salon"), err)
		}
	})
}

func TestClean(t *testing.T) {
	for raw, want := range map[string]string{
		"salut":                      "salut",
		"\n\n  a\r\nb\rc\u2028d \n ": "  a\nb\nc\nd",
		"a\x00b\x1bc\x7fd\u0085e":    "abcde",
		"tab\tstays":                 "tab\tstays",
		"\u202eabc\u2069":            "abc",
		"مرحبا\u200f!":               "مرحبا\u200f!",
		"👩\u200d👩":                   "👩\u200d👩",
		"<script>":                   "<script>",
		strings.Repeat("é", MaxText): strings.Repeat("é", MaxText),
		strings.Repeat("é", MaxText) + "\n \x00\n": strings.Repeat("é", MaxText),
	} {
		if got, err := Clean(raw); err != nil || got != want {
			t.Errorf("%.40q: %.40q, %v", raw, got, err)
		}
	}
	for _, raw := range []string{"", " \n\t", "\x00", "\u202e", "a\xff", strings.Repeat("é", MaxText+1)} {
		if got, err := Clean(raw); room.CodeOf(err) != room.CodeBadMessage {
			t.Errorf("%.40q: %.40q, %v", raw, got, err)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"a\r\nb", "\u202e", " x ", "\xff", "a\u2028\n", "\n\u200e"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		text, err := Clean(raw)
		if err != nil {
			return
		}
		if !utf8.ValidString(text) || utf8.RuneCountInString(text) > MaxText || strings.TrimSpace(text) == "" {
			t.Fatalf("%q became %q", raw, text)
		}
		for _, r := range text {
			if unicode.IsControl(r) && r != '\n' && r != '\t' || isDirectional(r) {
				t.Fatalf("%q keeps %U", text, r)
			}
		}
		if again, err := Clean(text); err != nil || again != text {
			t.Fatalf("%q became %q, and that %q (%v)", raw, text, again, err)
		}
	})
}
