// Package signaling is the WebSocket side of a meeting: the wire types (wire.go), the pure session state machine
// (step.go), the meeting that owns who sits where (meeting.go), and the pumps between them and a socket (conn.go).
//
// It promises that a client can only say what the protocol allows in the state it is in, that queues are bounded, and
// that a slow or hostile client harms nobody else. The protocol is docs/protocol.md; read wire.go first, then step.go.
package signaling
