// Package rtcp reads and writes the control packets of RTP sessions: the reports of RFC 3550, section 6, the feedback of
// RFC 4585 and RFC 5104 (FIR), and transport-wide congestion control feedback
// (draft-holmer-rmcat-transport-wide-cc-extensions-01). Compound packets and those of reduced size (RFC 5506) are alike
// to it.
//
// Iterator walks over the packets of a datagram. Each is checked as a whole before it is shown, so that the views on it
// (SenderReport, NACK, …) cannot fail; a malformed one ends the walk with an error, and what came before it stands.
// Kinds that the server has no use for are shown as KindOther, to be counted. The Append functions write packets at the
// end of a slice.
//
// The package promises that nothing is allocated, that every length is checked, and that the work for a datagram is
// bounded by its bytes and, for congestion feedback, by MaxStatuses. Views point into the datagram. It holds no state,
// clock or lock. Read iterator.go first.
package rtcp
