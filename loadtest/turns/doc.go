// Package turns says who speaks when in a simulated meeting: one at a time for two to four seconds, with short pauses and
// short overlaps, as people do.
//
// Its promise: the same seed gives the same meeting, and a longer meeting begins like a shorter one. Pure.
//
// Read turns.go first.
package turns
