// Package report computes what RTCP sender and receiver reports say (RFC 3550, section 6.4): losses and jitter of an
// incoming stream, the clock and the counters of an outgoing one, and the round trip between the two.
//
// It promises bounded state of a few words per stream, no allocation per packet, and figures that stay sane when a
// stream wraps, jumps or repeats. It holds no clock: now is monotonic nanoseconds. Read receiver.go first.
package report
