// Package twcc is both ends of transport-wide congestion control
// (draft-holmer-rmcat-transport-wide-cc-extensions-01), for one participant.
//
// Recorder notes when the participant's packets come and tells it in feedback. Ring numbers the packets that are sent to
// it, and finds out from its feedback when each arrived there, or that it did not: the raw material of a bandwidth
// estimate.
//
// The package promises fixed memory, no allocation, and that feedback which lies does no harm: what was never sent is
// counted and ignored, each packet is acknowledged at most once, and arrival times stay within 10 s of what the clocks
// allow. It holds no clock, lock or goroutine: now is monotonic nanoseconds, and one owner calls. Read recorder.go first.
package twcc
