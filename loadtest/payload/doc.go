// Package payload writes and reads what is inside the packets of simulated participants: RTP headers, the VP8 payload
// descriptor (RFC 7741), Opus packets (RFC 6716), and the stamp that each frame carries.
//
// Its promise: a stamped payload is as decodable as it was without the stamp, and nothing that a network can deliver
// makes a reader panic or read out of bounds. Pure: no clock, no goroutine, no lock.
//
// Read stamp.go first.
package payload
