// Package receive judges one stream as a simulated participant receives it: what was lost before and after repair, which
// packets to ask for again, which frames decode, how long the picture froze, and whether the server kept its promises
// about slots (docs/protocol.md): sequence numbers without leaps, timestamps that never go back, picture ids that are
// neighbours, every new source on a key frame.
//
// Its promise: every packet that the server sent is counted once as received, repaired or lost, whatever order the
// network delivers. Pure: time is handed in as nanoseconds of one monotonic clock.
//
// The way of a packet: Stream.Packet → window (order and gaps) → Stream.consume in order of sequence numbers → timeline
// and, for video, frames. Read stream.go first.
package receive
