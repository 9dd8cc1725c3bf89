package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"tablee/cmd/tablee/config"
	"tablee/room"
	"tablee/store"
	"tablee/web/api"
)

// box is the server as its admins see it and change it: what web/api asks for.
type box struct {
	store    *store.Store
	cfg      config.Config
	settings []config.Shown
	keep     *lines // nil for no log
	log      *slog.Logger
	started  time.Time
	live     atomic.Pointer[api.Live]
	server   *server // set when everything is wired; nil for a command that runs beside no server

	changing sync.Mutex // one change of settings at a time, and one snapshot

	mu      sync.Mutex
	samples []sample // guarded by mu: the last hour, the oldest first
}

// liveKey is where the settings that change at run time lie in the store.
const liveKey = "live"

// uplinkKey is the one of them that the settings file has, too.
const uplinkKey = "media.uplink"

func newBox(st *store.Store, cfg config.Config, d deps) (*box, error) {
	b := &box{store: st, cfg: cfg, settings: d.Settings, keep: d.Lines, log: d.Log, started: time.Now()}
	live := api.Live{Uplink: cfg.Media.Uplink, OpenRooms: room.Guest, Locked: []string{}}
	value, err := st.Setting(context.Background(), liveKey)
	if err == nil && value != nil {
		err = json.Unmarshal(value, &live)
	}
	if err != nil {
		return nil, fmt.Errorf("read the settings of the admin page: %w", err)
	}
	live.Locked = []string{}
	for _, s := range d.Settings {
		if s.Name == uplinkKey && !s.Default() { // who writes it into a file means it
			live.Uplink, live.Locked = cfg.Media.Uplink, append(live.Locked, "uplink")
		}
	}
	b.live.Store(&live)
	return b, nil
}

// openers is the least role that makes rooms.
func (b *box) openers() room.Role { return b.live.Load().OpenRooms }

// Settings implements api.Changed.
func (b *box) Settings() api.Settings {
	s := api.Settings{Live: *b.live.Load(), Fixed: []api.Fixed{}}
	for _, x := range b.settings {
		if x.Name != uplinkKey {
			s.Fixed = append(s.Fixed, api.Fixed{Name: x.Name, Value: x.Value, Place: x.Place, Help: x.Help})
		}
	}
	return s
}

// Change implements api.Changed: first on the disk, then in effect.
func (b *box) Change(ctx context.Context, l api.Live) error {
	b.changing.Lock()
	defer b.changing.Unlock()
	before := b.live.Load()
	if slices.Contains(before.Locked, "uplink") && l.Uplink != before.Uplink {
		return &room.Error{Code: room.CodeForbidden, Message: "the settings file has the last word about " + uplinkKey + "; change it there"}
	}
	l.Locked = before.Locked
	value, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("write the settings: %w", err)
	}
	if err := b.store.SetSetting(ctx, liveKey, value); err != nil {
		return err
	}
	b.live.Store(&l)
	if b.server != nil {
		b.server.engine.SetUplink(1000 * l.Uplink)
	}
	return nil
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

// Storage implements api.Watched.
func (b *box) Storage(context.Context) (api.Storage, error) {
	all, err := b.store.Snapshots()
	if err != nil {
		return api.Storage{}, err
	}
	s := api.Storage{Disk: b.disk(), Database: b.store.Size(), Snapshots: []api.Snapshot{}}
	s.Files = api.Gauge{Value: float64(folderSize(b.filesDir())), Limit: float64(b.cfg.Files.Quota)}
	for _, snap := range all {
		s.Snapshots = append(s.Snapshots, snapshotOf(snap))
	}
	return s, nil
}

// Backup implements api.Changed.
func (b *box) Backup(ctx context.Context, w http.ResponseWriter) error {
	c := http.NewResponseController(w)
	if err := c.SetWriteDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) { // a whole disk takes its time
		return fmt.Errorf("begin a backup: %w", err)
	}
	return writeBackup(ctx, b.store, b.cfg.Data, w)
}

// heads tells how many are in each live meeting.
func (b *box) heads() map[string]int {
	if b.server == nil {
		return nil
	}
	return b.server.hub.Heads()
}
