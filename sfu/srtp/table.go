package srtp

// MaxSSRCs is how many SSRCs one participant may send with. A page with camera, screen and their retransmissions has
// about a dozen. They are remembered as long as the keys: to forget one would be to open its packets again.
const MaxSSRCs = 64

// table is what is known of the SSRCs of one participant. There are few, and mostly the same one comes again: a list
// with the last hit remembered is faster than a map.
type table struct {
	ssrcs []uint32  // what is searched
	known []*window // of each
	last  int       // where the last packet's SSRC is
	fresh window    // of every SSRC that is not known: nothing used
}

// find returns the window of an SSRC, that of nothing for a new one. Only use may change it.
func (t *table) find(ssrc uint32) *window {
	if t.last < len(t.ssrcs) && t.ssrcs[t.last] == ssrc {
		return t.known[t.last]
	}
	for i, s := range t.ssrcs {
		if s == ssrc {
			t.last = i
			return t.known[i]
		}
	}
	t.last = len(t.ssrcs)
	return &t.fresh
}

// use notes an index of the SSRC that was last found, now that a packet proved to be authentic. There may be too many of
// those: that is said of authentic packets only, so that nobody else can bring it about.
func (t *table) use(ssrc uint32, index uint64) error {
	if t.last == len(t.ssrcs) {
		if len(t.ssrcs) == MaxSSRCs {
			return ErrTooMany
		}
		t.ssrcs, t.known = append(t.ssrcs, ssrc), append(t.known, new(window))
	}
	t.known[t.last].use(index)
	return nil
}
