// Package direct is the engine's own way for packets: one UDP port for all participants, read and written in batches, with
// RTP and RTCP decrypted and encrypted in place by package srtp. Pion keeps what it is good at: ICE (pion/ice) and the DTLS
// handshake (pion/dtls); neither sees a media packet.
//
// It promises that a received or sent packet costs no allocation, no queue and no goroutine of its own; that media, and the
// first byte of a handshake, are taken only from addresses that ICE has validated; that each SSRC is encrypted by exactly one
// context; that what is not ours to decrypt costs a look at one table, and no memory; and that nothing here blocks the
// goroutine that reads: what does not fit is dropped and counted.
//
// Where the keys come from: DTLS is driven directly (keys.go), because its connection then gives the SRTP keys by its public
// exporter (RFC 5705, RFC 5764 section 4.2). The other way, a webrtc.PeerConnection whose master secret is tapped from a key
// log, would leave an SRTP session, its queues and a dozen goroutines behind for every participant, and depend on the order
// of log lines. The price is an SDP answer of our own (package negotiate), which the slots make short.
//
// Words: a Port is the sockets; a Link one participant's connection on it; a Stream one SSRC that is sent to it. An Inbox is
// what one goroutine reads with, an Outbox what one goroutine writes with. Read port.go first, then inbox.go (in), stream.go
// (out), link.go (the life of a connection).
package direct
