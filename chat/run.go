package chat

import (
	"context"
	"time"

	"tablee/room"
)

// Run commits messages and deletes old chat until ctx ends; then it commits what was taken and returns nil. It is
// called once.
func (l *Log) Run(ctx context.Context) error {
	l.findLeftovers(ctx)
	var lastCommit time.Time
	for {
		purge := l.nextPurge()
		select {
		case first := <-l.queue:
			if !pause(ctx, time.Until(lastCommit.Add(commitEvery))) {
				l.commit(l.gather(first))
				l.finish()
				return nil
			}
			l.commit(l.gather(first))
			lastCommit = time.Now()
		case <-purge.C:
			l.purge(ctx)
		case <-l.wake:
		case <-ctx.Done():
			purge.Stop()
			l.finish()
			return nil
		}
		purge.Stop()
	}
}

// pause waits for d, and tells whether ctx is still alive.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// finish refuses new messages and commits those that were taken.
func (l *Log) finish() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	for {
		select {
		case first := <-l.queue:
			l.commit(l.gather(first))
		default:
			return
		}
	}
}

// gather takes what waits, up to a group.
func (l *Log) gather(first post) []post {
	group := []post{first}
	for len(group) < groupSize {
		select {
		case p := <-l.queue:
			group = append(group, p)
		default:
			return group
		}
	}
	return group
}

// commit stores a group, then tells each message's fate in order. It does not take Run's context: what was taken
// before a shutdown is stored.
func (l *Log) commit(group []post) {
	messages := make([]room.Message, len(group))
	for i, p := range group {
		messages[i] = p.message
	}
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	err := l.store.AppendChat(ctx, messages)
	cancel()
	l.report(err)
	for i, p := range group {
		if err != nil || messages[i].N == 0 {
			p.done(room.Message{}, errUnsaved())
			continue
		}
		p.done(messages[i], nil)
	}
}

// report logs that storing began to fail, and that it works again; not each message in between.
func (l *Log) report(err error) {
	l.mu.Lock()
	before := l.failing
	l.failing = err != nil
	l.mu.Unlock()
	switch {
	case err != nil && !before:
		l.log.Warn("chat cannot be stored; its authors are told", "err", err)
	case err == nil && before:
		l.log.Info("chat is stored again")
	}
}
