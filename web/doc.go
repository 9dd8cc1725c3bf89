// Package web is the HTTP side of Tablée: the page, the API to open and look at rooms, the way to a room's WebSocket,
// and the HTTP server under them.
//
// It promises that every answer carries the security headers, that a request is refused before it costs anything worth
// having (method, origin, type, size, rate, in this order), that no address of a client is kept or logged, and that a
// slow, silent or greedy client holds nothing but its own connection.
//
// Read handler.go first (what answers what), then api.go; server.go is the life of connections.
package web
