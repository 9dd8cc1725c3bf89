// Package loadtest joins simulated participants to a meeting and reports how the server carried it.
//
// Each participant is what a browser is to the server: it opens the room over HTTP, speaks docs/protocol.md over a
// WebSocket, makes one offer for one PeerConnection, publishes three layers of VP8 and a voice that really decode
// (loadtest/samples), watches everybody else, repairs losses, and measures what it receives. Its promise: what the
// report says was measured at the receivers, with every packet accounted for, and a run with the same seed is the
// same meeting.
//
// Read run.go first (the course of a run), then participant.go (one participant's loop).
package loadtest
