package chat

import (
	"context"
	"time"
)

// findLeftovers begins the grace time of rooms whose chat an earlier run of the server left behind.
func (l *Log) findLeftovers(ctx context.Context) {
	names, err := l.store.ChatRooms(ctx)
	if err != nil {
		l.log.Warn("old chat cannot be listed; it will be deleted after a later start", "err", err)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	for _, name := range names {
		if _, known := l.empty[name]; !known && !l.occupied[name] {
			l.empty[name] = now
		}
	}
}

// nextPurge is a timer that fires when the first room has been empty for the grace time; never, without such a room.
func (l *Log) nextPurge() *time.Timer {
	l.mu.Lock()
	defer l.mu.Unlock()
	var first time.Time
	for _, since := range l.empty {
		if first.IsZero() || since.Before(first) {
			first = since
		}
	}
	if first.IsZero() {
		timer := time.NewTimer(time.Hour)
		timer.Stop()
		return timer
	}
	return time.NewTimer(time.Until(first.Add(l.grace)))
}

// purge deletes the chat of rooms that have been empty for the grace time. What cannot be deleted is tried again.
func (l *Log) purge(ctx context.Context) {
	for name, since := range l.due(time.Now()) {
		err := l.store.DeleteChat(ctx, name)
		if err != nil {
			l.log.Warn("old chat cannot be deleted; trying again later", "err", err)
		}
		l.purged(name, since, err)
	}
}

func (l *Log) due(now time.Time) map[string]time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	due := map[string]time.Time{}
	for name, since := range l.empty {
		if now.Sub(since) >= l.grace {
			due[name] = since
		}
	}
	return due
}

// purged forgets a room whose chat is gone, or asks for another try after purgeRetry. A room that came into use in the
// meantime is left alone, even when it is empty again.
func (l *Log) purged(name string, since time.Time, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.empty[name] != since:
	case err == nil:
		delete(l.empty, name)
	default:
		l.empty[name] = time.Now().Add(purgeRetry - l.grace)
	}
}
