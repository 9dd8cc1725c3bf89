// Package front stands before everything that is served over TCP: one port, usually 443, carries HTTPS, WebSockets,
// TURN over TLS, TURN over TCP and ICE-TCP, because a guest's firewall may let nothing else through.
//
// Purpose: look at the first bytes of a connection, take TLS off, look again, and hand the connection to whoever speaks
// its language; ALPN is not relied on, since browsers send none with TURN.
//
// Promise: a client that is slow, silent or babbling costs one goroutine and one connection for some seconds, and is
// counted; so many connections, and no more, come from everybody and from one household; no byte that was looked at is
// lost, wherever the network cut it; what a PROXY header says is believed from this machine alone.
//
// Read classify.go first (what bytes mean), then front.go (the way of a connection).
package front
