// Package sfu is the media engine: a selective forwarding unit that routes the sources of a room (microphones, cameras,
// screens and their sound) into the receive-only slots of its participants.
//
// Its promise: one PeerConnection per participant, negotiated by the client's offer alone; each slot is one continuous
// stream whoever it shows; what nobody watches is not sent; the loudest few are heard; a lost packet is repaired from
// one shared copy; and no participant, however broken or hostile, disturbs another.
//
// Words: a source is what a participant publishes (kind mic, camera, screen or sound). A stream is one encoding of it,
// one SSRC: a camera has several, its simulcast layers. A slot is one section of a client's offer that only receives.
//
// Who holds what, in the order in which locks are taken:
//
//	Engine.mu → room.mu → peer.in.mu (packets from a participant) → slot.mu (packets to one) → leaves (peer.line.mu, peer.notes.mu, speech.mu, uplink.mu, agenda.mu)
//
// A few goroutines read the media port, and take each packet from the system call that receives it to the one that sends it
// on (worker.go); one more, Engine.Run, does everything that is due for all rooms (agenda.go). Read engine.go first, then
// worker.go, ingress.go (the way of a packet in), slot.go (its way out) and share.go (who is sent what); docs/packet.md tells
// it in one go.
package sfu
