package pad

import (
	"context"
	"errors"
	"time"

	"tablee/room"
)

// Published finds a pad by the secret of its page.
func (h *Hub) Published(ctx context.Context, secret string) (room.Pad, error) {
	if secret == "" {
		return room.Pad{}, errUnknown()
	}
	return h.cfg.Store.PublishedPad(ctx, secret)
}

// CreateNamed makes a pad that another program calls name, with a link for readers.
func (h *Hub) CreateNamed(ctx context.Context, name, text string, who Who) error {
	title, err := cleanLine(name, MaxTitle)
	if err != nil {
		return err
	}
	p, _, _, _, err := h.Create(ctx, NewPad{Title: title}, who)
	if err != nil {
		return err
	}
	_, readonly, err := h.AddLink(ctx, p, room.PadRead, time.Time{}, "read-only")
	if err == nil {
		err = h.cfg.Store.NamePad(ctx, p.Key, name, readonly)
	}
	if err != nil { // nobody could reach it: two programs may make a pad of one name at once
		return errors.Join(err, h.Delete(context.WithoutCancel(ctx), p))
	}
	if text != "" {
		_, err = h.Edit(ctx, p, who, func(string) string { return text })
	}
	return err
}

// Named finds a pad by the name that another program gave it, and the access of its readers' link.
func (h *Hub) Named(ctx context.Context, name string) (p room.Pad, readonly string, err error) {
	return h.cfg.Store.NamedPad(ctx, name)
}

// Names are all those names.
func (h *Hub) Names(ctx context.Context) ([]string, error) { return h.cfg.Store.PadNames(ctx) }

// Present counts the connections of a pad.
func (h *Hub) Present(p room.Pad) int {
	o := h.opened(p.Key)
	if o == nil {
		return 0
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.conns)
}
