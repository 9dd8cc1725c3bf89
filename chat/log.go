package chat

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"tablee/room"
)

// How a message travels: Post cleans it and puts it into a bounded queue; the one goroutine of Run takes what is
// there, has the store number and commit it all in one transaction, and only then calls each message's done. While a
// commit runs, the next group gathers. Commits are at least commitEvery apart: many small ones wear an SD card out.

// Bounds.
const (
	queueSize     = 256                    // messages that wait; one more is refused with chat_unsaved
	groupSize     = 64                     // messages in one commit
	commitEvery   = 250 * time.Millisecond // least time between two commits; a lone message is not delayed
	commitTimeout = 10 * time.Second       // after which a commit's outcome is unknown
	purgeRetry    = time.Minute            // after a deletion that failed
	askAgain      = time.Hour              // whether a chat is still to be kept
)

// DefaultGrace is how long a room's chat outlives its last participant.
const DefaultGrace = 10 * time.Minute

// Store keeps messages. AppendChat commits all of them at once and sets their numbers; N stays 0 for one whose room is
// not there.
type Store interface {
	AppendChat(ctx context.Context, messages []room.Message) error
	RecentChat(ctx context.Context, name string, limit int) ([]room.Message, error)
	Purger
}

// Purger deletes messages.
type Purger interface {
	ChatRooms(ctx context.Context) ([]string, error)
	DeleteChat(ctx context.Context, name string) error
}

// Config is what a Log needs.
type Config struct {
	Store Store
	Grace time.Duration // DefaultGrace when 0
	// Keep says how long a room wants its chat to outlive its last participant: 0 for Grace, below 0 for as long as the room
	// is there. It is asked when the chat is due, and again every hour. Nil for Grace everywhere.
	Keep func(ctx context.Context, name string) time.Duration
	Log  *slog.Logger // nowhere when nil
}

// Log is the chat of all rooms. Its methods may be called from many goroutines.
type Log struct {
	store Store
	grace time.Duration
	keep  func(ctx context.Context, name string) time.Duration
	log   *slog.Logger
	queue chan post
	wake  chan struct{} // empty changed

	mu       sync.Mutex       // guards what follows
	closed   bool             // Run is over: nothing is taken any more
	occupied map[string]bool  // rooms with somebody inside
	empty    map[string]spell // rooms that are empty, until their chat is deleted
	failing  bool             // the last commit failed (so that the log says it once)
}

// spell is the time for which a room is empty.
type spell struct{ since, due time.Time }

// post is a message that waits for its commit.
type post struct {
	message room.Message
	done    func(room.Message, error)
}

// New is a chat log over c.Store. It stores nothing until Run.
func New(c Config) *Log {
	if c.Grace == 0 {
		c.Grace = DefaultGrace
	}
	if c.Keep == nil {
		c.Keep = func(context.Context, string) time.Duration { return 0 }
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Log{
		store: c.Store, grace: c.Grace, keep: c.Keep, log: c.Log,
		queue: make(chan post, queueSize), wake: make(chan struct{}, 1),
		occupied: map[string]bool{}, empty: map[string]spell{},
	}
}

// Post takes a message of m.Room; m.N is ignored. It never blocks. An error (bad_message, chat_unsaved) refuses it at
// once; after nil, done is called exactly once from Run's goroutine, which it must not block: with the numbered
// message once it is on the disk, or with chat_unsaved.
func (l *Log) Post(m room.Message, done func(room.Message, error)) error {
	text, err := Clean(m.Text)
	if err != nil {
		return err
	}
	m.Text, m.At = text, m.At.UTC().Truncate(time.Millisecond)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errUnsaved()
	}
	select {
	case l.queue <- post{m, done}:
		return nil
	default:
		return errUnsaved()
	}
}

// Recent reads the last limit messages of a room, oldest first.
func (l *Log) Recent(ctx context.Context, name string, limit int) ([]room.Message, error) {
	return l.store.RecentChat(ctx, name, limit)
}

// SetOccupied says whether somebody is in the room. The chat of a room that stays empty for as
// long as it is kept is deleted.
// It never blocks.
func (l *Log) SetOccupied(name string, occupied bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if occupied {
		l.occupied[name] = true
		delete(l.empty, name)
	} else {
		delete(l.occupied, name)
		l.beginLocked(name, time.Now())
	}
	select {
	case l.wake <- struct{}{}:
	default: // it is awake already
	}
}

func errUnsaved() error {
	return &room.Error{Code: room.CodeChatUnsaved, Message: "the message could not be stored; try again in a moment"}
}
