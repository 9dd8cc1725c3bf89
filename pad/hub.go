package pad

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"tablee/room"
)

// Bounds, as docs/pads.md lists them.
const (
	MaxMessage    = 4 << 20 // bytes of one message
	MaxPad        = 8 << 20 // bytes of a document
	MaxClients    = 64      // connections of one pad
	MaxConns      = 512     // connections in all
	MaxPads       = 20_000  // pads that exist
	MaxVersions   = 100     // named versions of one pad
	HistoryBudget = 1 << 20 // bytes of steps that are kept beside the document
	maxUnsaved    = 1 << 20 // bytes that one pad holds in memory while the disk refuses
	maxClientIDs  = 20_000  // Yjs client ids of a pad whose author is remembered
	maxAuthors    = 1000
)

// Times.
const (
	commitEvery   = 250 * time.Millisecond
	commitTimeout = 10 * time.Second
	retryEvery    = time.Second // while the disk refuses
	tidyEvery     = time.Second
	checkEvery    = 5 * time.Second  // rights of those who are connected
	indexAfter    = 15 * time.Second // from a change until the search knows it
	idleAfter     = 30 * time.Second // from the last one's leaving until a pad is unloaded
	sweepEvery    = time.Hour        // for pads that are no longer kept
	leftGrace     = 30 * time.Second // for who has left the meeting
	loadTimeout   = 10 * time.Second
)

// Store keeps pads; *store.Store does.
type Store interface {
	Catalog
	Content
	Links
	Versions
}

// Catalog keeps what pads there are.
type Catalog interface {
	CreatePad(ctx context.Context, p *room.Pad, links []room.PadLink, max int) (created bool, err error)
	Pad(ctx context.Context, id string) (room.Pad, error)
	PublishedPad(ctx context.Context, secret string) (room.Pad, error)
	RoomPads(ctx context.Context, name string, limit int) ([]room.PadFound, error)
	SearchPads(ctx context.Context, name, query string, limit int) ([]room.PadFound, error)
	ForgottenPads(ctx context.Context, now time.Time) ([]room.PadFound, error)
	UpdatePad(ctx context.Context, p room.Pad) error
	DeletePad(ctx context.Context, key int64) error
	NamePad(ctx context.Context, key int64, name, readonly string) error
	NamedPad(ctx context.Context, name string) (p room.Pad, readonly string, err error)
	PadNames(ctx context.Context) ([]string, error)
}

// Content keeps what is written in them.
type Content interface {
	AppendPads(ctx context.Context, batches []room.PadBatch) error
	PadContent(ctx context.Context, key int64) (room.PadContent, error)
	SettlePad(ctx context.Context, key int64) error
	ReplaceSteps(ctx context.Context, key, upTo int64, base room.PadStep, steps []room.PadStep) error
	ForgetHistory(ctx context.Context, key, upTo int64, base room.PadStep) error
	SetStepsAside(ctx context.Context, key int64, base room.PadStep) error
	IndexPad(ctx context.Context, p room.Pad, text string) error
	IndexedText(ctx context.Context, key int64) (string, error)
}

// Links keeps links.
type Links interface {
	AddPadLink(ctx context.Context, key int64, l *room.PadLink) error
	PadLinks(ctx context.Context, key int64) ([]room.PadLink, error)
	PadLink(ctx context.Context, key int64, hash []byte) (room.PadLink, error)
	DeletePadLink(ctx context.Context, key int64, n int) error
}

// Versions keeps named versions.
type Versions interface {
	AddPadVersion(ctx context.Context, key int64, v *room.PadVersion, max int) error
	PadVersions(ctx context.Context, key int64) ([]room.PadVersion, error)
	PadVersion(ctx context.Context, key int64, n int) (room.PadVersion, error)
	DeletePadVersion(ctx context.Context, key int64, n int) error
}

// Config is what a Hub is made of. All but Log is required.
type Config struct {
	Store    Store
	Pass     func(room, token string) (room.Pass, bool)         // who sits in a meeting
	Expelled func(room, token string) bool                      // who was taken out of it, and shall not write on
	IsHost   func(ctx context.Context, room, token string) bool // whose host token it is
	Now      func() time.Time
	Log      *slog.Logger
}

// Hub is all pads. Its methods may be called from many goroutines.
type Hub struct {
	cfg      Config
	upgrader websocket.Upgrader
	wake     chan struct{}      // dirty grew
	overdue  map[int64]struct{} // keys that the last sweep found forgotten; only sweep's
	stats    stats
	serving  sync.WaitGroup

	mu       sync.Mutex // guards what follows; taken before a pad's own
	open     map[int64]*openPad
	dirty    map[*openPad]struct{} // have something to commit
	conns    int
	stopping bool
}

// stats are the counters of Stats.
type stats struct {
	taken, nothing, gaps, denied, malformed, tooBig, slow, commits, failed, steps, bytes atomic.Int64
}

// Stats are gauges, and counters since the start.
type Stats struct {
	Open, Conns, Waiting                            int   // Waiting pads have something that the next commit takes
	Taken, Nothing, Gaps, Denied, Malformed, TooBig int64 // updates by what became of them
	Slow, Commits, Failed, Steps, Bytes             int64 // readers too slow, commits, those that failed, steps and their bytes on the disk
}

// New is a hub over c.Store. Nothing is stored until Run.
func New(c Config) *Hub {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Hub{
		cfg: c, upgrader: newUpgrader(), wake: make(chan struct{}, 1),
		open: map[int64]*openPad{}, dirty: map[*openPad]struct{}{},
	}
}

// Stats reads gauges and counters.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := &h.stats
	return Stats{
		Open: len(h.open), Conns: h.conns, Waiting: len(h.dirty),
		Taken: s.taken.Load(), Nothing: s.nothing.Load(), Gaps: s.gaps.Load(), Denied: s.denied.Load(),
		Malformed: s.malformed.Load(), TooBig: s.tooBig.Load(), Slow: s.slow.Load(), Commits: s.commits.Load(), Failed: s.failed.Load(),
		Steps: s.steps.Load(), Bytes: s.bytes.Load(),
	}
}

// acquire opens a pad, which stays open until release.
func (h *Hub) acquire(ctx context.Context, p room.Pad) (*openPad, error) {
	h.mu.Lock()
	if h.stopping {
		h.mu.Unlock()
		return nil, &room.Error{Code: room.CodeShuttingDown, Message: "the server is stopping; come back in a moment"}
	}
	o := h.open[p.Key]
	if o == nil {
		o = newOpenPad(h, p)
		h.open[p.Key] = o
	}
	o.users++
	h.mu.Unlock()
	if err := o.load(ctx); err != nil {
		h.release(o)
		h.forget(o)
		return nil, err
	}
	return o, nil
}

// release gives a pad back. It is unloaded later by tidy.
func (h *Hub) release(o *openPad) {
	now := h.cfg.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	o.users--
	o.idleSince = now
}

// forget drops a pad that nobody uses from memory; it tells whether it did.
func (h *Hub) forget(o *openPad) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, dirty := h.dirty[o]; o.users > 0 || dirty || h.open[o.key] != o {
		return false
	}
	delete(h.open, o.key)
	return true
}

// markDirty asks for a commit of o.
func (h *Hub) markDirty(o *openPad) {
	h.mu.Lock()
	h.dirty[o] = struct{}{}
	h.mu.Unlock()
	select {
	case h.wake <- struct{}{}:
	default: // it is awake already
	}
}

// opened is the pad of a key if it is open.
func (h *Hub) opened(key int64) *openPad {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.open[key]
}
