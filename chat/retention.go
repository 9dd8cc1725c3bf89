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
			l.beginLocked(name, now)
		}
	}
}

// beginLocked notes that a room is empty from now on. l.mu is held.
func (l *Log) beginLocked(name string, now time.Time) {
	l.empty[name] = spell{since: now, due: now.Add(l.grace)}
}

// nextPurge is a timer that fires when the first chat is due; never, without one.
func (l *Log) nextPurge() *time.Timer {
	l.mu.Lock()
	defer l.mu.Unlock()
	var first time.Time
	for _, s := range l.empty {
		if first.IsZero() || s.due.Before(first) {
			first = s.due
		}
	}
	if first.IsZero() {
		timer := time.NewTimer(time.Hour)
		timer.Stop()
		return timer
	}
	return time.NewTimer(time.Until(first))
}

// purge deletes the chat of rooms that have been empty for as long as it is kept. What cannot be deleted is tried again.
func (l *Log) purge(ctx context.Context) {
	for name, s := range l.due(time.Now()) {
		if due, later := l.later(ctx, name, s); later {
			l.postpone(name, s, due)
			continue
		}
		err := l.store.DeleteChat(ctx, name)
		if err != nil {
			l.log.Warn("old chat cannot be deleted; trying again later", "err", err)
		}
		l.purged(name, s, err)
	}
}

// later says whether the room wants its chat for longer, and when to ask again.
func (l *Log) later(ctx context.Context, name string, s spell) (due time.Time, later bool) {
	keep, now := l.keep(ctx, name), time.Now()
	again := now.Add(askAgain)
	if keep < 0 {
		return again, true
	}
	if end := s.since.Add(max(keep, l.grace)); end.After(now) {
		if end.Before(again) {
			again = end
		}
		return again, true
	}
	return time.Time{}, false
}

func (l *Log) due(now time.Time) map[string]spell {
	l.mu.Lock()
	defer l.mu.Unlock()
	due := map[string]spell{}
	for name, s := range l.empty {
		if !now.Before(s.due) {
			due[name] = s
		}
	}
	return due
}

// purged forgets a room whose chat is gone, or asks for another try after purgeRetry.
func (l *Log) purged(name string, s spell, err error) {
	if err != nil {
		l.postpone(name, s, time.Now().Add(purgeRetry))
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.empty[name] == s {
		delete(l.empty, name)
	}
}

// postpone looks at a room again at due. One that came into use in the meantime is left alone, even when it is empty again.
func (l *Log) postpone(name string, s spell, due time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.empty[name] == s {
		l.empty[name] = spell{since: s.since, due: due}
	}
}
