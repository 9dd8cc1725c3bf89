package webhook

import "sync/atomic"

type counters struct{ delivered, private, network, status, full, givenUp, waiting atomic.Int64 }

// Stats are sums since the start.
type Stats struct {
	Waiting   int64 // messages in the store, as of the last look
	Delivered int64
	Failed    map[string]int64 // tries, by reason: private, network, status
	Dropped   map[string]int64 // messages that nobody was told, by reason: full, given_up
}

// Stats reads the counters.
func (h *Hooks) Stats() Stats {
	c := &h.counters
	return Stats{
		Waiting: c.waiting.Load(), Delivered: c.delivered.Load(),
		Failed:  map[string]int64{"private": c.private.Load(), "network": c.network.Load(), "status": c.status.Load()},
		Dropped: map[string]int64{"full": c.full.Load(), "given_up": c.givenUp.Load()},
	}
}
