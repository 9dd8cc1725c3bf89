package signaling

import "tablee/room"

// Bounds of the chat in a welcome.
const (
	recentChat      = 200       // messages
	recentChatBytes = 256 << 10 // bytes, so that long messages do not fill a client's queue at once
	chatOverhead    = 200       // bytes of a message besides name and text, about
)

// history is a room's latest chat, as it goes into a welcome. Its list is only ever appended to and cut in front, so
// that a welcome may hold a slice of it without a copy.
type history struct {
	list  []Chat
	bytes int
}

// add appends a message, unless it is there already.
func (h *history) add(c Chat) {
	if n := len(h.list); n > 0 && h.list[n-1].N >= c.N {
		return
	}
	h.list = append(h.list, c)
	h.bytes += chatSize(c)
	for len(h.list) > recentChat || h.bytes > recentChatBytes {
		h.bytes -= chatSize(h.list[0])
		h.list = h.list[1:]
	}
}

func chatSize(c Chat) int { return chatOverhead + len(c.Name) + len(c.Text) }

// loaded puts what the disk has in front of what was said while it was read.
func (h *history) loaded(stored []room.Message) {
	said := h.list
	*h = history{}
	for _, m := range stored {
		h.add(wireChat(m))
	}
	for _, c := range said {
		h.add(c)
	}
}

func wireChat(m room.Message) Chat {
	return Chat{T: "chat", N: m.N, From: m.From, Name: m.Name, Seat: m.Seat, At: m.At.UnixMilli(), Text: m.Text}
}
