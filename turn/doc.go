// Package turn is the way in for participants whose network lets no UDP through, or not to our media port: a STUN and
// TURN server (RFC 8489, RFC 8656) that relays to our own media engine and nowhere else.
//
// Purpose: pion/turn speaks the protocol, over UDP, TCP and, behind the front, TLS. Relayed packets never touch a
// network: Relay hands them to the media engine as a net.PacketConn, and takes the engine's answers back.
//
// Promise: whoever has credentials can reach our own media addresses with our own media port, however the address is
// written, and nothing else; each person has so many relayed connections, each of them so much bandwidth; credentials are
// made for one person and end after hours; silent and stuck TCP connections are cut; all queues are bounded, and a full one
// drops and counts.
//
// Read relay.go first (the way of a packet), then policy.go.
package turn
