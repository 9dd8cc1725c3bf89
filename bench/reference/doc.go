// Command reference is a forwarding server on stock Pion, to measure Tablée against: the same load test, the same
// packets, in the same run on the same machine. It is built by `make bench` and is no part of the product.
//
// What it is: one PeerConnection per participant with Pion's default interceptors (NACK both ways, RTCP reports,
// transport-wide feedback, statistics) and its default sockets, and a TrackLocalStaticRTP for each slot, into which the
// source's goroutine writes each packet: how the examples of Pion, and most servers that grew from them, forward. It
// speaks as much of docs/protocol.md as `tablee loadtest` needs.
//
// What it is not: a server for people. It forwards every microphone instead of the loudest, and the lowest layer of
// each camera that is asked for; it leaves picture ids as they are, adapts to no line, has no limits, keeps nothing, and
// lets everybody in.
//
// Read serve.go first (the protocol), then slot.go (the way of a packet).
package main
