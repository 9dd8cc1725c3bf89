// Package network knows how this machine is reached: its own addresses, the router's public one, and what the router does
// with packets.
//
// Purpose: Watch follows the addresses and tells when they change; the router is asked by NAT-PMP (RFC 6886) and UPnP-IGD,
// name servers where our own name leads to, and STUN servers (RFC 8489) if there are any in the settings. It is also asked
// to forward our ports, when that is allowed. NATType and Gateway serve `tablee doctor`. Names answers for our own names
// inside the house.
//
// Promise: nobody is asked who is not our own router, our own name server, or in the settings; the public address is never
// found out by sending to it, since that needs the hairpin that is so often missing; answers are bounded and believed from
// whoever was asked alone; a router that says nonsense costs a line in the log.
//
// Read addresses.go first, then watch.go.
package network
