// Package files keeps people's files: those of a room, of a member or a group, and those dropped behind a link. It has
// its own tus 1.0 server, an HTTP API, and one kind of tree for all of them (a Space).
//
// It promises that an acknowledged offset is on the disk, that the database and the blobs agree after any crash, that
// what was overwritten or deleted can be had back for a while and is then really gone, and that nothing which a visitor
// uploads is ever run by another visitor's browser. Read files.go first, then blobs.go and upload.go.
package files
