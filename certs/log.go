package certs

import (
	"log/slog"

	"go.uber.org/zap/zapcore"
)

// bridge takes certmagic's log to ours. Of the fields only those below pass: others hold addresses of clients.
type bridge struct {
	log    *slog.Logger
	fields []zapcore.Field
}

func passes(key string) bool {
	switch key {
	case "identifier", "identifiers", "subject", "issuer", "error", "attempt", "retrying_in", "elapsed", "remaining", "ca":
		return true
	}
	return false
}

// Enabled implements zapcore.Core.
func (b bridge) Enabled(l zapcore.Level) bool { return l >= zapcore.InfoLevel }

// With implements zapcore.Core.
func (b bridge) With(fields []zapcore.Field) zapcore.Core {
	return bridge{b.log, append(b.fields[:len(b.fields):len(b.fields)], fields...)}
}

// Check implements zapcore.Core.
func (b bridge) Check(e zapcore.Entry, c *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if b.Enabled(e.Level) {
		return c.AddCore(e, b)
	}
	return c
}

// Write implements zapcore.Core.
func (b bridge) Write(e zapcore.Entry, fields []zapcore.Field) error {
	m := zapcore.NewMapObjectEncoder()
	for _, f := range append(b.fields[:len(b.fields):len(b.fields)], fields...) {
		if passes(f.Key) {
			f.AddTo(m)
		}
	}
	args := make([]any, 0, 2*len(m.Fields))
	for k, v := range m.Fields {
		args = append(args, k, v)
	}
	switch {
	case e.Level >= zapcore.ErrorLevel:
		b.log.Error("certificates: "+e.Message, args...)
	case e.Level >= zapcore.WarnLevel:
		b.log.Warn("certificates: "+e.Message, args...)
	default:
		b.log.Debug("certificates: "+e.Message, args...)
	}
	return nil
}

// Sync implements zapcore.Core.
func (b bridge) Sync() error { return nil }
