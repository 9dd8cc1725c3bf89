package pad

import "sync"

// Bounds of what waits for one client; beyond them it is closed as slow and comes back. Frames are shared between
// clients, so that fifty slow ones do not take fifty times the memory.
const (
	maxQueued      = 8192
	maxQueuedBytes = 2 * MaxPad
)

// ending is how a connection is closed.
type ending struct {
	code int    // WebSocket close code
	bye  string // code of docs/pads.md
	drop bool   // what waits is dropped
}

// queue is what waits for one client. Anybody may push without blocking; one writer takes.
type queue struct {
	wake chan struct{} // holds a token when there is something to take

	mu    sync.Mutex // guards what follows
	items [][]byte
	bytes int
	end   *ending // nothing is pushed any more
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

// push adds frames. It is false when they are too many: then the queue ends.
func (q *queue) push(frames ...[]byte) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.end != nil {
		return true
	}
	for _, f := range frames {
		if len(q.items) == maxQueued || q.bytes+len(f) > maxQueuedBytes {
			q.endLocked(ending{code: CloseSlow, bye: "slow", drop: true})
			return false
		}
		q.items = append(q.items, f)
		q.bytes += len(f)
	}
	q.signal()
	return true
}

// finish ends the queue. The first ending counts.
func (q *queue) finish(e ending) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.end == nil {
		q.endLocked(e)
	}
}

func (q *queue) endLocked(e ending) {
	q.end = &e
	if e.drop {
		q.items, q.bytes = nil, 0
	}
	q.signal()
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take is the next frame; without one, how the connection ends, or nil.
func (q *queue) take() (f []byte, end *ending) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.items) == 0 {
		q.items = nil // an idle connection holds no slice
		return nil, q.end
	}
	f = q.items[0]
	q.items[0] = nil
	q.items = q.items[1:]
	q.bytes -= len(f)
	return f, nil
}

func (q *queue) ended() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.end != nil
}
