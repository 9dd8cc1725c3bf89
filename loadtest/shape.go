package loadtest

import "time"

// shapeLocked times how long a change of demand took to show, and holds the layer against the demanded one.
func (d *downstream) shapeLocked(in *inbound, k key, layer uint8, now int64) {
	want, wanted := d.wants[k]
	if asked, waits := d.pending[k]; waits && wanted && layer == want {
		d.switching.Add((now - asked) / 1000)
		delete(d.pending, k)
	}
	if wanted && !k.screen && in.frameOf == k {
		if step := now - in.frameAt; step < int64(time.Second) {
			d.match.Add(step, layer == want)
		}
	}
	in.frameAt, in.frameOf = now, k
}

// demand notes what is demanded from now on, and what of it is to be timed: what was demanded before in the same layer
// is not.
func (d *downstream) demand(wants map[key]uint8, timed []key, now int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.pending)
	for _, k := range timed {
		if had, ok := d.wants[k]; !ok || had != wants[k] {
			d.pending[k] = now
		}
	}
	d.wants = wants
}
