package rtcp

import (
	"encoding/binary"
	"errors"
)

// A datagram's way through the iterator:
//
//  1. Reset keeps a view of it. Encrypted RTCP must have been decrypted.
//  2. Next reads the header of the next packet, cuts the packet off by the length in the header, and its padding off
//     its end.
//  3. It checks the body against what its kind needs: counts against lengths, chunks against deltas.
//  4. The caller asks for the view that Kind names. It is valid as long as the datagram is.

// Kind says which view of a packet there is.
type Kind uint8

// The kinds of packets. KindOther has no view: source descriptions, REMB, extended reports and whatever is yet to come.
const (
	KindOther Kind = iota
	KindSenderReport
	KindReceiverReport
	KindBYE
	KindNACK
	KindTransportFeedback
	KindPLI
	KindFIR
)

// Packet types (RFC 3550, section 12.1, and RFC 4585, section 6.1) and formats of feedback (RFC 4585, section 6.2 and 6.3,
// RFC 5104, section 4.3.1, and the draft).
const (
	typeSenderReport   = 200
	typeReceiverReport = 201
	typeSDES           = 202
	typeBYE            = 203
	typeRTPFeedback    = 205
	typePSFeedback     = 206

	formatNACK      = 1
	formatTransport = 15
	formatPLI       = 1
	formatFIR       = 4
)

// Sizes in bytes.
const (
	headerSize     = 4
	ssrcSize       = 4
	senderInfoSize = 24 // with the SSRC
	blockSize      = 24
	feedbackSize   = 8 // the two SSRCs of a feedback packet
	pairSize       = 4
	firEntrySize   = 8
)

// Reasons why a walk ends early.
var (
	ErrShort    = errors.New("RTCP packet longer than the datagram that holds it")
	ErrVersion  = errors.New("RTCP version is not 2")
	ErrPadding  = errors.New("RTCP padding is empty or longer than its packet")
	ErrBody     = errors.New("RTCP packet shorter than its type and counts say")
	ErrStatuses = errors.New("RTCP congestion feedback about too many packets")
)

// Iterator walks over the packets of a datagram. The zero value is at the end.
type Iterator struct {
	rest, body []byte // body is without header and padding
	err        error
	kind       Kind
	typ, count uint8
}

// Reset begins a walk over b.
func (it *Iterator) Reset(b []byte) { *it = Iterator{rest: b} }

// Next goes to the next packet. It returns false at the end, and at the first malformed packet.
func (it *Iterator) Next() bool {
	it.kind, it.body = KindOther, nil
	if it.err != nil || len(it.rest) == 0 {
		return false
	}
	if it.err = it.cut(); it.err == nil {
		it.err = it.check()
	}
	return it.err == nil
}

// Err returns why the walk ended early, nil when it did not.
func (it *Iterator) Err() error { return it.err }

// Kind says which view of the packet there is.
func (it *Iterator) Kind() Kind { return it.kind }

// Type returns the packet type.
func (it *Iterator) Type() uint8 { return it.typ }

// Format returns the five bits of the header that are the format of feedback, or the count of something else.
func (it *Iterator) Format() uint8 { return it.count }

// cut reads the header (RFC 3550, section 6.4.1) and takes the packet off the rest. Padding is taken off any packet,
// though RFC 3550 wants it on the last only: browsers pad congestion feedback wherever it stands, by less than a word.
func (it *Iterator) cut() error {
	b := it.rest
	if len(b) < headerSize {
		return ErrShort
	}
	if b[0]>>6 != 2 {
		return ErrVersion
	}
	end := headerSize + 4*int(binary.BigEndian.Uint16(b[2:]))
	if len(b) < end {
		return ErrShort
	}
	it.rest = b[end:]
	it.count, it.typ = b[0]&0x1f, b[1]
	if b[0]&0x20 != 0 {
		pad := int(b[end-1])
		if end == headerSize || pad == 0 || pad > end-headerSize {
			return ErrPadding
		}
		end -= pad
	}
	it.body = b[headerSize:end]
	return nil
}

// check finds the kind of the packet and holds its body against it.
func (it *Iterator) check() error {
	least := 0
	switch it.kind = kindOf(it.typ, it.count); it.kind {
	case KindSenderReport:
		least = senderInfoSize + int(it.count)*blockSize
	case KindReceiverReport:
		least = ssrcSize + int(it.count)*blockSize
	case KindBYE:
		return it.checkBYE()
	case KindNACK:
		return it.checkEntries(pairSize)
	case KindFIR:
		return it.checkEntries(firEntrySize)
	case KindPLI:
		least = feedbackSize
	case KindTransportFeedback:
		return TransportFeedback{it.body}.check()
	}
	if len(it.body) < least {
		return ErrBody
	}
	return nil
}

func kindOf(typ, format uint8) Kind {
	switch typ {
	case typeSenderReport:
		return KindSenderReport
	case typeReceiverReport:
		return KindReceiverReport
	case typeBYE:
		return KindBYE
	case typeRTPFeedback:
		switch format {
		case formatNACK:
			return KindNACK
		case formatTransport:
			return KindTransportFeedback
		}
	case typePSFeedback:
		switch format {
		case formatPLI:
			return KindPLI
		case formatFIR:
			return KindFIR
		}
	}
	return KindOther
}

// checkBYE: the optional reason begins with its length (RFC 3550, section 6.6).
func (it *Iterator) checkBYE() error {
	reason := int(it.count) * ssrcSize
	if len(it.body) < reason || len(it.body) > reason && len(it.body) < reason+1+int(it.body[reason]) {
		return ErrBody
	}
	return nil
}

// checkEntries: feedback of entries has at least one (RFC 4585, section 6.2.1, and RFC 5104, section 4.3.1.1).
func (it *Iterator) checkEntries(size int) error {
	if n := len(it.body) - feedbackSize; n < size || n%size != 0 {
		return ErrBody
	}
	return nil
}

// view returns the body. Asking for a view that Kind does not name is a mistake of the caller, and panics.
func (it *Iterator) view(kind Kind) []byte {
	if it.kind != kind || it.body == nil {
		panic("rtcp: a view was asked for that Kind does not name")
	}
	return it.body
}

// SenderReport returns the view of a packet of KindSenderReport.
func (it *Iterator) SenderReport() SenderReport {
	return SenderReport{it.view(KindSenderReport), int(it.count)}
}

// ReceiverReport returns the view of a packet of KindReceiverReport.
func (it *Iterator) ReceiverReport() ReceiverReport {
	return ReceiverReport{it.view(KindReceiverReport), int(it.count)}
}

// BYE returns the view of a packet of KindBYE.
func (it *Iterator) BYE() BYE { return BYE{it.view(KindBYE), int(it.count)} }

// NACK returns the view of a packet of KindNACK.
func (it *Iterator) NACK() NACK { return NACK{it.view(KindNACK)} }

// TransportFeedback returns the view of a packet of KindTransportFeedback.
func (it *Iterator) TransportFeedback() TransportFeedback {
	return TransportFeedback{it.view(KindTransportFeedback)}
}

// PLI returns the view of a packet of KindPLI.
func (it *Iterator) PLI() PLI { return PLI{it.view(KindPLI)} }

// FIR returns the view of a packet of KindFIR.
func (it *Iterator) FIR() FIR { return FIR{it.view(KindFIR)} }
