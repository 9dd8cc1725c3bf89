package config

import (
	"fmt"
	"strings"
	"time"
)

// Files says what may be kept, in bytes, and when nobody minds work.
type Files struct {
	Quota     int64 // for everything together
	Room      int64 // for one room
	Drop      int64 // for one drop
	Member    int64 // for one member
	Group     int64 // for one group, and for what all members share
	Floor     int64 // of the disk is never used
	TrashDays int
	Drops     bool  // whoever comes may drop files
	Rate      int64 // bytes a second for all transfers while somebody meets
	QuietFrom int   // minutes since midnight
	QuietTo   int
}

// Bounds of the settings, in MiB and days.
const (
	maxMiB       = 100_000_000
	maxTrashDays = 3650
)

const mib = 1 << 20

// fileKeys say what may be kept.
func fileKeys() []Key {
	size := func(name, value, help string, field func(*Config) *int64) Key {
		return Key{
			Name: "files." + name, Value: "MIB", Default: value, Help: help,
			Allowed: "a number of MiB from 0 to 100000000",
		}.number(0, maxMiB, func(c *Config, n int) { *field(c) = int64(n) * mib })
	}
	return []Key{
		size("quota", "20480", "What all files together may take, older versions and the trash too. 0 allows no files.",
			func(c *Config) *int64 { return &c.Files.Quota }),
		size("room_quota", "2048", "What the files of one room may take.", func(c *Config) *int64 { return &c.Files.Room }),
		size("drop_quota", "4096", "What may lie behind one link of /f/.", func(c *Config) *int64 { return &c.Files.Drop }),
		size("member_quota", "5120", "What the files of one member may take, wherever they are.", func(c *Config) *int64 { return &c.Files.Member }),
		size("group_quota", "10240", "What the files of one group may take, and what all members share (Team).", func(c *Config) *int64 { return &c.Files.Group }),
		size("floor", "512", "How much of the disk stays free whatever comes: uploads are refused below it, meetings go on.",
			func(c *Config) *int64 { return &c.Files.Floor }),
		Key{
			Name: "files.trash_days", Value: "N", Default: "30",
			Allowed: "a number of days from 1 to 3650",
			Help:    "How long what was deleted can be had back. Then it is gone for good, in the next quiet hours.",
		}.number(1, maxTrashDays, func(c *Config, n int) { c.Files.TrashDays = n }),
		Key{
			Name: "files.drops", Value: "WHO", Default: "everyone",
			Allowed: "everyone or nobody",
			Help:    "Who may share files behind a link (/f) without a room: everyone who can open the page, or nobody.",
		}.choice(func(c *Config, word string) { c.Files.Drops = word == "everyone" }, "everyone", "nobody"),
		Key{
			Name: "files.meeting_rate", Value: "KBIT", Default: "8000",
			Allowed: "a number of kbit/s from 0 to 10000000; 0 is no limit",
			Help: "What all uploads together, and all downloads together, may take while somebody is in a meeting; with " +
				"media.uplink, never more than a fifth of that. Between meetings nothing holds transfers up.",
		}.number(0, maxUplink, func(c *Config, n int) { c.Files.Rate = int64(n) * 1000 / 8 }),
		Key{
			Name: "files.quiet", Value: "HH:MM-HH:MM", Default: "02:00-05:00", set: setQuiet,
			Allowed: "two times of day such as 02:00-05:00",
			Help:    "When heavy work is done: emptying the trash, checking what is stored, mirroring. Local time.",
		}.live(),
	}
}

func setQuiet(c *Config, value string) error {
	from, to, ok := strings.Cut(value, "-")
	a, err := clock(from)
	b, berr := clock(to)
	if !ok || err != nil || berr != nil {
		return errNotAllowed
	}
	c.Files.QuietFrom, c.Files.QuietTo = a, b
	return nil
}

// clock reads HH:MM as minutes since midnight.
func clock(text string) (int, error) {
	t, err := time.Parse("15:04", text)
	if err != nil {
		return 0, fmt.Errorf("read a time of day: %w", err)
	}
	return t.Hour()*60 + t.Minute(), nil
}
