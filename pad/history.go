package pad

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"tablee/pad/yjs"
	"tablee/room"
)

// When the steps of a pad are joined.
const (
	maxSteps  = 2000 // on the disk
	idleSteps = 64   // of a pad that is being unloaded
)

// spans tell how long a time the steps of an age are joined to.
var spans = []struct{ age, span time.Duration }{
	{5 * time.Minute, 0}, // what is young stays as it is
	{time.Hour, 10 * time.Second},
	{24 * time.Hour, time.Minute},
	{1 << 62, 10 * time.Minute},
}

func spanOf(age time.Duration) time.Duration {
	for _, s := range spans {
		if age < s.age {
			return s.span
		}
	}
	return spans[len(spans)-1].span
}

// group puts steps that are to be joined together: those of one span, in order. Damaged ones are never joined.
func group(steps []room.PadStep, now time.Time) (groups [][]room.PadStep) {
	for i, st := range steps {
		span := spanOf(now.Sub(st.At))
		if i > 0 && span > 0 {
			last := groups[len(groups)-1]
			if last[0].At.Truncate(span).Equal(st.At.Truncate(span)) {
				groups[len(groups)-1] = append(last, st)
				continue
			}
		}
		groups = append(groups, []room.PadStep{st})
	}
	return groups
}

// joinGroup makes one step of several. It has the number and the time of the last.
func joinGroup(steps []room.PadStep) (room.PadStep, error) {
	out := steps[len(steps)-1]
	if len(steps) == 1 {
		return out, nil
	}
	u, err := documentOf(room.PadContent{Steps: steps}, -1)
	if err != nil {
		return out, err
	}
	out.Data, out.Authors = u.Encode(), nil
	for _, st := range steps {
		out.Authors = append(out.Authors, st.Authors...)
	}
	slices.Sort(out.Authors)
	out.Authors = slices.Compact(out.Authors)
	return out, nil
}

// joinSteps joins the steps of a pad that are old, and lets the oldest go into the base as far as the budget asks.
func (h *Hub) joinSteps(ctx context.Context, o *openPad, now time.Time) {
	content, err := h.cfg.Store.PadContent(ctx, o.key)
	if err != nil || len(content.Steps) == 0 {
		return // the disk says so elsewhere; it is tried again
	}
	base, steps, err := joined(content, now)
	if err != nil {
		h.cfg.Log.Error("a pad's steps cannot be joined", "pad", o.key, "err", err)
		return
	}
	upTo := content.Steps[len(content.Steps)-1].N
	if err := h.cfg.Store.ReplaceSteps(ctx, o.key, upTo, base, steps); err != nil {
		h.cfg.Log.Warn("a pad's steps cannot be joined; trying again later", "pad", o.key, "err", err)
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.steps, o.stepSize = o.steps-len(content.Steps)+len(steps), 0
	for _, st := range steps {
		o.stepSize += len(st.Data)
	}
}

// joined is what is kept of a pad's steps.
func joined(content room.PadContent, now time.Time) (base room.PadStep, steps []room.PadStep, err error) {
	size := 0
	for _, g := range group(content.Steps, now) {
		st, err := joinGroup(g)
		if err != nil {
			return base, nil, err
		}
		steps = append(steps, st)
		size += len(st.Data)
	}
	const enough = HistoryBudget / 4 * 3 // so that it does not happen at every step
	old := 0
	if size > HistoryBudget || len(steps) > maxSteps {
		for old < len(steps) && (size > enough || len(steps)-old > maxSteps/2) {
			size -= len(steps[old].Data)
			old++
		}
	}
	base = content.Base
	if old > 0 {
		u, err := documentOf(room.PadContent{Base: content.Base, Steps: steps[:old]}, -1)
		if err != nil {
			return base, nil, err
		}
		base = room.PadStep{At: steps[old-1].At, Data: yjs.Compact(u).Encode()}
	}
	return base, steps[old:], nil
}

// History lists a pad's steps, without their data, after what is under way is on the disk.
func (h *Hub) History(ctx context.Context, p room.Pad) (from time.Time, steps []room.PadStep, err error) {
	content, err := h.cfg.Store.PadContent(ctx, p.Key)
	if err != nil {
		return from, nil, err
	}
	return content.Base.At, content.Steps, nil
}

// At is the document after the step n of a pad, or of its named version when version is true.
func (h *Hub) At(ctx context.Context, p room.Pad, n int64, version bool) (*yjs.Update, error) {
	if version {
		v, err := h.cfg.Store.PadVersion(ctx, p.Key, int(n))
		if err != nil {
			return nil, err
		}
		return yjs.Parse(v.Data)
	}
	content, err := h.cfg.Store.PadContent(ctx, p.Key)
	if err != nil {
		return nil, err
	}
	known := func(st room.PadStep) bool { return st.N == n }
	if n != 0 && !slices.ContainsFunc(content.Steps, known) {
		return nil, &room.Error{Code: room.CodePadUnknown, Message: "there is no such step any more; ask for the history again"}
	}
	u, err := documentOf(content, n)
	if err != nil {
		return nil, errBroken()
	}
	return u, nil
}

// Document is a pad's document as it is now.
func (h *Hub) Document(ctx context.Context, p room.Pad) (*yjs.Update, error) {
	o, err := h.acquire(ctx, p)
	if err != nil {
		return nil, err
	}
	defer h.release(o)
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.foldLocked(), nil
}

// Text is a pad's text as it is now. Of a pad that was set aside it is the last that the search knew.
func (h *Hub) Text(ctx context.Context, p room.Pad) (string, error) {
	u, err := h.Document(ctx, p)
	if room.CodeOf(err) == room.CodePadBroken {
		return h.cfg.Store.IndexedText(ctx, p.Key)
	}
	if err != nil {
		return "", err
	}
	return yjs.NewDoc(u).Text(yjs.TextRoot), nil
}

// Edit makes a pad's text what edit makes of it, as a change by who, and returns the new text once it is on the disk.
func (h *Hub) Edit(ctx context.Context, p room.Pad, who Who, edit func(was string) string) (string, error) {
	o, err := h.acquire(ctx, p)
	if err != nil {
		return "", err
	}
	defer h.release(o)
	text, upTo, err := o.edit(who, edit)
	if err != nil {
		return "", err
	}
	return text, o.awaitSaved(ctx, upTo)
}

func (o *openPad) edit(who Who, edit func(string) string) (text string, upTo int64, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	doc := yjs.NewDoc(o.foldLocked())
	u := doc.ReplaceText(yjs.TextRoot, o.freshClientLocked(), edit(doc.Text(yjs.TextRoot)))
	switch {
	case o.gone:
		return "", 0, errUnknown()
	case o.failing:
		return "", 0, &room.Error{Code: room.CodeDiskFull, Message: "the server's disk refuses; nothing was changed"}
	}
	if raw := u.Encode(); !u.Empty() {
		if o.size+len(raw) > MaxPad {
			return "", 0, &room.Error{Code: room.CodeTooBig, Message: "the pad would be too big"}
		}
		o.takeLocked(u, raw, o.authorLocked(who), nil)
		o.hub.markDirty(o)
	}
	return doc.Text(yjs.TextRoot), o.taken, nil
}

// freshClientLocked is a Yjs client id that nobody has used here, 32 bits like those of Yjs.
func (o *openPad) freshClientLocked() uint64 {
	for {
		id := uint64(rand.Uint32())
		if _, used := o.tracker.Known()[id]; !used && id != 0 {
			return id
		}
	}
}

// awaitSaved waits until all up to a count of updates is on the disk.
func (o *openPad) awaitSaved(ctx context.Context, upTo int64) error {
	ctx, cancel := context.WithTimeout(ctx, commitTimeout+commitEvery)
	defer cancel()
	tick := time.NewTicker(commitEvery / 10)
	defer tick.Stop()
	for {
		o.mu.Lock()
		saved, failing := o.saved >= upTo, o.failing
		o.mu.Unlock()
		switch {
		case saved:
			return nil
		case failing:
			return &room.Error{Code: room.CodeDiskFull, Message: "the server's disk refuses; the change is kept in memory until it works again"}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
