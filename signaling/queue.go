package signaling

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"sync"
)

// Bounds of what waits for one client. Beyond them it is closed with CloseSlow; nobody else notices.
const (
	maxQueued      = 256
	maxQueuedBytes = 1 << 20
)

// frame is one message on its way to a client: encoded already, or a value that the writer encodes (a welcome may be
// large, and whoever queues it holds the meeting's lock).
type frame struct {
	data  []byte
	value any
	size  int    // bytes, estimated for a value
	topic string // a frame takes the place of one of its topic that still waits; "" for none
}

// Topics of frames of which only the latest news counts.
const (
	topicLine = "line"
	topicBars = "bars"
)

// barSize is about how many bytes one entry of a Bars takes.
const barSize = 24

// barsFrame keeps the map: it is not written to any more.
func barsFrame(bars map[string]int) frame {
	return frame{value: Bars{T: "bars", Bars: bars}, size: barSize * (1 + len(bars)), topic: topicBars}
}

// over is f, in the place of a frame of its topic that was not sent. Bars are changes, so that what only the older one
// says must not be lost.
func (f frame) over(older frame) frame {
	was, ok := older.value.(Bars)
	is, same := f.value.(Bars)
	if !ok || !same {
		return f
	}
	all := maps.Clone(was.Bars)
	maps.Copy(all, is.Bars)
	return barsFrame(all)
}

// encode marshals a wire type. Ours cannot fail: they hold strings, numbers and slices of them. Nothing is escaped for
// HTML, which would make a chat message up to six times as long.
func encode(message any) frame {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(message); err != nil {
		panic("signaling: encoding a wire type: " + err.Error())
	}
	data := bytes.TrimSuffix(out.Bytes(), []byte("\n"))
	return frame{data: data, size: len(data)}
}

// ending is how a connection is closed.
type ending struct {
	code int  // WebSocket close code (RFC 6455, section 7.4)
	bye  *Bye // said before, may be nil
	drop bool // what waits is dropped
}

// queue is what waits for one client. Anybody may push without blocking; one writer takes.
type queue struct {
	wake chan struct{} // holds a token when there is something to take

	mu    sync.Mutex // guards what follows
	items []frame
	bytes int
	end   *ending // nothing is pushed any more
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

// push adds a frame; one of the same topic that still waits gives way to it. It is false when the queue is full: then what waited is dropped and the connection is closed as
// slow. After the end frames are dropped silently.
func (q *queue) push(f frame) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.end != nil {
		return true
	}
	if i := q.waiting(f.topic); i >= 0 {
		f = f.over(q.items[i])
		q.bytes -= q.items[i].size
		q.items = slices.Delete(q.items, i, i+1)
	}
	if len(q.items) == maxQueued || q.bytes+f.size > maxQueuedBytes {
		q.endLocked(ending{code: CloseSlow, bye: &Bye{T: "bye", Reason: ByeSlow, Retry: comeBack}, drop: true})
		return false
	}
	q.items = append(q.items, f)
	q.bytes += f.size
	q.signal()
	return true
}

// waiting finds the frame of a topic, -1 for none.
func (q *queue) waiting(topic string) int {
	if topic == "" {
		return -1
	}
	return slices.IndexFunc(q.items, func(f frame) bool { return f.topic == topic })
}

// finish ends the queue: what waits is still sent (unless e.drop), then comes the ending. The first ending counts.
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
func (q *queue) take() (f frame, ok bool, end *ending) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.items) == 0 {
		return frame{}, false, q.end
	}
	f = q.items[0]
	q.items[0] = frame{}
	q.items = q.items[1:]
	q.bytes -= f.size
	return f, true, nil
}

// ended tells whether the connection is being closed.
func (q *queue) ended() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.end != nil
}
