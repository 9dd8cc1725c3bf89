package main

import (
	"cmp"
	"context"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tablee/files"
	"tablee/room"
	"tablee/store"
	"tablee/web/api"
)

// What takes room in the data folder, and taking away what can be done without.

// holdings is what there is to add up.
type holdings struct {
	disk    onDisk
	spaces  []files.Share
	weights store.Weights
	names   map[files.Space]string // of groups and members
}

// onDisk is what lies in the data folder, in bytes.
type onDisk struct{ files, database, snapshots, aside, other int64 }

// Storage implements api.Watched.
func (b *box) Storage(ctx context.Context) (api.Storage, error) {
	all, err := b.store.Snapshots()
	if err != nil {
		return api.Storage{}, err
	}
	h, err := b.holdings(ctx)
	if err != nil {
		return api.Storage{}, err
	}
	c := b.config().Files
	s := api.Storage{Disk: b.disk(), Floor: c.Floor, Database: h.disk.database, Files: api.Gauge{Value: float64(h.disk.files), Limit: float64(c.Quota)},
		Parts: h.parts(len(all)), Shares: h.shares(), Snapshots: []api.Snapshot{}}
	if s.More = len(s.Shares) - api.MaxShares; s.More > 0 {
		s.Shares = s.Shares[:api.MaxShares]
	}
	s.More = max(s.More, 0)
	for _, snap := range all {
		s.Snapshots = append(s.Snapshots, snapshotOf(snap))
	}
	return s, nil
}

func (b *box) holdings(ctx context.Context) (h holdings, err error) {
	h = holdings{disk: lookAtDisk(b.base.Data), names: map[files.Space]string{}}
	if b.server != nil {
		h.spaces, err = b.server.files.Shares(ctx)
	} else {
		h.spaces, err = b.store.Shares(ctx)
	}
	if err != nil {
		return h, err
	}
	if h.weights, err = b.store.Weigh(ctx); err != nil {
		return h, err
	}
	groups, err := b.store.Groups(ctx)
	if err != nil {
		return h, err
	}
	for _, g := range groups {
		h.names[files.SpaceOf(files.KindTeam, g.ID)] = g.Name
	}
	people, err := b.store.ListAccounts(ctx)
	for _, a := range people {
		h.names[files.SpaceOf(files.KindUser, a.ID)] = a.Name
	}
	return h, err
}

// lookAtDisk adds up the data folder. What goes away meanwhile does not count.
func lookAtDisk(dir string) (d onDisk) {
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return nil
		}
		info, err := e.Info()
		if err != nil {
			return nil
		}
		inside, err := filepath.Rel(dir, path)
		if err != nil {
			return nil
		}
		part := &d.other
		switch top, _, _ := strings.Cut(filepath.ToSlash(inside), "/"); {
		case top == filesFolder:
			part = &d.files
		case top == store.FileName || top == store.FileName+"-wal":
			part = &d.database
		case strings.HasPrefix(top, store.FileName+"."):
			part = &d.aside
		case top == store.SnapshotFolder:
			part = &d.snapshots
		}
		*part += info.Size()
		return nil
	})
	return d
}

// parts is the data folder by what is in it.
func (h *holdings) parts(snapshots int) []api.Part {
	var present, drops, versions, trash, uploads, pads, kept, chat api.Part
	count := func(p *api.Part, a files.Amount) { p.Count, p.Bytes = p.Count+a.Count, p.Bytes+a.Bytes }
	for _, s := range h.spaces {
		here := &present
		if s.Space.Kind() == files.KindDrop {
			here = &drops
		}
		count(here, s.Files)
		count(&versions, s.Versions)
		count(&trash, s.Trash)
		count(&uploads, s.Uploads)
	}
	for _, r := range h.weights.Rooms {
		count(&pads, files.Amount{Count: r.Pads, Bytes: r.Steps})
		count(&kept, files.Amount{Bytes: r.Versions})
		count(&chat, files.Amount{Count: r.Messages, Bytes: r.Chat})
	}
	known := present.Bytes + drops.Bytes + versions.Bytes + trash.Bytes + uploads.Bytes
	rest := h.disk.database - pads.Bytes - kept.Bytes - chat.Bytes - h.weights.Free
	list := []api.Part{}
	add := func(code string, p api.Part) {
		list = append(list, api.Part{Code: code, Bytes: max(p.Bytes, 0), Count: p.Count})
	}
	add("files", present)
	add("drops", drops)
	add("versions", versions)
	add("trash", trash)
	add("uploads", uploads)
	add("pads", pads)
	add("pad_versions", kept)
	add("chat", chat)
	add("database", api.Part{Bytes: rest})
	add("database_free", api.Part{Bytes: h.weights.Free})
	add("snapshots", api.Part{Bytes: h.disk.snapshots, Count: snapshots})
	add("set_aside", api.Part{Bytes: h.disk.aside})
	add("other", api.Part{Bytes: h.disk.other + max(h.disk.files-known, 0)})
	return list
}

// shares is what rooms, groups and members take, the greatest first.
func (h *holdings) shares() []api.Share {
	rooms := map[string]store.Weight{}
	for _, w := range h.weights.Rooms {
		if w.Room != "" { // pads of no room are nobody's
			rooms[w.Room] = w
		}
	}
	list := []api.Share{}
	add := func(s api.Share, w store.Weight) {
		s.Pads, s.Chat = w.Steps+w.Versions, w.Chat
		if s.Bytes = int64(s.Files.Value) + s.Pads + s.Chat; s.Bytes > 0 {
			list = append(list, s)
		}
	}
	for _, s := range h.spaces {
		x := api.Share{Name: h.names[s.Space], Files: api.Gauge{Value: float64(s.Bytes()), Limit: float64(s.Quota)}, Versions: s.Versions.Bytes, Trash: s.Trash.Bytes, Uploads: s.Uploads.Bytes}
		_, x.ID, _ = strings.Cut(string(s.Space), "/")
		var w store.Weight
		switch s.Space.Kind() {
		case files.KindRoom:
			x.Kind, x.Name, w = "room", x.ID, rooms[x.ID]
			delete(rooms, x.ID)
		case files.KindUser:
			x.Kind = "member"
		case files.KindTeam:
			if x.Kind = "group"; s.Space == files.Everybody {
				x.Kind = "everyone"
			}
		default: // drops are nobody's, and what is gone is in the trash
			continue
		}
		add(x, w)
	}
	for name, w := range rooms {
		add(api.Share{Kind: "room", ID: name, Name: name}, w)
	}
	slices.SortFunc(list, func(x, y api.Share) int {
		return cmp.Or(cmp.Compare(y.Bytes, x.Bytes), strings.Compare(x.Kind, y.Kind), strings.Compare(x.ID, y.ID))
	})
	return list
}

// Purge implements api.Changed.
func (b *box) Purge(ctx context.Context, what []string, age time.Duration) ([]api.Freed, error) {
	if b.server == nil {
		return nil, &room.Error{Code: room.CodeBadMessage, Message: "no server runs on this data folder; start `tablee serve` first"}
	}
	if !b.purging.TryLock() {
		return nil, &room.Error{Code: room.CodeFileBusy, Message: "somebody purges at this moment; wait until they have ended"}
	}
	defer b.purging.Unlock()
	var list []api.Freed
	for _, w := range what {
		f, err := b.server.files.Free(ctx, files.Sort(w), time.Now().Add(-age))
		list = append(list, api.Freed{What: w, Count: f.Count, Bytes: f.Bytes, Stuck: f.Stuck, More: f.More, Failed: err != nil})
		if err != nil {
			b.log.Error("a purge was broken off", "what", w, "error", err)
		}
		b.log.Info("an admin had room made", "what", w, "count", f.Count, "bytes", f.Bytes)
	}
	return list, nil
}
