package api

import (
	"net/http"

	"tablee/pad/yjs"
	"tablee/reply"
	"tablee/room"
)

func (c *call) history() error {
	from, list, err := c.hub().History(c.r.Context(), c.pad)
	if err != nil {
		return err
	}
	type step struct {
		N       int64 `json:"n"`
		At      int64 `json:"at"`
		Authors []int `json:"authors"`
		Size    int   `json:"size"`
	}
	steps := make([]step, len(list))
	for i, st := range list {
		authors := st.Authors
		if authors == nil {
			authors = []int{}
		}
		steps[i] = step{st.N, st.At.UnixMilli(), authors, len(st.Data)}
	}
	begin := c.pad.Created.UnixMilli()
	if !from.IsZero() {
		begin = from.UnixMilli()
	}
	return c.ok(map[string]any{"from": begin, "steps": steps})
}

func (c *call) step() error    { return c.past(false) }
func (c *call) version() error { return c.past(true) }

// past sends what a pad was.
func (c *call) past(version bool) error {
	n, err := c.number()
	if err != nil {
		return err
	}
	u, err := c.hub().At(c.r.Context(), c.pad, n, version)
	if err != nil {
		return err
	}
	if c.r.URL.Query().Get("format") == "text" {
		return c.ok(map[string]string{"text": yjs.NewDoc(u).Text(yjs.TextRoot)})
	}
	c.w.Header().Set("Content-Type", "application/octet-stream")
	c.w.Header().Set("Cache-Control", "no-store")
	_, _ = c.w.Write(u.Encode()) // who has gone away does not need the answer
	return nil
}

func (c *call) forget() error { return c.done(c.hub().ForgetHistory(c.r.Context(), c.pad)) }

func (c *call) restore() error {
	var body struct{ Step, Version *int64 }
	if err := read(c.w, c.r, maxBody, &body); err != nil {
		return err
	}
	if (body.Step == nil) == (body.Version == nil) {
		return &room.Error{Code: room.CodeBadMessage, Message: "either a step or a version is restored"}
	}
	n, version := body.Step, false
	if n == nil {
		n, version = body.Version, true
	}
	text, err := c.hub().Restore(c.r.Context(), c.pad, c.who, *n, version)
	if err != nil {
		return err
	}
	return c.chars(text)
}

// chars answers how long a text is, in characters.
func (c *call) chars(text string) error {
	return c.ok(map[string]int{"chars": len([]rune(text))})
}

// named is a named version in the API.
type named struct {
	N      int    `json:"n"`
	Name   string `json:"name"`
	At     int64  `json:"at"`
	Author string `json:"author"`
	Size   int64  `json:"size"`
}

func namedOf(v room.PadVersion) named { return named{v.N, v.Name, v.At.UnixMilli(), v.Author, v.Size} }

func (c *call) versions() error {
	list, err := c.hub().Versions(c.r.Context(), c.pad)
	if err != nil {
		return err
	}
	versions := make([]named, len(list))
	for i, v := range list {
		versions[i] = namedOf(v)
	}
	return c.ok(map[string]any{"versions": versions})
}

func (c *call) addVersion() error {
	var body struct{ Name string }
	if err := read(c.w, c.r, maxBody, &body); err != nil {
		return err
	}
	v, err := c.hub().SaveVersion(c.r.Context(), c.pad, c.who, body.Name)
	if err != nil {
		return err
	}
	reply.JSON(c.w, http.StatusCreated, namedOf(v))
	return nil
}

func (c *call) removeVersion() error {
	n, err := c.number()
	if err != nil {
		return err
	}
	return c.done(c.hub().DeleteVersion(c.r.Context(), c.pad, int(n)))
}
