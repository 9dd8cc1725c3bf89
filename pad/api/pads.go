package api

import (
	"net/http"
	"strings"
	"time"

	"tablee/pad"
	"tablee/reply"
	"tablee/room"
)

// found is a pad in a list. Snippet is pieces of text, and whether each is a match.
type found struct {
	pad.Info
	Snippet [][2]any `json:"snippet,omitempty"`
}

func (h *Handler) list(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("room")
	who, err := h.cfg.Hub.InRoom(r.Context(), access(r), name)
	if err != nil {
		h.refuseError(w, r, err)
		return
	}
	list, err := h.cfg.Hub.List(r.Context(), name, r.URL.Query().Get("q"))
	if err != nil {
		h.refuseError(w, r, err)
		return
	}
	pads := make([]found, len(list))
	for i, f := range list {
		right := who.Right
		if right < room.PadOwn {
			right = f.Guests
		}
		pads[i] = found{pad.InfoFor(f.Pad, right), pieces(f.Snippet)}
	}
	reply.JSON(w, http.StatusOK, map[string]any{"pads": pads})
}

// pieces takes a snippet of the search apart.
func pieces(snippet string) (out [][2]any) {
	for _, part := range strings.FieldsFunc(strings.ReplaceAll(snippet, "\x02", "\x03\x02"), func(r rune) bool { return r == '\x03' }) {
		text, match := strings.CutPrefix(part, "\x02")
		if text != "" {
			out = append(out, [2]any{text, match})
		}
	}
	return out
}

func (h *Handler) create(w http.ResponseWriter, r *http.Request) {
	who := pad.Who{Right: room.PadOwn}
	var body struct {
		Room, Title, Kind, Text string
		Main                    bool
	}
	err := read(w, r, maxText, &body)
	if err == nil && body.Room != "" {
		who, err = h.cfg.Hub.InRoom(r.Context(), access(r), body.Room)
	}
	if err == nil && body.Room == "" && access(r) != "" { // web charges a rate for pads without a room, and knows them by this
		err = &room.Error{Code: room.CodeBadMessage, Message: "a pad on its own is made without an Authorization"}
	}
	if err != nil {
		h.refuseError(w, r, err)
		return
	}
	p, own, write, created, err := h.cfg.Hub.Create(r.Context(), pad.NewPad{Room: body.Room, Title: body.Title, Kind: body.Kind, Main: body.Main, Text: body.Text}, who)
	if err != nil {
		h.refuseError(w, r, err)
		return
	}
	if who.Right < room.PadOwn {
		who.Right = p.Guests
	}
	status, out := http.StatusOK, map[string]any{"pad": pad.InfoFor(p, who.Right)}
	if created {
		status = http.StatusCreated
	}
	if own != "" {
		out["links"] = map[string]string{"own": own, "write": write}
	}
	reply.JSON(w, status, out)
}

func (c *call) info(p room.Pad) error { return c.ok(pad.InfoFor(p, c.who.Right)) }

func (c *call) show() error { return c.info(c.pad) }

func (c *call) change() error {
	var body struct {
		Title, Guests *string
		Retain        *int
	}
	if err := read(c.w, c.r, maxBody, &body); err != nil {
		return err
	}
	s := pad.Settings{Title: body.Title, Retain: body.Retain}
	if body.Guests != nil {
		right := room.ParsePadRight(*body.Guests)
		s.Guests = &right
	}
	if c.who.Right < room.PadOwn && (s.Guests != nil || s.Retain != nil) {
		return &room.Error{Code: room.CodeForbidden, Message: "only who owns the pad may change this"}
	}
	p, err := c.hub().Change(c.r.Context(), c.pad, s)
	if err != nil {
		return err
	}
	return c.info(p)
}

func (c *call) remove() error { return c.done(c.hub().Delete(c.r.Context(), c.pad)) }

func (c *call) publish() error {
	p, err := c.hub().Publish(c.r.Context(), c.pad, true)
	if err != nil {
		return err
	}
	return c.ok(map[string]string{"published": pad.PublishedPath + p.Published})
}

func (c *call) unpublish() error {
	_, err := c.hub().Publish(c.r.Context(), c.pad, false)
	return c.done(err)
}

func (c *call) recover() error {
	if !c.pad.Broken {
		return &room.Error{Code: room.CodeBadMessage, Message: "the pad is not broken"}
	}
	return c.done(c.hub().Recover(c.r.Context(), c.pad))
}

// link is a link in the API; Access is told once.
type link struct {
	N       int    `json:"n"`
	Right   string `json:"right"`
	Expires int64  `json:"expires"`
	Created int64  `json:"created"`
	Note    string `json:"note"`
	Mine    bool   `json:"mine,omitempty"` // the asker came by it
	Access  string `json:"access,omitempty"`
}

func linkOf(l room.PadLink, access string) link {
	expires := int64(0)
	if !l.Expires.IsZero() {
		expires = l.Expires.UnixMilli()
	}
	return link{N: l.N, Right: l.Right.String(), Expires: expires, Created: l.Created.UnixMilli(), Note: l.Note, Access: access}
}

func (c *call) links() error {
	list, err := c.hub().Links(c.r.Context(), c.pad)
	if err != nil {
		return err
	}
	links := make([]link, len(list))
	for i, l := range list {
		links[i] = linkOf(l, "")
		links[i].Mine = l.N == c.who.Link
	}
	return c.ok(map[string]any{"links": links})
}

func (c *call) addLink() error {
	var body struct {
		Right, Note string
		Expires     int64
	}
	if err := read(c.w, c.r, maxBody, &body); err != nil {
		return err
	}
	var expires time.Time
	if body.Expires != 0 {
		expires = time.UnixMilli(body.Expires)
	}
	l, access, err := c.hub().AddLink(c.r.Context(), c.pad, room.ParsePadRight(body.Right), expires, body.Note)
	if err != nil {
		return err
	}
	reply.JSON(c.w, http.StatusCreated, linkOf(l, access))
	return nil
}

func (c *call) removeLink() error {
	n, err := c.number()
	if err != nil {
		return err
	}
	return c.done(c.hub().DeleteLink(c.r.Context(), c.pad, int(n)))
}

func (c *call) text() error {
	text, err := c.hub().Text(c.r.Context(), c.pad)
	if err != nil {
		return err
	}
	return c.ok(map[string]string{"text": text})
}

func (c *call) authors() error {
	authors, clients, err := c.hub().Authors(c.r.Context(), c.pad)
	if err != nil {
		return err
	}
	type author struct {
		N     int    `json:"n"`
		Name  string `json:"name"`
		Color string `json:"color"`
	}
	list := make([]author, len(authors))
	for i, a := range authors {
		list[i] = author{a.N, a.Name, a.Color}
	}
	return c.ok(map[string]any{"authors": list, "clients": clients})
}
