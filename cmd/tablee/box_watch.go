package main

import (
	"cmp"
	"context"
	"math"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"tablee/web"
	"tablee/web/api"
)

// How the server is, and how it was in the last hour.

// How often the server looks at itself, and for how long it remembers.
const (
	sampleEvery = 10 * time.Second
	maxSamples  = int(time.Hour / sampleEvery)
)

// From when on the admin is told, as shares of what there may be.
const (
	nearlyFull  = 0.9
	busy        = 0.85
	oldSnapshot = 3 * 24 * time.Hour
)

// sample is what one look has found. Of people it has only a number.
type sample struct {
	people, uplink, cpu float64
	at                  time.Time
	cpuTime             float64 // seconds since the start
	outside             uint64  // bytes since the start
}

// Run looks at the server again and again, and makes a snapshot each night, until ctx ends.
func (b *box) Run(ctx context.Context) error {
	ticker := time.NewTicker(sampleEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			b.look(now)
			b.nightly(ctx, now)
		}
	}
}

// measure makes a sample; rates are those since the one before.
func (b *box) measure(now time.Time, before sample) sample {
	s := sample{at: now, people: float64(b.server.hub.Members()), outside: b.server.engine.Stats().Outside}
	s.cpuTime, _ = web.Usage()
	if passed := now.Sub(before.at).Seconds(); !before.at.IsZero() && passed > 0 {
		s.cpu = math.Round(1000*(s.cpuTime-before.cpuTime)/passed/float64(runtime.GOMAXPROCS(0))) / 10
		s.uplink = math.Round(8 * float64(s.outside-before.outside) / passed)
	}
	return s
}

func (b *box) look(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var before sample
	if n := len(b.samples); n > 0 {
		before = b.samples[n-1]
	}
	b.samples = append(b.samples, b.measure(now, before))
	if len(b.samples) > maxSamples {
		b.samples = slices.Delete(b.samples, 0, len(b.samples)-maxSamples)
	}
}

// last is the newest sample.
func (b *box) last() sample {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.samples) == 0 {
		return sample{}
	}
	return b.samples[len(b.samples)-1]
}

// Now implements api.Watched.
func (b *box) Now() api.Now {
	n := api.Now{Version: versionName(), Uptime: int64(time.Since(b.started).Seconds()), Rooms: []api.RoomNow{}, Disk: b.disk(),
		CPU: api.Gauge{Limit: 100}, Uplink: api.Gauge{Limit: 1000 * float64(b.config().Media.Uplink)}, People: api.Gauge{Limit: float64(b.base.Rooms.MaxParticipantsTotal)}}
	_, n.Memory.Value = web.Usage()
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 {
		n.Memory.Limit = float64(limit)
	}
	if b.server == nil {
		return n
	}
	s := b.last()
	n.CPU.Value, n.Uplink.Value, n.People.Value = s.cpu, s.uplink, float64(b.server.hub.Members())
	for name, people := range b.server.hub.Heads() {
		n.Rooms = append(n.Rooms, api.RoomNow{Name: name, People: people})
	}
	slices.SortFunc(n.Rooms, func(x, y api.RoomNow) int {
		return cmp.Or(cmp.Compare(y.People, x.People), strings.Compare(x.Name, y.Name))
	})
	return n
}

// History implements api.Watched.
func (b *box) History() api.History {
	h := api.History{Every: int(sampleEvery / time.Second), People: []float64{}, Uplink: []float64{}, CPU: []float64{}}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.samples {
		h.People, h.Uplink, h.CPU = append(h.People, s.people), append(h.Uplink, s.uplink), append(h.CPU, s.cpu)
	}
	return h
}

// Health implements api.Watched.
func (b *box) Health(context.Context) api.Health {
	h := api.Health{Notices: []api.Notice{}}
	note := func(is bool, code string, bad bool, detail string) {
		if is {
			h.Notices = append(h.Notices, api.Notice{Code: code, Bad: bad, Detail: detail})
		}
	}
	note(b.store.SetAside() != "", "database_restored", true, cmp.Or(b.store.Restored(), "–"))
	disk, floor := b.disk(), float64(b.config().Files.Floor)
	free := disk.Limit - disk.Value
	note(disk.Limit > 0 && free < floor, "disk_full", true, "")
	note(disk.Limit > 0 && free >= floor && free < 2*floor, "disk_low", false, "")
	snapshots, err := b.store.Snapshots()
	stale := len(snapshots) == 0 || time.Since(snapshots[0].Made) > oldSnapshot
	note(err != nil || stale && time.Since(b.started) > time.Hour, "no_snapshot", false, "")
	if b.server == nil {
		return h
	}
	for _, c := range b.server.reach.status().Certificates {
		note(c.Warning != "", "certificate", time.Until(c.Until) < 0, c.Warning)
	}
	unsound := b.server.files.Stats().Unsound
	note(unsound > 0, "files_damaged", true, strconv.FormatInt(unsound, 10))
	if err := b.server.ways.Failure(); err != nil {
		note(true, "login_unavailable", true, err.Error())
	}
	note(!b.base.TLS.Public() && !isLocal(b.server.listener.Addr()), "no_tls", true, "")
	now := b.Now()
	over := func(g api.Gauge, share float64) bool { return g.Limit > 0 && g.Value > share*g.Limit }
	note(over(now.Memory, nearlyFull), "memory_high", false, "")
	note(over(now.CPU, busy), "cpu_high", false, "")
	note(over(now.Uplink, nearlyFull), "uplink_full", false, "")
	note(over(now.People, nearlyFull), "people_full", false, "")
	note(b.server.engine.Stats().VideosMost > 0, "pictures_shed", false, "")
	note(b.server.pages.Stats().Panics > 0, "panics", false, "")
	return h
}

// nightly makes a snapshot in the quiet hours when the last is from another night; a server that is never on at night gets
// one when the last is two days old.
func (b *box) nightly(ctx context.Context, now time.Time) {
	if now.Sub(b.started) < time.Hour {
		return
	}
	all, err := b.store.Snapshots()
	if err != nil {
		return // Health tells
	}
	age := time.Duration(math.MaxInt64)
	if len(all) > 0 {
		age = now.Sub(all[0].Made)
	}
	minute := now.Hour()*60 + now.Minute()
	from, to := b.config().Files.QuietFrom, b.config().Files.QuietTo
	quiet := minute >= from && minute < to || from > to && (minute >= from || minute < to)
	if age > 48*time.Hour || quiet && age > 20*time.Hour {
		if _, err := b.Snapshot(ctx); err != nil {
			b.log.Error("the nightly snapshot of the database failed", "error", err)
		}
	}
}

// disk is what the data folder's disk has taken, of how much.
func (b *box) disk() api.Gauge {
	free, total, ok := diskSpace(b.base.Data)
	if !ok {
		return api.Gauge{}
	}
	return api.Gauge{Value: float64(total - free), Limit: float64(total)}
}
