package pad

// showAllLocked tells a client who is there.
func (o *openPad) showAllLocked(c *conn) {
	if len(o.present) == 0 {
		return
	}
	all := make([]presence, 0, len(o.present))
	for _, p := range o.present {
		all = append(all, p)
	}
	c.push(awarenessFrame(writeAwareness(all)))
}

// present passes on where somebody's cursor is, to its sender too: a stock client that hears nothing for 30 s thinks
// that its connection is dead. Who they are is written by us.
func (c *conn) present(body []byte) error {
	list, err := readAwareness(body)
	if err != nil {
		return c.malformed(err)
	}
	o := c.o
	o.mu.Lock()
	defer o.mu.Unlock()
	out := list[:0]
	for _, p := range list {
		before, known := o.present[p.client]
		_, own := c.ids[p.client]
		switch {
		case known && !own, !known && p.gone() && !own: // others' states come along when a client reconnects
			continue
		case known && p.clock < before.clock:
			continue
		case !own && len(c.ids) >= maxPresenceIDs:
			continue
		}
		c.ids[p.client] = p.clock
		if p.gone() {
			delete(o.present, p.client)
		} else {
			if p.state, err = withUser(p.state, c.who.User); err != nil {
				return c.malformed(err)
			}
			o.present[p.client] = p
		}
		out = append(out, p)
	}
	if len(out) > 0 {
		o.broadcastLocked(awarenessFrame(writeAwareness(out)), nil)
	}
	return nil
}

// leaveLocked takes a connection out, and tells the others that its cursors are gone.
func (o *openPad) leaveLocked(c *conn) {
	delete(o.conns, c)
	rest := o.waiting[:0]
	for _, m := range o.waiting {
		if m.c != c {
			rest = append(rest, m)
		}
	}
	clear(o.waiting[len(rest):])
	o.waiting = rest
	var gone []presence
	for id := range c.ids {
		if p, ok := o.present[id]; ok {
			delete(o.present, id)
			gone = append(gone, presence{client: id, clock: p.clock + 1, state: []byte("null")})
		}
	}
	if len(gone) > 0 {
		o.broadcastLocked(awarenessFrame(writeAwareness(gone)), nil)
	}
}
