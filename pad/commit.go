package pad

import (
	"context"
	"time"

	"tablee/pad/yjs"
	"tablee/room"
)

// Run commits what is taken, unloads idle pads and deletes forgotten ones until ctx ends; then it ends all connections
// and commits what was taken. It is called once.
func (h *Hub) Run(ctx context.Context) error {
	tidied := make(chan struct{})
	go func() {
		defer close(tidied)
		h.tidyForever(ctx)
	}()
	for {
		wait := commitEvery
		select {
		case <-h.wake:
		case <-ctx.Done():
			<-tidied
			h.stop()
			return nil
		}
		for more := true; more && pause(ctx, wait); {
			more = !h.commit() // what the disk refused is tried again
			wait = retryEvery
		}
	}
}

// pause waits for d, and tells whether ctx is still alive.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// stop ends all connections, waits for them and commits the rest.
func (h *Hub) stop() {
	h.mu.Lock()
	h.stopping = true
	open := make([]*openPad, 0, len(h.open))
	for _, o := range h.open {
		open = append(open, o)
	}
	h.mu.Unlock()
	for _, o := range open {
		o.endAll(ending{code: CloseGoingAway, bye: string(room.CodeShuttingDown)})
	}
	h.serving.Wait()
	h.commit()
}

// commit puts all that is taken on the disk, in one transaction, and tells those who wait. It is false when the disk
// refused.
func (h *Hub) commit() bool {
	h.mu.Lock()
	dirty := make([]*openPad, 0, len(h.dirty))
	for o := range h.dirty {
		dirty = append(dirty, o)
	}
	clear(h.dirty)
	h.mu.Unlock()

	var batches []room.PadBatch
	var written []*openPad
	for _, o := range dirty {
		if b, ok := o.batch(h.cfg.Now()); ok {
			batches, written = append(batches, b), append(written, o)
		} else {
			o.answerMarks()
		}
	}
	if len(batches) == 0 {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	err := h.cfg.Store.AppendPads(ctx, batches)
	cancel()
	h.stats.commits.Add(1)
	if err != nil {
		h.stats.failed.Add(1)
		h.cfg.Log.Warn("pads cannot be stored; what was written is kept in memory, and its authors are told", "pads", len(batches), "err", err)
	}
	for i, o := range written {
		o.committed(batches[i], err)
		if err != nil {
			h.markDirty(o)
		} else {
			h.stats.steps.Add(1)
			h.stats.bytes.Add(int64(len(batches[i].Step.Data)))
		}
	}
	return err == nil
}

// batch is what is to be committed of a pad; ok is false for nothing. What it takes stays in unsaved until committed.
func (o *openPad) batch(now time.Time) (b room.PadBatch, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.unsaved) == 0 || o.gone {
		return b, false
	}
	if !o.failing {
		o.lastStep++ // a step that failed is stored again under its number
	}
	if len(o.unsaved) > 1 {
		o.unsaved = []*yjs.Update{yjs.Merge(o.unsaved...)}
	}
	b = o.fresh
	b.Key, b.Step.N, b.Step.At, b.Step.Data = o.key, o.lastStep, now, o.unsaved[0].Encode()
	o.fresh = room.PadBatch{}
	o.pad.Changed = now
	o.saving, o.savingBytes = o.taken, o.unsavedBytes
	return b, true
}

// committed notes what became of a batch.
func (o *openPad) committed(b room.PadBatch, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil {
		o.keepLocked(b)
		return
	}
	o.unsaved = o.unsaved[1:]
	o.unsavedBytes -= o.savingBytes
	o.saved = o.saving
	o.steps++
	o.stepSize += len(b.Step.Data)
	o.answerMarksLocked()
	if o.failing {
		o.failing = false
		o.tellLocked(storageEvent{T: "storage", OK: true})
		for c := range o.conns {
			if c.behind { // what it sent meanwhile was not taken
				o.askLocked(c)
			}
		}
	}
}

// keepLocked puts a batch that the disk refused back in front of what came since.
func (o *openPad) keepLocked(b room.PadBatch) {
	b.Authors = append(b.Authors, o.fresh.Authors...)
	for client, author := range o.fresh.Clients {
		if b.Clients == nil {
			b.Clients = map[uint64]int{}
		}
		b.Clients[client] = author
	}
	b.Step.Authors = append(b.Step.Authors, o.fresh.Step.Authors...)
	o.fresh = room.PadBatch{Authors: b.Authors, Clients: b.Clients, Step: room.PadStep{Authors: b.Step.Authors}}
	if !o.failing {
		o.failing = true
		o.tellLocked(storageEvent{T: "storage", OK: false})
	}
}

func (o *openPad) answerMarks() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.answerMarksLocked()
}

// answerMarksLocked tells those whose edits are on the disk.
func (o *openPad) answerMarksLocked() {
	rest := o.waiting[:0]
	for _, m := range o.waiting {
		if m.upTo <= o.saved {
			m.c.push(eventFrame(savedEvent{T: "saved", N: m.n}))
			continue
		}
		rest = append(rest, m)
	}
	clear(o.waiting[len(rest):])
	o.waiting = rest
}
