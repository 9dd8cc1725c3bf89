// Package yjs reads and writes Yjs documents: the binary updates of version 1, state vectors, delete sets, and the
// order of items (YATA). It holds no clock, lock or connection.
//
// It promises that no input makes it panic or allocate more than in proportion to the input's size; that what Merge and
// Compact make of updates gives every Yjs client the same document as the updates themselves; and that Doc reads the
// same text out of it as Yjs does. Read update.go first, then merge.go and document.go.
//
// The format is that of yjs 13 (src/utils/updates.js) and lib0's encoding: unsigned varints of 7 bits a byte, strings as
// length and UTF-8. Lengths of text are counted in UTF-16 units, as JavaScript does.
package yjs
