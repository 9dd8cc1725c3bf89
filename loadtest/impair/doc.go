// Package impair is a line between a participant and the internet: it has a rate with a bounded queue before it, delays
// and jitters, and loses packets, in both directions, without help of the kernel.
//
// Its promise: on average exactly what was asked for happens, in an order that follows from the seed; packets overtake
// each other only when Profile.Reorder says so; memory is bounded; two goroutines a line, none a packet.
//
// Read profile.go first, then pipe.go (one direction, pure), then conn.go.
package impair
