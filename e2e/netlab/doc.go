// Package netlab builds a small Internet out of Linux network namespaces, and meets in it.
//
// Purpose: a home LAN behind a NAT that does not lead its own public address back inside (hairpin) and that forwards what it
// is asked to forward (miniupnpd, by NAT-PMP and UPnP), a host outside with IPv4 and IPv6, one behind a symmetric NAT, one
// behind a firewall that lets only TCP 80 and 443 through; name servers; a certificate authority; a real server in the house,
// and participants everywhere, real browsers and simulated ones on Pion (guest/), in one meeting. The public address changes
// under them, the router reboots as another one, and somebody floods the relay.
//
// Promise: nothing leaves the machine, nothing is left behind: all is made in namespaces that end with the test. It needs
// root, or a kernel that lets users make namespaces; without either it fails, and is never skipped.
//
// Read lab.sh for the topology, then netlab_test.go.
package netlab
