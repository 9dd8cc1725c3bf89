// Package pad is the pads: documents that several people write at once, kept by a relay that speaks the y-websocket
// protocol and understands of an update only where it belongs.
//
// It promises that what was called saved is on the disk; that what a client sent and was not called saved is asked for
// again when it comes back; that nobody writes beyond their right, or under another's name; that every message, pad,
// queue and rate is bounded; and that a pad which nobody has open costs nothing but its rows.
//
// The life of an edit: conn.go reads it, open.go judges it and passes it on, commit.go puts it on the disk and says so,
// history.go joins what is old. Read hub.go first, then open.go. The API over HTTP is in pad/api.
package pad
