package pad

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"tablee/pad/yjs"
	"tablee/room"
)

// When what was taken since the last time is joined with the document in memory.
const (
	maxTail      = 512
	maxTailBytes = 256 << 10
)

// openPad is a pad in memory: the document as one update, what came since, and who is connected.
type openPad struct {
	hub       *Hub
	key       int64
	users     int       // guarded by hub.mu
	idleSince time.Time // guarded by hub.mu

	loading sync.Mutex // held while the pad is read from the disk

	mu      sync.Mutex // guards what follows
	loaded  bool
	pad     room.Pad
	tracker *yjs.Tracker
	state   []byte   // the document up to tail, deleted text forgotten; nil when empty
	tail    [][]byte // updates after it
	size    int      // bytes of state and tail
	conns   map[*conn]struct{}
	present map[uint64]presence // by Yjs client id
	joined  int                 // how many came without a seat, for their colours

	authors []room.PadAuthor
	clients map[uint64]int

	lastStep     int64         // number of the last step that was begun
	unsaved      []*yjs.Update // taken, on their way to the disk
	unsavedBytes int
	fresh        room.PadBatch // authors and clients on their way to the disk, and authors of the next step
	taken        int64         // counts updates taken
	saved        int64         // those of them that are on the disk
	saving       int64         // value of taken that the commit under way makes saved
	savingBytes  int           // of unsavedBytes, those of that commit
	waiting      []mark
	failing      bool // the last commit failed
	gone         bool // deleted: nothing is taken or stored any more

	indexed  int64 // taken, when the text was last indexed
	indexAt  time.Time
	steps    int // on the disk, about
	stepSize int // bytes of them, about
}

// mark is a client's wish to hear when what it sent is on the disk.
type mark struct {
	c    *conn
	n    int64
	upTo int64 // value of taken that must be saved
}

func newOpenPad(h *Hub, p room.Pad) *openPad {
	return &openPad{hub: h, key: p.Key, pad: p, tracker: yjs.NewTracker(), conns: map[*conn]struct{}{},
		present: map[uint64]presence{}, clients: map[uint64]int{}, idleSince: h.cfg.Now()}
}

// load reads the pad from the disk, once.
func (o *openPad) load(ctx context.Context) error {
	o.loading.Lock()
	defer o.loading.Unlock()
	o.mu.Lock()
	loaded := o.loaded
	o.mu.Unlock()
	if loaded {
		return nil
	}
	p, err := o.hub.cfg.Store.Pad(ctx, o.pad.ID)
	if err != nil {
		return err
	}
	content, err := o.hub.cfg.Store.PadContent(ctx, o.key)
	if err != nil {
		return err
	}
	document, err := documentOf(content, -1)
	if p.Broken || err != nil {
		return o.breakPad(ctx, p, err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pad, o.authors, o.clients = p, content.Authors, content.Clients
	o.tracker.Take(document)
	if !document.Empty() {
		o.state = yjs.Compact(document).Encode()
	}
	o.size = len(o.state)
	for _, st := range content.Steps {
		o.lastStep = max(o.lastStep, st.N)
		o.stepSize += len(st.Data)
	}
	o.steps = len(content.Steps)
	o.loaded = true
	return nil
}

// breakPad sets a pad aside that cannot be read. Others are not affected.
func (o *openPad) breakPad(ctx context.Context, p room.Pad, cause error) error {
	if !p.Broken {
		o.hub.cfg.Log.Error("a pad is damaged on the disk and was set aside; its owner can recover what can be read", "pad", p.Key, "err", cause)
		p.Broken = true
		if err := o.hub.cfg.Store.UpdatePad(ctx, p); err != nil {
			return err
		}
	}
	return errBroken()
}

func errBroken() error {
	return &room.Error{Code: room.CodePadBroken, Message: "this pad is damaged on the server's disk and was set aside; recover what can be read"}
}

// documentOf joins a pad's base and its steps up to the number upTo, -1 for all. Any that is damaged is an error.
func documentOf(c room.PadContent, upTo int64) (*yjs.Update, error) {
	var parts []*yjs.Update
	add := func(st room.PadStep) error {
		if st.Damaged {
			return fmt.Errorf("step %d is not as it was stored", st.N)
		}
		u, err := yjs.Parse(st.Data)
		if err != nil {
			return fmt.Errorf("step %d: %w", st.N, err)
		}
		parts = append(parts, u)
		return nil
	}
	if c.Base.Data != nil {
		if err := add(c.Base); err != nil {
			return nil, err
		}
	}
	for _, st := range c.Steps {
		if upTo >= 0 && st.N > upTo {
			break
		}
		if err := add(st); err != nil {
			return nil, err
		}
	}
	return yjs.Merge(parts...), nil
}

// takeLocked makes an update part of the pad, which Judge found to be News, and passes it on to all but from.
func (o *openPad) takeLocked(u *yjs.Update, raw []byte, author int, from *conn) {
	for client, end := range u.Ends() {
		_, known := o.clients[client]
		if end > o.tracker.Known()[client] && !known && author >= 0 && len(o.clients) < maxClientIDs {
			o.clients[client] = author
			if o.fresh.Clients == nil {
				o.fresh.Clients = map[uint64]int{}
			}
			o.fresh.Clients[client] = author
		}
	}
	o.tracker.Take(u)
	o.tail = append(o.tail, raw)
	o.size += len(raw)
	o.unsaved = append(o.unsaved, u)
	o.unsavedBytes += len(raw)
	o.taken++
	if author >= 0 && !slices.Contains(o.fresh.Step.Authors, author) {
		o.fresh.Step.Authors = append(o.fresh.Step.Authors, author)
	}
	o.hub.stats.taken.Add(1)
	o.broadcastLocked(syncFrame(syncUpdate, raw), from)
	if len(o.tail) > maxTail || len(o.state)+maxTailBytes < o.size && len(o.state) < o.size/2 {
		o.foldLocked()
	}
}

// foldLocked joins what came with the document. What was taken was parsed before, so that it cannot fail.
func (o *openPad) foldLocked() *yjs.Update {
	parts := make([]*yjs.Update, 0, 1+len(o.tail))
	for _, raw := range slices.Concat([][]byte{o.state}, o.tail) {
		if len(raw) == 0 {
			continue
		}
		u, err := yjs.Parse(raw)
		if err != nil {
			panic("pad: what was taken cannot be read: " + err.Error())
		}
		parts = append(parts, u)
	}
	if len(o.tail) == 0 && len(parts) == 1 {
		return parts[0]
	}
	document := yjs.Compact(yjs.Merge(parts...))
	if !document.Empty() {
		o.state = document.Encode()
	}
	o.tail, o.size = nil, len(o.state)
	return document
}

// authorLocked is the number of an author, who is remembered with name and colour. It is -1 when there are too many.
func (o *openPad) authorLocked(w Who) int {
	for _, a := range slices.Backward(o.authors) {
		if a.Key == w.Key && a.Name == w.User.Name {
			return a.N
		}
	}
	if len(o.authors) >= maxAuthors {
		return -1
	}
	a := room.PadAuthor{N: len(o.authors) + 1, Key: w.Key, Name: w.User.Name, Color: w.User.Color}
	o.authors = append(o.authors, a)
	o.fresh.Authors = append(o.fresh.Authors, a)
	return a.N
}

func (o *openPad) broadcastLocked(frame []byte, but *conn) {
	for c := range o.conns {
		if c != but {
			c.push(frame)
		}
	}
}

// tellLocked sends an event to those who understand it.
func (o *openPad) tellLocked(event any) {
	frame := eventFrame(event)
	for c := range o.conns {
		if c.events {
			c.push(frame)
		}
	}
}

// answerLocked are the frames that a client lacks who has known: its sync step 2.
func (o *openPad) answerLocked(known yjs.StateVector) []byte {
	if len(known) == 0 && len(o.tail) == 0 && o.state != nil {
		return syncFrame(syncStep2, o.state)
	}
	return syncFrame(syncStep2, yjs.Diff(o.foldLocked(), known).Encode())
}
