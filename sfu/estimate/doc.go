// Package estimate tells how much one receiver's line can carry, from the transport-wide feedback that its browser
// sends (draft-holmer-rmcat-transport-wide-cc-extensions-01).
//
// It stands on Google Congestion Control (draft-ietf-rmcat-gcc-02) and adds what a forwarding server needs: it finds the
// line's rate by short probes instead of by growing for minutes, is not misled by a source that sends less than the
// line carries, tells loss that comes with the air from loss that comes with the rate, empties a queue in proportion to
// its length, and does not let a download that fills the queue take the whole line.
//
// It promises that the estimate stays within its limits whatever the feedback says, that it never grows from traffic
// that does not fill the line unless a probe has shown the room, and never shrinks because there was little to send. It
// holds no clock, lock or goroutine, and allocates nothing after New: times are monotonic nanoseconds, those of arrival
// on the receiver's own clock. Read estimator.go first, then control.go.
package estimate
