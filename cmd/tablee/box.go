package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"tablee/cmd/tablee/config"
	"tablee/store"
	"tablee/web/api"
)

// box is the server as its admins see it and change it: what web/api asks for.
type box struct {
	store    *store.Store
	base     config.Config  // as options, environment and settings file have it
	settings []config.Shown // all, as there
	level    *slog.LevelVar // of the log; nil for one that does not change
	keep     *lines         // nil for no log
	log      *slog.Logger
	started  time.Time
	live     atomic.Pointer[inForce]
	server   *server // set when everything is wired; nil for a command that runs beside no server

	changing sync.Mutex // one change of settings at a time, and one snapshot
	purging  sync.Mutex // one purge at a time

	mu      sync.Mutex
	samples []sample // guarded by mu: the last hour, the oldest first
}

func newBox(st *store.Store, cfg config.Config, d deps) (*box, error) {
	b := &box{store: st, base: cfg, settings: d.Settings, level: d.Level, keep: d.Lines, log: d.Log, started: time.Now()}
	return b, b.readSettings(context.Background())
}

// Log implements api.Watched.
func (b *box) Log() []api.Line {
	if b.keep == nil {
		return []api.Line{}
	}
	return b.keep.newest()
}

// Network implements api.Watched.
func (b *box) Network(ctx context.Context) api.Report {
	if b.server == nil {
		return api.Report{Verdict: "unknown", Checks: []api.Check{}}
	}
	found, err := b.server.reach.checks(ctx)
	if err != nil {
		return api.Report{Verdict: "unknown", Checks: []api.Check{{ID: "doctor", Title: "Checks", Verdict: "unknown", Text: "they took too long; try again."}}}
	}
	report := api.Report{Verdict: found.Verdict, Checks: []api.Check{}}
	for _, c := range found.Checks {
		report.Checks = append(report.Checks, api.Check(c))
	}
	return report
}

// Snapshot implements api.Changed.
func (b *box) Snapshot(ctx context.Context) (api.Snapshot, error) {
	b.changing.Lock()
	defer b.changing.Unlock()
	s, err := b.store.Snapshot(ctx, time.Now())
	if err != nil {
		return api.Snapshot{}, err
	}
	return snapshotOf(s), nil
}

func snapshotOf(s store.Snapshot) api.Snapshot {
	return api.Snapshot{Name: s.Name, Size: s.Size, Created: s.Made.UTC().Format(time.RFC3339)}
}

// Backup implements api.Changed.
func (b *box) Backup(ctx context.Context, w http.ResponseWriter) error {
	c := http.NewResponseController(w)
	if err := c.SetWriteDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) { // a whole disk takes its time
		return fmt.Errorf("begin a backup: %w", err)
	}
	return writeBackup(ctx, b.store, b.base.Data, w)
}

// heads tells how many are in each live meeting.
func (b *box) heads() map[string]int {
	if b.server == nil {
		return nil
	}
	return b.server.hub.Heads()
}
