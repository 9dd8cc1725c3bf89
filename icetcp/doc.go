// Package icetcp carries ICE over TCP (RFC 6544): for participants whose network lets nothing but TCP through, and who need
// no relay for it.
//
// Purpose: many TCP connections, on which each packet stands behind its length (RFC 4571), look to the media engine like
// one UDP socket: a net.PacketConn whose peers are the TCP clients.
//
// Promise: a connection that is silent, sends something else than packets, or does not take what it is sent, is cut; its
// queue is bounded and drops the oldest packet, since media that come late are of no use; the engine's writes never wait.
//
// Read conn.go first.
package icetcp
