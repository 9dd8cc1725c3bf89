// Package chat keeps a room's chat while the room is in use: messages are numbered, stored in groups, and deleted when
// the room has been empty for a while.
//
// It promises that a message is acknowledged only after its commit, that messages of a room are acknowledged in the
// order of their numbers, that a full queue or a failing disk refuses with chat_unsaved at once and never blocks, and
// that what was deleted is gone from the disk. Read log.go first.
package chat
