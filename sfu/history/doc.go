// Package history remembers what one incoming RTP stream has carried, so that losses can be repaired on both sides of
// the server.
//
// Ring keeps the last packets: every receiver's NACK is answered from this one copy. Missing notices what the sender
// has not delivered and says when to ask for it again, and it recognises repeats, which browsers send on purpose to
// probe for bandwidth. Pairs and NackPair are the two directions of the NACK format of RFC 4585, section 6.2.1.
//
// The package promises that memory is bounded whatever the network sends, that nothing is allocated per packet once the
// first packet has come, and that a stream which jumps to other sequence numbers is followed within two packets. It
// holds no clock, lock or goroutine: now is monotonic nanoseconds, and one owner calls. Read ring.go first.
package history
