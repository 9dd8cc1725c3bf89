package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"tablee/cmd/tablee/config"
	"tablee/files"
	"tablee/room"
	"tablee/web/api"
)

// Settings that change while the server runs. The options, the environment and the settings file have the last word: who
// writes something there means it. Then what an admin has set counts, and lies in the store; then the default.

// valuesKey is where what admins have set lies in the store: a JSON object of values by the names of their keys, as they
// would be typed on the command line.
const valuesKey = "values"

// liveKey is where the two settings lay that were the first to change at run time.
const liveKey = "live"

// adminPlace is the place of a setting that an admin has made.
const adminPlace = "admin"

// inForce is what is in force at a moment; nobody changes one.
type inForce struct {
	cfg    config.Config
	values map[string]string // by admins; those that the settings file overrules too
}

// config is what is in force now.
func (b *box) config() *config.Config { return &b.live.Load().cfg }

// readSettings puts into force what was stored. A value that this version of the program refuses is left where it is.
func (b *box) readSettings(ctx context.Context) error {
	now := &inForce{cfg: b.base, values: map[string]string{}}
	value, err := b.store.Setting(ctx, valuesKey)
	if err == nil && value == nil {
		err = b.readFirst(ctx, now.values)
	} else if err == nil {
		err = json.Unmarshal(value, &now.values)
	}
	if err != nil {
		return fmt.Errorf("read the settings of the admin page: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(now.values)) {
		if b.locked(name) {
			continue
		}
		cfg, err := now.cfg.With(map[string]string{name: now.values[name]})
		if err != nil {
			b.log.Warn("a setting of the admin page is not in force", "reason", err)
			continue
		}
		now.cfg = cfg
	}
	b.live.Store(now)
	if b.level != nil {
		b.level.Set(now.cfg.Log.Level)
	}
	return nil
}

// readFirst reads what was stored before there were values.
func (b *box) readFirst(ctx context.Context, values map[string]string) error {
	value, err := b.store.Setting(ctx, liveKey)
	if err != nil || value == nil {
		return err
	}
	var old struct {
		OpenRooms string `json:"open_rooms"`
		Uplink    int    `json:"uplink"`
	}
	if err := json.Unmarshal(value, &old); err != nil {
		return err
	}
	values["rooms.open"], values["media.uplink"] = old.OpenRooms, fmt.Sprint(old.Uplink)
	return nil
}

// locked says that an option, the environment or the settings file has the last word about a setting.
func (b *box) locked(name string) bool {
	return slices.ContainsFunc(b.settings, func(s config.Shown) bool { return s.Name == name && !s.ByDefault() })
}

// Openers implements api.Changed.
func (b *box) Openers() room.Role {
	role, _ := room.ParseRole(b.config().Rooms.Open)
	return max(role, room.Guest)
}

// Front implements api.Watched.
func (b *box) Front() api.Front { return api.Front{Name: b.config().Name, Welcome: b.config().Welcome} }

// Settings implements api.Changed.
func (b *box) Settings() []api.Setting {
	values := b.live.Load().values
	all := []api.Setting{}
	for _, s := range b.settings {
		x := api.Setting{Name: s.Name, Value: s.Value, Default: s.Key.Default, Place: s.Place, Help: s.Help, Allowed: s.Allowed, Kind: s.Kind(), Choices: s.Choices,
			Low: s.Low, High: s.High, Live: s.Live, Locked: s.Live && !s.ByDefault(), Set: s.Set}
		if value, there := values[s.Name]; there && s.Live && !x.Locked {
			x.Value, x.Place, x.Set = value, adminPlace, value != ""
		}
		if s.Secret {
			x.Value = ""
		}
		all = append(all, x)
	}
	return all
}

// Change implements api.Changed: first on the disk, then in effect.
func (b *box) Change(ctx context.Context, wanted map[string]*string) error {
	b.changing.Lock()
	defer b.changing.Unlock()
	next := inForce{values: maps.Clone(b.live.Load().values)}
	for name, value := range wanted {
		switch {
		case b.locked(name):
			return &room.Error{Code: room.CodeForbidden, Message: "an option, the environment or the settings file has the last word about " + name + "; change it there"}
		case value == nil:
			delete(next.values, name)
		default:
			next.values[name] = *value
		}
	}
	counting := maps.Clone(next.values)
	maps.DeleteFunc(counting, func(name, _ string) bool { return b.locked(name) })
	var err error
	if next.cfg, err = b.base.With(counting); err != nil {
		return &room.Error{Code: room.CodeBadMessage, Message: err.Error()}
	}
	value, err := json.Marshal(next.values)
	if err != nil {
		return fmt.Errorf("write the settings: %w", err)
	}
	if err := b.store.SetSetting(ctx, valuesKey, value); err != nil {
		return err
	}
	b.live.Store(&next)
	b.enforce()
	return nil
}

// enforce tells the parts of the server what is in force. What asks anew each time needs no word.
func (b *box) enforce() {
	c := b.config()
	if b.level != nil {
		b.level.Set(c.Log.Level)
	}
	if s := b.server; s != nil {
		s.engine.SetUplink(1000 * c.Media.Uplink)
		s.engine.SetServerProfile(c.Media.Profile)
		s.hub.SetServerProfile(c.Media.Profile)
		s.hub.SetMaxParticipants(c.Rooms.MaxParticipants)
		s.files.SetLimits(fileLimits(c.Files))
		s.padAPI.SetAPIKey(c.Pads.APIKey)
	}
}

func fileLimits(c config.Files) files.Limits {
	return files.Limits{Server: c.Quota, Room: c.Room, Drop: c.Drop, Owner: c.Member, Group: c.Group, Floor: c.Floor, TrashDays: c.TrashDays, Drops: c.Drops,
		Quiet: files.Quiet{From: c.QuietFrom, To: c.QuietTo}}
}
