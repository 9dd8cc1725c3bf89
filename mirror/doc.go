// Package mirror copies named folders one way to a WebDAV server: a Nextcloud, another Tablée.
//
// It promises that a second run sends nothing that is there already; that a cut, or kill -9, leaves no half file under a
// real name and is gone on from at the next file; and that it never overwrites or deletes what it did not write itself, or
// what somebody has changed there since. Read mirror.go first, then run.go and manifest.go.
package mirror
