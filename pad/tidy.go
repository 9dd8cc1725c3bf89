package pad

import (
	"context"
	"time"

	"tablee/pad/yjs"
	"tablee/room"
)

// tidyForever looks after open pads and forgotten ones until ctx ends.
func (h *Hub) tidyForever(ctx context.Context) {
	var swept, checked time.Time
	for pause(ctx, tidyEvery) {
		now := h.cfg.Now()
		check := now.Sub(checked) >= checkEvery
		if check {
			checked = now
		}
		for _, o := range h.all() {
			if check {
				o.checkRights(ctx, now)
			}
			h.tidy(ctx, o, now)
		}
		if now.Sub(swept) >= sweepEvery {
			swept = now
			h.sweep(ctx, now)
		}
	}
}

func (h *Hub) all() []*openPad {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]*openPad, 0, len(h.open))
	for _, o := range h.open {
		list = append(list, o)
	}
	return list
}

// tidy indexes a pad that has changed, joins its old steps, and unloads it when nobody has had it open for a while.
func (h *Hub) tidy(ctx context.Context, o *openPad, now time.Time) {
	h.mu.Lock()
	idle := o.users == 0 && now.Sub(o.idleSince) >= idleAfter
	h.mu.Unlock()
	o.mu.Lock()
	ready := o.loaded && !o.gone && !o.failing && o.saved == o.taken
	index := ready && o.indexed < o.taken && (idle || now.Sub(o.indexAt) >= indexAfter)
	join := ready && (o.steps > maxSteps || o.stepSize > HistoryBudget || idle && o.steps > idleSteps && o.taken > 0)
	settle := ready && idle && o.taken > 0
	o.mu.Unlock()
	if index {
		h.index(ctx, o, now)
	}
	if join {
		h.joinSteps(ctx, o, now)
	}
	if settle {
		if err := h.cfg.Store.SettlePad(ctx, o.key); err != nil {
			h.cfg.Log.Warn("a pad's steps stay in the log until the next start", "pad", o.key, "err", err)
		}
	}
	if idle {
		h.forget(o)
	}
}

// index gives the search the pad's text.
func (h *Hub) index(ctx context.Context, o *openPad, now time.Time) {
	o.mu.Lock()
	upTo, p := o.taken, o.pad
	document := o.foldLocked()
	p.Size = int64(o.size)
	o.pad.Size, o.indexAt = p.Size, now
	o.mu.Unlock()
	text := yjs.NewDoc(document).Text(yjs.TextRoot)
	if err := h.cfg.Store.IndexPad(ctx, p, text); err != nil {
		h.cfg.Log.Warn("a pad cannot be indexed; trying again later", "pad", p.Key, "err", err)
		return
	}
	o.mu.Lock()
	o.indexed = upTo
	o.mu.Unlock()
}

// checkRights asks anew what those who are connected may do: hosts change rights, links expire, people leave.
func (o *openPad) checkRights(ctx context.Context, now time.Time) {
	o.mu.Lock()
	p := o.pad
	conns := make([]*conn, 0, len(o.conns))
	for c := range o.conns {
		conns = append(conns, c)
	}
	o.mu.Unlock()
	for _, c := range conns {
		who, err := o.hub.May(ctx, c.access, p)
		switch code := room.CodeOf(err); {
		case err == nil:
			o.allow(c, who)
		case code != room.CodePadUnknown: // the disk does not answer: nothing is known, nothing changes
		case c.who.User.Seat >= 0 && !o.hub.expelled(c.access) && o.justLeft(c, now):
		default:
			c.out.finish(ending{code: CloseForbidden, bye: string(room.CodeForbidden), drop: true})
		}
	}
}

// justLeft tells whether a person's seat is gone only for a moment: it may be a reload.
func (o *openPad) justLeft(c *conn, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if c.leftAt.IsZero() {
		c.leftAt = now
	}
	return now.Sub(c.leftAt) < leftGrace
}

// allow gives a connection the right that it now has.
func (o *openPad) allow(c *conn, who Who) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c.leftAt = time.Time{}
	if who.Right < room.PadRead {
		c.out.finish(ending{code: CloseForbidden, bye: string(room.CodeForbidden), drop: true})
		return
	}
	changed := c.who.Right != who.Right
	c.who.Right, c.who.Until = who.Right, who.Until
	if changed && c.events {
		c.push(eventFrame(rightEvent{T: "right", Right: who.Right.String()}))
	}
}

// endAll ends all connections of a pad.
func (o *openPad) endAll(e ending) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for c := range o.conns {
		c.out.finish(e)
	}
}

// sweep deletes pads that nobody changed for as long as their owner keeps them, once two sweeps have found them: deleting is
// for good, and a clock that was wrong for a moment must not do it.
func (h *Hub) sweep(ctx context.Context, now time.Time) {
	list, err := h.cfg.Store.ForgottenPads(ctx, now)
	if err != nil {
		h.cfg.Log.Warn("old pads cannot be listed; trying again later", "err", err)
		return
	}
	before := h.overdue
	h.overdue = make(map[int64]struct{}, len(list))
	for _, p := range list {
		if o := h.opened(p.Key); o != nil {
			continue // somebody is there; what they change is indexed with a new date
		}
		if _, again := before[p.Key]; !again {
			h.overdue[p.Key] = struct{}{}
			continue
		}
		if err := h.Delete(ctx, p.Pad); err != nil {
			h.cfg.Log.Warn("an old pad cannot be deleted; trying again later", "err", err)
		}
	}
}
