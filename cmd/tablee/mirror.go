package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"tablee/cmd/tablee/config"
	"tablee/cmd/tablee/login"
	"tablee/files"
	"tablee/mirror"
	"tablee/room"
	"tablee/web"
	"tablee/web/api"
)

// When the mirror is brought up to date.
const (
	mirrorLook  = time.Minute      // how often it is asked whether it is time
	mirrorAfter = 10 * time.Minute // into the quiet hours: the nightly snapshot goes first
	mirrorNext  = 20 * time.Hour   // after a run that was whole
	mirrorAgain = 30 * time.Minute // after one that was not
)

// mirroring runs the mirror in quiet hours, and when it is asked for.
type mirroring struct {
	mirror *mirror.Mirror // nil for none
	quiet  func() files.Quiet
	asked  chan struct{} // of one: a run that is asked for twice is one
	wanted atomic.Bool   // somebody asked, and that run has not ended
	now    func() time.Time
	log    *slog.Logger
}

// wireMirror makes the mirror, if the settings say where it is.
func (s *server) wireMirror(cfg config.Config) (err error) {
	m := &mirroring{asked: make(chan struct{}, 1), now: time.Now, log: s.log, quiet: func() files.Quiet {
		c := s.box.config().Files
		return files.Quiet{From: c.QuietFrom, To: c.QuietTo}
	}}
	s.mirror = m
	if cfg.Mirror.URL == "" {
		return nil
	}
	var sources []mirror.Source
	if cfg.Mirror.Backups {
		sources = append(sources, mirror.Source{Folder: "Backups", Files: mirror.Folder{Dir: s.store.SnapshotDir(), Suffix: ".db"}, NeverEmpty: true})
	}
	if cfg.Mirror.Pads {
		sources = append(sources, mirror.Source{Folder: "Pads", Files: &padFiles{store: s.store, text: s.pads.Text}})
	}
	roots, err := login.Roots("mirror.ca_roots", cfg.Mirror.Roots)
	if err != nil {
		return err
	}
	m.mirror, err = mirror.New(mirror.Config{Dir: cfg.Data, URL: cfg.Mirror.URL, User: cfg.Mirror.User, Password: cfg.Mirror.Password, Roots: roots,
		Sources: append(sources, s.fileSources(cfg.Mirror)...), Wait: s.files.Wait, Now: time.Now, Log: s.log})
	return err
}

// Run waits for quiet hours, and for who asks, until ctx ends.
func (m *mirroring) Run(ctx context.Context) error {
	if m.mirror == nil {
		<-ctx.Done()
		return nil
	}
	ticker := time.NewTicker(mirrorLook)
	defer ticker.Stop()
	for {
		goOn := func() bool { return true } // who asks wants all of it
		select {
		case <-ctx.Done():
			return nil
		case <-m.asked:
		case <-ticker.C:
			if !mirrorDue(m.now(), m.quiet(), m.mirror.Report()) {
				continue
			}
			goOn = func() bool { return m.quiet().At(m.now()) }
		}
		if _, err := m.mirror.Run(ctx, goOn); err != nil && ctx.Err() == nil { // meetings go on without a mirror
			m.log.Error("the mirror", "error", err)
		}
		m.wanted.Store(len(m.asked) > 0)
	}
}

// mirrorDue says whether it is time for a run.
func mirrorDue(now time.Time, quiet files.Quiet, last mirror.Report) bool {
	settled := quiet.At(now.Add(-mirrorAfter)) || !quiet.At(now.Add(mirrorAfter)) // short quiet hours are all there is
	since := now.Sub(last.Ended)
	if last.Whole && since < mirrorNext || since < mirrorAgain {
		return false
	}
	return quiet.At(now) && settled
}

// Mirror implements api.Watched.
func (b *box) Mirror() api.Mirror {
	if b.server == nil {
		r, err := mirror.ReadReport(b.base.Data)
		if err != nil {
			b.log.Warn("cannot read the mirror's report", "error", err)
		}
		return mirrorReport(b.base.Mirror.URL != "", r)
	}
	if b.server.mirror.mirror == nil {
		return mirrorReport(false, mirror.Report{})
	}
	r := mirrorReport(true, b.server.mirror.mirror.Report())
	r.Running = r.Running || b.server.mirror.wanted.Load()
	return r
}

func mirrorReport(on bool, r mirror.Report) api.Mirror {
	m := api.Mirror{Configured: on, Running: r.Running, Whole: r.Whole, Files: r.Files, Bytes: r.Bytes, Deleted: r.Deleted, Kept: r.Kept,
		Failed: r.Failed, Started: mirrorTime(r.Started), Ended: mirrorTime(r.Ended), Failures: []api.MirrorFailure{}}
	for _, f := range r.Failures {
		m.Failures = append(m.Failures, api.MirrorFailure(f))
	}
	return m
}

func mirrorTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// RunMirror implements api.Changed.
func (b *box) RunMirror() error {
	switch {
	case b.server == nil:
		return &room.Error{Code: room.CodeBadMessage, Message: "no server runs on this data folder; start `tablee serve` first"}
	case b.server.mirror.mirror == nil:
		return &room.Error{Code: room.CodeBadMessage, Message: "there is no mirror: set mirror.url, mirror.user and mirror.password in the settings file, and start the server anew"}
	}
	b.server.mirror.wanted.Store(true) // first, or a quick run could have ended by then
	select {
	case b.server.mirror.asked <- struct{}{}:
	default: // somebody asked already
	}
	return nil
}

// mirrorMetrics tells how the last run went.
func (s *server) mirrorMetrics(m *web.Metrics) {
	if s.mirror.mirror == nil {
		return
	}
	r := s.mirror.mirror.Report()
	m.Gauge("tablee_mirror_files", "Files that the run of the mirror under way, or the last one, has sent.", float64(r.Files))
	m.Gauge("tablee_mirror_bytes", "Bytes of them.", float64(r.Bytes))
	m.Gauge("tablee_mirror_failed", "Files and steps of it that failed.", float64(r.Failed))
	if !r.Ended.IsZero() {
		m.Gauge("tablee_mirror_ended_seconds", "When the last run ended, in seconds since 1970.", float64(r.Ended.Unix()))
	}
}

// padStore is what padFiles need to know of the store.
type padStore interface {
	Rooms(ctx context.Context, f room.Filter) ([]room.Room, error)
	RoomPads(ctx context.Context, name string, limit int) ([]room.PadFound, error)
}

// padFiles are the pads of rooms as markdown: ROOM/TITLE.md. They implement mirror.Files for one run at a time.
type padFiles struct {
	store padStore
	text  func(ctx context.Context, p room.Pad) (string, error)
	found map[string]room.Pad // by path, since the last list
}

// maxMirroredPads of one room are mirrored, those that were changed last.
const maxMirroredPads = 10_000

// List implements mirror.Files.
func (p *padFiles) List(ctx context.Context) (list []mirror.Entry, err error) {
	p.found = map[string]room.Pad{}
	for after := ""; ; {
		rooms, err := p.store.Rooms(ctx, room.Filter{After: after, Limit: room.MaxPage})
		if err != nil || len(rooms) == 0 {
			return list, err
		}
		for _, r := range rooms {
			pads, err := p.store.RoomPads(ctx, r.Name, maxMirroredPads)
			if err != nil {
				return nil, err
			}
			list = append(list, p.add(r.Name, pads)...)
		}
		after = rooms[len(rooms)-1].Name
	}
}

// add names the pads of a room. Those of one title are told apart by a part of their ID, which opens nothing that a room's
// pad has not its room for.
func (p *padFiles) add(name string, pads []room.PadFound) (list []mirror.Entry) {
	titles := map[string]int{}
	for _, f := range pads {
		titles[strings.ToLower(mirrorName(f.Title))]++
	}
	for _, f := range pads {
		if f.Kind != room.PadText || f.Broken { // boards have no text
			continue
		}
		title := mirrorName(f.Title)
		if titles[strings.ToLower(title)] > 1 {
			title += " (" + strconv.FormatInt(f.Key, 10) + ")"
		}
		path := mirrorName(name) + "/" + title + ".md"
		p.found[path] = f.Pad
		list = append(list, mirror.Entry{Path: path, Version: strconv.FormatInt(f.Key, 10) + "-" + strconv.FormatInt(f.Changed.UnixMilli(), 10)})
	}
	return list
}

// maxMirrorName is the longest name of a file without its ending, in bytes.
const maxMirrorName = 200

// mirrorName makes a name that every system takes.
func mirrorName(title string) string {
	name := strings.Trim(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '-'
		}
		return r
	}, strings.ToValidUTF8(title, "-")), " .")
	if len(name) > maxMirrorName {
		name = strings.TrimRight(strings.ToValidUTF8(name[:maxMirrorName], ""), " .")
	}
	if name == "" {
		return "pad"
	}
	return name
}

// Open implements mirror.Files.
func (p *padFiles) Open(ctx context.Context, path string) (io.ReadCloser, int64, error) {
	text, err := p.text(ctx, p.found[path])
	if room.CodeOf(err) == room.CodePadUnknown {
		err = errors.Join(os.ErrNotExist, err)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read a pad to mirror: %w", err)
	}
	return io.NopCloser(strings.NewReader(text)), int64(len(text)), nil
}
