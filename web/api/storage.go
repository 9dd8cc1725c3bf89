package api

import (
	"slices"
	"time"

	"tablee/room"
)

// MaxShares is how many rooms, groups and members Storage names: those that take most.
const MaxShares = 50

// maxPurgeDays is the greatest age that a purge can be told, in days.
const maxPurgeDays = 3650

// Storage is what takes room, in bytes. No file, pad or link is named.
type Storage struct {
	Disk      Gauge      `json:"disk"`
	Floor     int64      `json:"floor"`    // of the disk, which files leave free
	Database  int64      `json:"database"` // its file and its log
	Files     Gauge      `json:"files"`    // against their quota
	Parts     []Part     `json:"parts"`    // the data folder by what is in it, in an order of ours; they do not overlap
	Shares    []Share    `json:"shares"`   // the greatest first, MaxShares at most
	More      int        `json:"more"`     // shares that are not listed
	Snapshots []Snapshot `json:"snapshots"`
}

// Part is a sort of things; the page has words for each code.
type Part struct {
	Code  string `json:"code"`
	Bytes int64  `json:"bytes"`
	Count int    `json:"count"` // 0 where there is nothing to count
}

// Share is what a room, a group, a member or all members together take.
type Share struct {
	Kind     string `json:"kind"` // room, group, member or everyone
	ID       string `json:"id"`   // of the group or account; a room's name
	Name     string `json:"name"` // "" for everyone
	Bytes    int64  `json:"bytes"`
	Files    Gauge  `json:"files"` // versions, trash and uploads count, too
	Versions int64  `json:"versions"`
	Trash    int64  `json:"trash"`
	Uploads  int64  `json:"uploads"`
	Pads     int64  `json:"pads"` // with their history
	Chat     int64  `json:"chat"`
}

// Snapshot is a copy of the database on the server's own disk.
type Snapshot struct {
	Name    string `json:"name"`
	Size    int64  `json:"size"`
	Created string `json:"created"`
}

// Freed is what a purge has done about a sort of things.
type Freed struct {
	What   string `json:"what"`
	Count  int    `json:"count"`
	Bytes  int64  `json:"bytes"`  // that the disk has back
	Stuck  int    `json:"stuck"`  // contents that the disk did not let go
	More   bool   `json:"more"`   // there was no time for all; ask again
	Failed bool   `json:"failed"` // it was broken off; the log tells why
}

// purged is the answer to a purge.
type purged struct {
	Freed []Freed `json:"freed"`
	Bytes int64   `json:"bytes"` // of all together
	Disk  Gauge   `json:"disk"`  // afterwards
}

func serverStorage(c *call) (any, error) { return c.cfg.Server.Storage(c.r.Context()) }

func purge(c *call) (any, error) {
	var b struct {
		What []string
		Days int
	}
	if err := c.body(&b); err != nil {
		return nil, err
	}
	known := []string{"trash", "versions", "uploads", "drops"}
	for i, what := range b.What {
		if !slices.Contains(known, what) || slices.Contains(b.What[:i], what) {
			return nil, refused(room.CodeBadMessage, "what is a list of trash, versions, uploads and drops, each once at most")
		}
	}
	if len(b.What) == 0 || b.Days < 0 || b.Days > maxPurgeDays {
		return nil, refused(room.CodeBadMessage, "say what to take away, and of which age: days is 0 to 3650")
	}
	freed, err := c.cfg.Server.Purge(c.r.Context(), b.What, time.Duration(b.Days)*24*time.Hour)
	if err != nil {
		return nil, err
	}
	p := purged{Freed: freed, Disk: c.cfg.Server.Now().Disk}
	for _, f := range freed {
		p.Bytes += f.Bytes
	}
	return p, nil
}
