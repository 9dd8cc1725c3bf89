package api

import (
	"net/http"
)

// Now is how the server is at this moment. Of people there are only numbers.
type Now struct {
	Version string    `json:"version"`
	Uptime  int64     `json:"uptime"` // seconds
	Rooms   []RoomNow `json:"rooms"`  // live meetings, the fullest first
	People  Gauge     `json:"people"`
	Uplink  Gauge     `json:"uplink"` // bit/s that all outside are sent; the limit is 0 for none
	CPU     Gauge     `json:"cpu"`    // percent of all cores
	Memory  Gauge     `json:"memory"` // bytes
	Disk    Gauge     `json:"disk"`   // bytes
}

// RoomNow is a live meeting.
type RoomNow struct {
	Name   string `json:"name"`
	People int    `json:"people"`
}

// Gauge is a figure and what it may be at most; 0 for no limit.
type Gauge struct {
	Value float64 `json:"value"`
	Limit float64 `json:"limit"`
}

// History is the last hour, the oldest first.
type History struct {
	Every  int       `json:"every"`  // seconds between two
	People []float64 `json:"people"` // each in the unit of Now
	Uplink []float64 `json:"uplink"`
	CPU    []float64 `json:"cpu"`
}

// Health is what wants attention. What is well is not in it.
type Health struct {
	Notices []Notice `json:"notices"`
}

// Notice is one thing that wants attention; the page has words and a remedy for each code.
type Notice struct {
	Code   string `json:"code"`
	Bad    bool   `json:"bad"`              // something does not work, now; otherwise it is a warning
	Detail string `json:"detail,omitempty"` // a name of ours, a number, a certificate's warning
}

// Report is what the checks of the network have found, in the words of `tablee doctor`.
type Report struct {
	Verdict string  `json:"verdict"`
	Checks  []Check `json:"checks"`
}

// Check is one of them.
type Check struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Verdict string `json:"verdict"` // ok, unknown, warn or fail
	Text    string `json:"text"`
	Remedy  string `json:"remedy,omitempty"`
}

// Line is a line of the log. No person is in it.
type Line struct {
	At    string `json:"at"`
	Level string `json:"level"`
	Text  string `json:"text"`
}

// Front is what the front page says of this server.
type Front struct {
	Name    string `json:"name"`    // "" for none
	Welcome string `json:"welcome"` // "" for none
}

// Setting is one setting of the server. Those that are not Live are changed in the settings file, and need a restart.
type Setting struct {
	Name    string   `json:"name"`
	Value   string   `json:"value"` // as it would be typed; "" for none, and for a secret
	Default string   `json:"default"`
	Place   string   `json:"place"` // where it was set: admin for this page, default for nowhere
	Help    string   `json:"help"`
	Allowed string   `json:"allowed"`
	Kind    string   `json:"kind"` // number, choice, secret or text
	Choices []string `json:"choices,omitempty"`
	Low     int      `json:"low,omitempty"` // of a number that is Live
	High    int      `json:"high,omitempty"`
	Set     bool     `json:"set"`    // it has a value, which may be a secret
	Live    bool     `json:"live"`   // it changes while the server runs
	Locked  bool     `json:"locked"` // an option, the environment or the settings file has the last word about it
}

func serverNow(c *call) (any, error)     { return c.cfg.Server.Now(), nil }
func serverHistory(c *call) (any, error) { return c.cfg.Server.History(), nil }
func serverHealth(c *call) (any, error)  { return c.cfg.Server.Health(c.r.Context()), nil }
func serverNetwork(c *call) (any, error) { return c.cfg.Server.Network(c.r.Context()), nil }
func serverSettings(c *call) (any, error) {
	return listOf(c.cfg.Server.Settings(), func(s Setting) Setting { return s }), nil
}
func snapshot(c *call) (any, error) { return c.cfg.Server.Snapshot(c.r.Context()) }

func serverLog(c *call) (any, error) {
	return listOf(c.cfg.Server.Log(), func(l Line) Line { return l }), nil
}

func changeServer(c *call) (any, error) {
	var b struct{ Values map[string]*string }
	if err := c.body(&b); err != nil {
		return nil, err
	}
	if err := c.cfg.Server.Change(c.r.Context(), b.Values); err != nil {
		return nil, err
	}
	return serverSettings(c)
}

// backup streams everything, to the machine's own console only: an admin of the page must not be able to read along.
func (a *API) backup(w http.ResponseWriter, r *http.Request) {
	c := &call{API: a, w: w, r: r}
	if _, err := c.allowed(route{need: console}); err != nil {
		a.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/x-tar")
	w.Header().Set("Cache-Control", "no-store")
	if err := a.cfg.Server.Backup(r.Context(), w); err != nil {
		a.cfg.Log.Error("a backup failed", "error", err)
		panic(http.ErrAbortHandler) // so that what came of it is not taken for whole
	}
}
