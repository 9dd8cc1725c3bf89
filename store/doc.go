// Package store keeps what must survive: rooms, chat, and the server's own settings, in one SQLite database inside the
// data folder.
//
// It promises that what it acknowledged is on the disk (a kill -9 or a power cut loses nothing of it), that one
// process at a time uses a data folder, that a corrupt database is set aside and never deleted, and that a full or
// failing disk gives ErrUnavailable and never a hang. Read store.go first, then commit.go.
package store
