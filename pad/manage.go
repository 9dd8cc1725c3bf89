package pad

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tablee/pad/yjs"
	"tablee/room"
)

// Bounds of what is said about a pad.
const (
	MaxTitle  = 200  // characters
	MaxNote   = 100  // characters of a link's note and of a version's name
	MaxRetain = 3650 // days
	maxLinks  = 100  // of one pad
	maxListed = 200  // pads in one list
)

// New pad, as the API takes it.
type NewPad struct {
	Room, Title, Kind string
	Main              bool
	Text              string
}

// cleanLine makes a title that can be shown on one line.
func cleanLine(s string, most int) (string, error) {
	s = strings.Join(strings.Fields(s), " ")
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > most || strings.ContainsFunc(s, unicode.IsControl) {
		return "", &room.Error{Code: room.CodeBadMessage, Message: "a title or name is too long, or has invisible characters in it"}
	}
	return s, nil
}

// Create makes a pad; links are an owner's and a writer's access of a pad on its own.
func (h *Hub) Create(ctx context.Context, n NewPad, who Who) (p room.Pad, own, write string, created bool, err error) {
	title, err := cleanLine(n.Title, MaxTitle)
	if err != nil {
		return p, "", "", false, err
	}
	if n.Kind == "" {
		n.Kind = room.PadText
	}
	if n.Kind != room.PadText && n.Kind != room.PadBoard || n.Main && n.Room == "" {
		return p, "", "", false, &room.Error{Code: room.CodeBadMessage, Message: "the kind must be text or board, and only a room has a main pad"}
	}
	now := h.cfg.Now().UTC().Truncate(time.Millisecond)
	p = room.Pad{ID: newSecret(), Room: n.Room, Kind: n.Kind, Title: title, Created: now, Changed: now, Guests: room.PadWrite, Main: n.Main}
	var links []room.PadLink
	if n.Room == "" {
		own, write = newSecret(), newSecret()
		links = []room.PadLink{
			{Hash: hashSecret(own), Right: room.PadOwn, Created: now},
			{Hash: hashSecret(write), Right: room.PadWrite, Created: now},
		}
		own, write = byLink+own, byLink+write
	}
	if created, err = h.cfg.Store.CreatePad(ctx, &p, links, MaxPads); err != nil || !created {
		return p, "", "", false, err
	}
	if n.Text != "" {
		if _, err := h.Edit(ctx, p, who, func(string) string { return n.Text }); err != nil {
			return p, "", "", false, err
		}
	}
	return p, own, write, true, nil
}

// List lists a room's pads; query are words that a pad must have.
func (h *Hub) List(ctx context.Context, name, query string) ([]room.PadFound, error) {
	if q := searchFor(query); q != "" {
		return h.cfg.Store.SearchPads(ctx, name, q, maxListed)
	}
	return h.cfg.Store.RoomPads(ctx, name, maxListed)
}

// searchFor is the FTS5 query for all of the words, of which the last may be a beginning. Each is quoted, so that none
// is an operator.
func searchFor(words string) string {
	const most = 16
	fields := strings.FieldsFunc(words, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.Is(unicode.M, r) })
	var parts []string
	for _, f := range fields[:min(len(fields), most)] {
		parts = append(parts, `"`+f+`"`)
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, " ") + " *"
}

// Settings are what can be changed of a pad; nil stays.
type Settings struct {
	Title  *string
	Guests *room.PadRight
	Retain *int
}

// Change changes a pad's settings; who is connected hears of it at once.
func (h *Hub) Change(ctx context.Context, p room.Pad, s Settings) (room.Pad, error) {
	var err error
	if s.Title != nil {
		if p.Title, err = cleanLine(*s.Title, MaxTitle); err != nil {
			return p, err
		}
	}
	if s.Guests != nil {
		if *s.Guests < room.PadRead || *s.Guests > room.PadWrite {
			return p, &room.Error{Code: room.CodeBadMessage, Message: "guests may read, comment or write"}
		}
		p.Guests = *s.Guests
	}
	if s.Retain != nil {
		if *s.Retain < 0 || *s.Retain > MaxRetain {
			return p, &room.Error{Code: room.CodeBadMessage, Message: "a pad is kept for 1 to 3650 days, or with 0 for ever"}
		}
		p.Retain = *s.Retain
	}
	return p, h.update(ctx, p)
}

// Publish gives a pad a page of its own, or takes it away.
func (h *Hub) Publish(ctx context.Context, p room.Pad, on bool) (room.Pad, error) {
	switch {
	case !on:
		p.Published = ""
	case p.Published == "":
		p.Published = newSecret()
	}
	return p, h.update(ctx, p)
}

// update stores a pad's settings and tells those who are connected.
func (h *Hub) update(ctx context.Context, p room.Pad) error {
	if err := h.cfg.Store.UpdatePad(ctx, p); err != nil {
		return err
	}
	o := h.opened(p.Key)
	if o == nil {
		return nil
	}
	o.mu.Lock()
	p.Changed, p.Size = o.pad.Changed, o.pad.Size
	o.pad = p
	for c := range o.conns {
		if c.events {
			c.push(eventFrame(padEvent{T: "pad", Pad: InfoFor(p, c.who.Right)}))
		}
	}
	o.mu.Unlock()
	o.checkRights(ctx, h.cfg.Now())
	return nil
}

// Delete deletes a pad and all that belongs to it, and ends its connections.
func (h *Hub) Delete(ctx context.Context, p room.Pad) error {
	if o := h.opened(p.Key); o != nil {
		o.mu.Lock()
		o.gone = true
		o.mu.Unlock()
		o.endAll(ending{code: CloseGone, bye: string(room.CodePadUnknown), drop: true})
		if err := h.cfg.Store.DeletePad(ctx, p.Key); err != nil {
			o.mu.Lock()
			o.gone = false
			o.mu.Unlock()
			return err
		}
		h.mu.Lock()
		delete(h.open, p.Key)
		delete(h.dirty, o)
		h.mu.Unlock()
		return nil
	}
	return h.cfg.Store.DeletePad(ctx, p.Key)
}

// AddLink makes a link; access is told this once.
func (h *Hub) AddLink(ctx context.Context, p room.Pad, right room.PadRight, expires time.Time, note string) (l room.PadLink, access string, err error) {
	if note, err = cleanLine(note, MaxNote); err != nil {
		return l, "", err
	}
	now := h.cfg.Now()
	if right == room.PadNone || !expires.IsZero() && !expires.After(now) {
		return l, "", &room.Error{Code: room.CodeBadMessage, Message: "a link is for read, comment, write or own, and expires in the future"}
	}
	there, err := h.cfg.Store.PadLinks(ctx, p.Key)
	if err != nil {
		return l, "", err
	}
	if len(there) >= maxLinks {
		return l, "", &room.Error{Code: room.CodePadsFull, Message: "the pad has as many links as it may; delete some"}
	}
	secret := newSecret()
	l = room.PadLink{Hash: hashSecret(secret), Right: right, Expires: expires, Created: now.UTC().Truncate(time.Millisecond), Note: note}
	return l, byLink + secret, h.cfg.Store.AddPadLink(ctx, p.Key, &l)
}

// Links lists a pad's links.
func (h *Hub) Links(ctx context.Context, p room.Pad) ([]room.PadLink, error) {
	return h.cfg.Store.PadLinks(ctx, p.Key)
}

// DeleteLink deletes a link and disconnects its holders.
func (h *Hub) DeleteLink(ctx context.Context, p room.Pad, n int) error {
	if err := h.cfg.Store.DeletePadLink(ctx, p.Key, n); err != nil {
		return err
	}
	if o := h.opened(p.Key); o != nil {
		o.checkRights(ctx, h.cfg.Now())
	}
	return nil
}

// SaveVersion gives the document as it is now a name.
func (h *Hub) SaveVersion(ctx context.Context, p room.Pad, who Who, name string) (v room.PadVersion, err error) {
	if name, err = cleanLine(name, MaxNote); err != nil {
		return v, err
	}
	u, err := h.Document(ctx, p)
	if err != nil {
		return v, err
	}
	v = room.PadVersion{Name: name, At: h.cfg.Now().UTC().Truncate(time.Millisecond), Author: who.User.Name, Data: u.Encode()}
	v.Size = int64(len(v.Data))
	return v, h.cfg.Store.AddPadVersion(ctx, p.Key, &v, MaxVersions)
}

// Versions lists a pad's named versions.
func (h *Hub) Versions(ctx context.Context, p room.Pad) ([]room.PadVersion, error) {
	return h.cfg.Store.PadVersions(ctx, p.Key)
}

// DeleteVersion deletes a named version.
func (h *Hub) DeleteVersion(ctx context.Context, p room.Pad, n int) error {
	return h.cfg.Store.DeletePadVersion(ctx, p.Key, n)
}

// Restore makes a pad's text what it was, as a new change.
func (h *Hub) Restore(ctx context.Context, p room.Pad, who Who, n int64, version bool) (string, error) {
	u, err := h.At(ctx, p, n, version)
	if err != nil {
		return "", err
	}
	text := yjs.NewDoc(u).Text(yjs.TextRoot)
	return h.Edit(ctx, p, who, func(string) string { return text })
}

// ForgetHistory forgets all but the document as it is now, and named versions.
func (h *Hub) ForgetHistory(ctx context.Context, p room.Pad) error {
	content, err := h.cfg.Store.PadContent(ctx, p.Key)
	if err != nil || len(content.Steps) == 0 {
		return err
	}
	u, err := documentOf(content, -1)
	if err != nil {
		return errBroken()
	}
	last := content.Steps[len(content.Steps)-1]
	base := room.PadStep{At: last.At, Data: yjs.Compact(u).Encode()}
	if err := h.cfg.Store.ForgetHistory(ctx, p.Key, last.N, base); err != nil {
		return err
	}
	if o := h.opened(p.Key); o != nil {
		o.mu.Lock()
		o.steps, o.stepSize = 0, 0
		o.mu.Unlock()
	}
	return nil
}

// Authors are those who wrote, and whose Yjs client ids are whose.
func (h *Hub) Authors(ctx context.Context, p room.Pad) (authors []room.PadAuthor, clients map[uint64]int, err error) {
	o, err := h.acquire(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	defer h.release(o)
	o.mu.Lock()
	defer o.mu.Unlock()
	clients = make(map[uint64]int, len(o.clients))
	for client, author := range o.clients {
		clients[client] = author
	}
	return slices.Clone(o.authors), clients, nil
}

// Recover makes a pad usable again that was set aside: with all that can be read before the first damage, or else the
// last text that the search knew. The damaged rows are kept aside.
func (h *Hub) Recover(ctx context.Context, p room.Pad) error {
	content, err := h.cfg.Store.PadContent(ctx, p.Key)
	if err != nil {
		return err
	}
	var good *yjs.Update
	if u, err := documentOf(room.PadContent{Base: content.Base}, -1); err == nil {
		good = u
		for _, st := range content.Steps {
			u, err := documentOf(room.PadContent{Steps: []room.PadStep{st}}, -1)
			if err != nil {
				break
			}
			good = yjs.Merge(good, u)
		}
	}
	if good == nil || good.Empty() {
		text, err := h.cfg.Store.IndexedText(ctx, p.Key)
		if err != nil {
			return err
		}
		const client = 1
		good = yjs.NewDoc(&yjs.Update{}).ReplaceText(yjs.TextRoot, client, text)
	}
	return h.cfg.Store.SetStepsAside(ctx, p.Key, room.PadStep{At: p.Changed, Data: good.Encode()})
}
