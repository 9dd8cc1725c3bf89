// Package negotiate reads a client's SDP offer and writes the answer to it (RFC 8829, RFC 9429): which sections there are,
// what the client sends and receives on each, under which numbers; and, for the direct transport, the ICE and DTLS
// parameters of both sides.
//
// It promises that an offer of any content is answered, or refused with an error that wraps ErrOffer, in bounded time and
// memory; that the answer never accepts what was not offered; and that it is a pure function of its input. It understands
// what this server speaks: Opus, VP8 with retransmissions, bundled on one transport. Read offer.go first, then answer.go.
package negotiate
