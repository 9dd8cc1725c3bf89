// Package simulate runs an estimator of a line's rate over a simulated line, in virtual time and the same way each time.
//
// A line has a rate that changes, a queue that drops when it is full, a delay, jitter, random loss, and perhaps a
// download beside us. A source sends what the estimator allows, or less, as video comes: in frames, paced, with a voice
// beside it; the receiver returns transport-wide feedback. The result says how fast the estimator found the line's rate,
// how much of it was used, and how long packets waited.
//
// It is for tests and for the comparison in docs/bandwidth.md, and no part of the server. The package promises that the
// same case and seed give the same result on any machine. Read run.go first, then cases.go.
package simulate
