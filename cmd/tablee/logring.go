package main

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"tablee/web/api"
)

// maxLines is how many lines of the log the admin page can show: a day or so of an ordinary server.
const maxLines = 300

// maxLine bounds one of them, in bytes.
const maxLine = 600

// lines keeps the last lines of the log, for the admin page. What is in the log is nobody's name, address or words, so
// neither is it here.
type lines struct {
	mu   sync.Mutex
	ring []api.Line // guarded by mu
	next int        // guarded by mu: where the next line goes once the ring is full
}

func (l *lines) add(line api.Line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.ring) < maxLines {
		l.ring = append(l.ring, line)
		return
	}
	l.ring[l.next] = line
	l.next = (l.next + 1) % maxLines
}

// newest are the lines, the newest first.
func (l *lines) newest() []api.Line {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]api.Line, 0, len(l.ring))
	for i := range l.ring {
		out = append(out, l.ring[(l.next+len(l.ring)-1-i)%len(l.ring)])
	}
	return out
}

// tee writes each record to the log and to lines.
type tee struct {
	slog.Handler
	keep  *lines
	attrs string // of With, as text
}

// Handle implements slog.Handler.
func (t tee) Handle(ctx context.Context, r slog.Record) error {
	var b strings.Builder
	b.WriteString(r.Message + t.attrs)
	r.Attrs(func(a slog.Attr) bool {
		b.WriteString(attrText(a))
		return true
	})
	text := b.String()
	if len(text) > maxLine {
		text = strings.ToValidUTF8(text[:maxLine], "") + "…"
	}
	t.keep.add(api.Line{At: r.Time.UTC().Format(time.RFC3339), Level: strings.ToLower(r.Level.String()), Text: text})
	return t.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (t tee) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		t.attrs += attrText(a)
	}
	t.Handler = t.Handler.WithAttrs(attrs)
	return t
}

// WithGroup implements slog.Handler.
func (t tee) WithGroup(name string) slog.Handler {
	t.Handler = t.Handler.WithGroup(name)
	return t
}

func attrText(a slog.Attr) string { return " " + a.Key + "=" + a.Value.Resolve().String() }
