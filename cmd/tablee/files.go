package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"net/http"
	"net/netip"
	"path/filepath"
	"time"

	"tablee/accounts"
	"tablee/cmd/tablee/config"
	"tablee/files"
	"tablee/room"
	"tablee/web"
)

// filesFolder is the folder of contents in the data folder.
const filesFolder = "files"

// uplinkShare is the part of the uplink that transfers may take from a meeting.
const uplinkShare = 5

func (s *server) newFiles(cfg config.Config, rooms *room.Registry, passwords room.Passwords, key []byte, identify func(*http.Request) room.Identity) (*files.Files, error) {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("tablee files"))
	return files.New(context.Background(), files.Config{
		Dir: filepath.Join(cfg.Data, filesFolder), Store: s.store, Passes: s.hub, Hosts: rooms, Passwords: passwords, Members: members{s.accounts}, Team: team{s.accounts, identify}, Key: mac.Sum(nil),
		Limits: fileLimits(cfg.Files),
		Rate: func() int64 {
			if s.hub.Members() == 0 {
				return 0
			}
			return meetingRate(s.box.config())
		},
		Client: web.ClientAddr, Secure: web.OverTLS, Now: time.Now, Log: s.log,
	})
}

// meetingRate is how many bytes a second transfers may take while somebody meets; 0 for any number.
func meetingRate(c *config.Config) int64 {
	rate := c.Files.Rate
	if up := 1000 * int64(c.Media.Uplink) / 8 / uplinkShare; up > 0 && (rate == 0 || up < rate) {
		rate = up
	}
	return rate
}

// members tells the files who has an account.
type members struct{ accounts *accounts.Accounts }

// Member implements files.Members.
func (m members) Member(ctx context.Context, client netip.Addr, login, password string) (files.Member, error) {
	a, err := m.accounts.FromApp(ctx, client, login, password)
	return files.Member{ID: a.ID, Name: a.Name}, err
}

// team tells the files which members and groups there are.
type team struct {
	accounts *accounts.Accounts
	identify func(*http.Request) room.Identity
}

// Asks implements files.Team.
func (t team) Asks(r *http.Request) files.Member {
	who := t.identify(r)
	return files.Member{ID: who.Account, Name: who.Name}
}

// Seats implements files.Team.
func (t team) Seats(ctx context.Context, member string) (seats []files.Seat, ok bool, err error) {
	acc, err := t.accounts.Get(ctx, member)
	if room.CodeOf(err) == room.CodeAccountUnknown || err == nil && (acc.ID != member || !acc.Active()) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	groups, err := t.accounts.Groups(ctx)
	for _, g := range groups {
		for _, m := range g.Members {
			if m.Account == member {
				seats = append(seats, files.Seat{ID: g.ID, Name: g.Name, Manager: m.Manager})
			}
		}
	}
	return seats, true, err
}

// People implements files.Team.
func (t team) People(ctx context.Context) ([]files.Person, error) {
	list := []files.Person{}
	groups, err := t.accounts.Groups(ctx)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		list = append(list, files.Person{Who: "group/" + g.ID, Name: g.Name})
	}
	all, err := t.accounts.List(ctx)
	for _, a := range all {
		if a.Active() {
			list = append(list, files.Person{Who: "member/" + a.ID, Name: a.Name})
		}
	}
	return list, err
}

// filesMetrics tells sums only: no file, no name.
func (s *server) filesMetrics(m *web.Metrics) {
	c := s.files.Stats()
	for _, x := range []struct {
		name, help string
		value      int64
	}{
		{"uploads", "Files that came in whole.", c.Uploads},
		{"downloads", "Downloads begun.", c.Downloads},
		{"received_bytes", "Bytes of files that came in.", c.In},
		{"sent_bytes", "Bytes of files that went out.", c.Out},
		{"refused", "Requests about files that were refused.", c.Refused},
		{"disk_full", "Writes for which the disk had no room.", c.Full},
		{"damaged", "Parts that came with a wrong checksum.", c.Damaged},
		{"interrupted", "Uploads that broke off, to be gone on with.", c.Interrupted},
		{"checked", "Contents that were read again to see if they are what was stored.", c.Checked},
	} {
		m.Counter("tablee_files_"+x.name+"_total", x.help, float64(x.value))
	}
	m.Gauge("tablee_files_unsound", "Contents that are not what was stored any more: the disk has lost something.", float64(c.Unsound))
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if u, err := s.files.Used(ctx); err == nil {
		m.Gauge("tablee_files_bytes", "Bytes of files that are kept, older versions and the trash too.", float64(u.Bytes))
		m.Gauge("tablee_files_reserved_bytes", "Bytes that uploads under way will still take.", float64(u.Reserved))
		m.Gauge("tablee_files", "Files and folders that are kept.", float64(u.Nodes))
	}
}
