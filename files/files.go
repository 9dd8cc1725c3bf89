package files

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"tablee/room"
)

// How a request goes: ServeHTTP (api.go) finds whose space it is about and who asks (an Actor); the handlers ask the
// database; contents come in by tus.go, upload.go or dav, and go out by content.go or zip.go, all through the throttle.

// Bounds of what one space holds.
const (
	MaxNodes    = 50_000 // files and folders
	MaxDepth    = 32     // folders in folders
	KeepUploads = 24 * time.Hour
	KeepEdition = 10 // older contents of a file
)

// Passes tells who sits in a room's meeting. signaling.Hub is one.
type Passes interface {
	Pass(room, token string) (room.Pass, bool)
}

// Hosts tells whose token is a room's host token. room.Registry is one.
type Hosts interface {
	IsHost(ctx context.Context, name, token string) bool
}

// Config is what the files are made of.
type Config struct {
	Dir       string // the folder of contents
	Store     Store
	Passes    Passes
	Hosts     Hosts
	Key       []byte // signs what a browser shows for a password
	Limits    Limits
	Rate      func() int64                   // bytes a second that transfers may take now; 0 for any
	Passwords room.Passwords                 // of links
	Members   Members                        // who may use WebDAV; nil for nobody
	Team      Team                           // the members and their groups; nil for none
	Client    func(*http.Request) netip.Addr // who asks, for bounds on guessing; never kept
	Secure    func(*http.Request) bool       // whether the browser speaks TLS
	Now       func() time.Time
	Log       *slog.Logger
}

// Limits are the settings, in bytes and days.
type Limits struct {
	Server    int64 // for everything together
	Room      int64 // for one room
	Drop      int64 // for one drop
	Group     int64 // for one group
	Owner     int64 // for one member, everywhere
	Floor     int64 // of the disk is never used
	TrashDays int
	Drops     bool // whoever comes may drop files
	Quiet     Quiet
}

// Files is the module. Make it with New; it answers HTTP while Run runs.
type Files struct {
	cfg      Config
	blobs    blobs
	throttle throttle
	guesses  guesses // about links and passwords
	makers   guesses // of new drops
	counts   counts
	limits   atomic.Pointer[Limits] // in force; see SetLimits

	locks davLocks

	mu      sync.Mutex
	writing map[string]*writer // guarded by mu: uploads that somebody writes to, by id
}

// counts are what /metrics tells.
type counts struct {
	uploads, downloads, in, out, refused, full, damaged, interrupted, checked atomic.Int64
	unsound                                                                   atomic.Int64 // contents that are not what was stored, now
}

// Stats are the counters since the start.
type Stats struct {
	Uploads, Downloads int64 // finished, begun
	In, Out            int64 // bytes
	Refused            int64
	Full               int64 // writes that the disk had no room for
	Damaged            int64 // stretches with a wrong checksum
	Interrupted        int64 // uploads broken off, to be resumed
	Checked            int64 // contents read again to see if they are what was stored
	Unsound            int64 // those that are not, now
}

// New opens the folder and makes it agree with the database. Nothing runs until Run.
func New(ctx context.Context, cfg Config) (*Files, error) {
	b, err := openBlobs(cfg.Dir)
	if err != nil {
		return nil, err
	}
	s, err := b.sweep(ctx, cfg.Store)
	if err != nil {
		return nil, fmt.Errorf("checking the files: %w", err)
	}
	if s.Orphans+s.Back > 0 {
		cfg.Log.Info("files: put in order after the last stop", "orphans_removed", s.Orphans, "uploads_reopened", s.Back)
	}
	if s.Missing > 0 {
		cfg.Log.Error("files: contents are missing on the disk; restore a backup", "missing", s.Missing)
	}
	if cfg.Rate == nil {
		cfg.Rate = func() int64 { return 0 }
	}
	f := &Files{
		cfg: cfg, blobs: b, throttle: throttle{rate: cfg.Rate, now: cfg.Now}, guesses: newGuesses(), makers: newGuesses(), locks: newDavLocks(), writing: map[string]*writer{},
	}
	f.SetLimits(cfg.Limits)
	return f, nil
}

// SetLimits changes the settings while the files are in use. What is stored already stays, even beyond them.
func (f *Files) SetLimits(l Limits) { f.limits.Store(&l) }

// Stats reads the counters.
func (f *Files) Stats() Stats {
	c := &f.counts
	return Stats{Uploads: c.uploads.Load(), Downloads: c.downloads.Load(), In: c.in.Load(), Out: c.out.Load(), Refused: c.refused.Load(),
		Full: c.full.Load(), Damaged: c.damaged.Load(), Interrupted: c.interrupted.Load(), Checked: c.checked.Load(), Unsound: c.unsound.Load()}
}

// Used is what all spaces hold together.
func (f *Files) Used(ctx context.Context) (Usage, error) { return f.cfg.Store.Usage(ctx, "") }

// allowance is what the settings let be reserved in a space; the store knows of quotas of its own (Allowance.Within).
func (f *Files) allowance(space Space) Allowance {
	l := f.limits.Load()
	a := Allowance{Space: l.Room, Server: l.Server, Nodes: MaxNodes}
	switch space.Kind() {
	case KindDrop:
		a.Space = l.Drop
	case KindTeam:
		a.Space = l.Group
	case KindUser:
		a.Space, a.Owner = l.Owner, l.Owner
	}
	return a
}

// quota is what a space may hold, in bytes: what an admin has set, or else what the settings say.
func (f *Files) quota(ctx context.Context, space Space) (int64, error) {
	u, err := f.cfg.Store.Usage(ctx, space)
	return u.quota(f.allowance(space)), err
}

// roomOnDisk refuses when so many more bytes would go below the floor.
func (f *Files) roomOnDisk(more int64) error {
	free, err := freeBytes(f.cfg.Dir)
	if err != nil {
		return err
	}
	if free-more < f.limits.Load().Floor {
		f.counts.full.Add(1)
		return errDiskFull()
	}
	return nil
}
