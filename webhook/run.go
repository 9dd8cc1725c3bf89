package webhook

import (
	"context"
	"slices"
	"sync"
	"time"
)

// lastWords is how long the store may take for what happened last, when the server stops.
const lastWords = 2 * time.Second

// Tell takes an event. It does not block: one that finds MaxFresh others waiting for the store is dropped and counted.
func (h *Hooks) Tell(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.fresh) == MaxFresh {
		h.counters.full.Add(1)
		return
	}
	h.fresh = append(h.fresh, fresh{"msg_" + newID(), e})
	select {
	case h.kick <- struct{}{}:
	default: // it is on already
	}
}

// Run stores events and sends them until ctx ends. Then it stores what is left, to be sent after the next start.
func (h *Hooks) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		wake := h.Round(ctx)
		var timer <-chan time.Time
		if !wake.IsZero() {
			timer = time.After(max(0, wake.Sub(h.now())))
		}
		select {
		case <-h.kick:
		case <-timer:
		case <-ctx.Done():
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	h.keep(ctx)
	return nil
}

// Round stores the events of before, sends what is due, at most one message to each hook, and tells when there is more to
// do; zero for never.
func (h *Hooks) Round(ctx context.Context) (wake time.Time) {
	now := h.now()
	if !h.keep(ctx) {
		return now.Add(storeRest)
	}
	hooks, err := h.store.Webhooks(ctx)
	if err != nil {
		return now.Add(storeRest)
	}
	waiting, err := h.store.WaitingWebhooks(ctx)
	if err != nil {
		return now.Add(storeRest)
	}
	h.counters.waiting.Store(int64(len(waiting)))
	due, wake := next(waiting, now)
	known := map[string]Hook{}
	for _, k := range hooks {
		known[k.ID] = k
	}
	outcomes := make([]outcome, len(due))
	var sending sync.WaitGroup
	for i, d := range due {
		sending.Go(func() { outcomes[i] = h.send(ctx, known[d.Hook], d, now) })
	}
	sending.Wait()
	for i, d := range due {
		if ctx.Err() != nil {
			return now // the try was broken off by our own end: it does not count
		}
		again, err := h.settle(ctx, d, outcomes[i])
		if err != nil {
			again = h.now().Add(storeRest) // it is sent once more, with the same id
		}
		if !again.IsZero() && (wake.IsZero() || again.Before(wake)) {
			wake = again
		}
	}
	return wake
}

// settle ends a delivery, or puts it off until when it tells.
func (h *Hooks) settle(ctx context.Context, d Delivery, o outcome) (again time.Time, err error) {
	if o.problem == "" {
		h.counters.waiting.Add(-1)
		return time.Time{}, h.store.DropWebhook(ctx, d, o.Result)
	}
	wait, more := retryAfter(d.Tries + 1)
	if !more || o.gone {
		h.counters.givenUp.Add(1)
		h.counters.waiting.Add(-1)
		h.log.Warn("a webhook was not told of a meeting, and it is not tried again", "webhook", d.Hook)
		return time.Time{}, h.store.DropWebhook(ctx, d, o.Result)
	}
	again = h.now().Add(wait)
	return again, h.store.PutOffWebhook(ctx, d, again, o.Result)
}

// keep stores what has happened, and tells whether the store took it all. What it does not take stays in memory.
func (h *Hooks) keep(ctx context.Context) bool {
	h.mu.Lock()
	list := h.fresh
	h.mu.Unlock()
	if len(list) == 0 {
		return true
	}
	hooks, err := h.store.Webhooks(ctx)
	if err != nil {
		return false
	}
	var all []Delivery
	for _, f := range list {
		for _, k := range hooks {
			all = append(all, Delivery{ID: f.id, Hook: k.ID, Body: f.event.body(), Due: h.now()})
		}
	}
	if len(all) > 0 {
		dropped, err := h.store.QueueWebhooks(ctx, all, MaxQueue)
		if err != nil {
			return false
		}
		h.counters.full.Add(int64(dropped))
	}
	h.mu.Lock()
	h.fresh = slices.Clone(h.fresh[len(list):]) // others may have come meanwhile, behind these
	h.mu.Unlock()
	return true
}
