// Package rewrite turns packets of changing sources into one continuous stream: what a receive-only slot of a client
// sees keeps one SSRC, whose sequence numbers have no gap of our making, whose timestamps never go back, and whose VP8
// picture ids count on, whoever is shown in it.
//
// It is pure: time comes in as monotonic nanoseconds. Read stream.go first; guard.go watches the incoming side.
package rewrite
