// Package directtest is a participant for tests of the direct transport: a UDP socket, ICE and DTLS of its own, and the keys in
// the test's hands.
//
// It promises what a browser hides: the test writes every check, sees every datagram as it came off the network, still
// encrypted, and decides when an address changes. What it says and does with the server is the real thing: STUN (RFC 8489) by
// hand, DTLS by Pion, over any net.PacketConn, so over Pion's virtual network too. After the handshake, receiving and sending
// allocate nothing, so that allocations can be counted around it.
//
// No part of the server imports it. Read client.go first, then stun.go.
package directtest
