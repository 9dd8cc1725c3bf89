// Package srtp protects and opens the RTP and RTCP packets of one participant (RFC 3711, RFC 7714), in place and without
// allocating.
//
// Keys are the session keys of one direction. Outbound seals the packets of one SSRC, OutboundRTCP all RTCP that is
// sent, Inbound and InboundRTCP open what one participant sends.
//
// The package promises that no nonce is used twice: an Outbound refuses an index that it sealed before or that it no
// longer remembers, whoever asks. One pair of SSRC and Keys must therefore never have a second Outbound; neither may an
// Outbound be copied (go vet reports it). It promises that a forged packet costs no memory, that a packet is opened once,
// and that no length of a packet leads out of its buffer. It holds no clock, lock or goroutine: one owner calls each
// value, while Keys never change and may be shared. Read keys.go first, then outbound.go.
package srtp
