package rtcp

import (
	"encoding/binary"

	"tablee/sfu/history"
)

// maxCount is what fits into the five bits of a header: blocks of a report, sources of a goodbye.
const maxCount = 31

// maxEntries is how many pairs or entries go into one feedback packet; with it the packet still fits into a datagram.
const maxEntries = 128

// maxText is the largest item of a source description in bytes (RFC 3550, section 6.5).
const maxText = 255

// begin appends a header without its length; end fills it in.
func begin(dst []byte, typ, count uint8) []byte {
	return append(dst, 2<<6|count, typ, 0, 0)
}

// end notes the length of the packet that began at start.
func end(dst []byte, start int) []byte {
	binary.BigEndian.PutUint16(dst[start+2:], uint16((len(dst)-start)/4-1))
	return dst
}

func appendBlocks(dst []byte, blocks []Block) []byte {
	for i := range blocks {
		b := &blocks[i]
		dst = binary.BigEndian.AppendUint32(dst, b.SSRC)
		dst = binary.BigEndian.AppendUint32(dst, uint32(b.FractionLost)<<24|b.TotalLost&0xffffff)
		dst = binary.BigEndian.AppendUint32(dst, b.LastSequence)
		dst = binary.BigEndian.AppendUint32(dst, b.Jitter)
		dst = binary.BigEndian.AppendUint32(dst, b.LastSR)
		dst = binary.BigEndian.AppendUint32(dst, b.DelaySinceLastSR)
	}
	return dst
}

// AppendSenderReport appends a sender report (RFC 3550, section 6.4.1). Blocks beyond 31 go into receiver reports after
// it, as section 6.4 wants.
func AppendSenderReport(dst []byte, info SenderInfo, blocks []Block) []byte {
	start, n := len(dst), min(len(blocks), maxCount)
	dst = begin(dst, typeSenderReport, uint8(n))
	dst = binary.BigEndian.AppendUint32(dst, info.SSRC)
	dst = binary.BigEndian.AppendUint64(dst, info.NTP)
	dst = binary.BigEndian.AppendUint32(dst, info.RTPTime)
	dst = binary.BigEndian.AppendUint32(dst, info.Packets)
	dst = binary.BigEndian.AppendUint32(dst, info.Octets)
	dst = end(appendBlocks(dst, blocks[:n]), start)
	if n == len(blocks) {
		return dst
	}
	return AppendReceiverReport(dst, info.SSRC, blocks[n:])
}

// AppendReceiverReport appends a receiver report (RFC 3550, section 6.4.2), or several when there are more than 31
// blocks. One without blocks is a report too: that nothing was received.
func AppendReceiverReport(dst []byte, ssrc uint32, blocks []Block) []byte {
	for {
		start, n := len(dst), min(len(blocks), maxCount)
		dst = begin(dst, typeReceiverReport, uint8(n))
		dst = binary.BigEndian.AppendUint32(dst, ssrc)
		dst = end(appendBlocks(dst, blocks[:n]), start)
		if blocks = blocks[n:]; len(blocks) == 0 {
			return dst
		}
	}
}

// AppendCNAME appends a source description of one item, the canonical name (RFC 3550, section 6.5.1), which a compound
// packet needs. A name beyond 255 bytes is cut.
func AppendCNAME(dst []byte, ssrc uint32, name string) []byte {
	const itemCNAME = 1
	start := len(dst)
	name = name[:min(len(name), maxText)]
	dst = begin(dst, typeSDES, 1)
	dst = binary.BigEndian.AppendUint32(dst, ssrc)
	dst = append(dst, itemCNAME, uint8(len(name)))
	dst = append(dst, name...)
	for dst = append(dst, 0); (len(dst)-start)%4 != 0; { // the list ends with at least one null, at a word
		dst = append(dst, 0)
	}
	return end(dst, start)
}

// AppendBYE appends a goodbye of these sources (RFC 3550, section 6.6), or several when there are more than 31.
func AppendBYE(dst []byte, ssrcs []uint32) []byte {
	for len(ssrcs) > 0 {
		start, n := len(dst), min(len(ssrcs), maxCount)
		dst = begin(dst, typeBYE, uint8(n))
		for _, ssrc := range ssrcs[:n] {
			dst = binary.BigEndian.AppendUint32(dst, ssrc)
		}
		dst = end(dst, start)
		ssrcs = ssrcs[n:]
	}
	return dst
}

// beginFeedback appends what all feedback begins with (RFC 4585, section 6.1).
func beginFeedback(dst []byte, typ, format uint8, sender, media uint32) []byte {
	dst = begin(dst, typ, format)
	dst = binary.BigEndian.AppendUint32(dst, sender)
	return binary.BigEndian.AppendUint32(dst, media)
}

// AppendNACK appends a request for these packets of the stream media (RFC 4585, section 6.2.1): several packets when
// there are more than 128 pairs, none when there are none.
func AppendNACK(dst []byte, sender, media uint32, pairs []history.NackPair) []byte {
	for len(pairs) > 0 {
		start, n := len(dst), min(len(pairs), maxEntries)
		dst = beginFeedback(dst, typeRTPFeedback, formatNACK, sender, media)
		for _, p := range pairs[:n] {
			dst = binary.BigEndian.AppendUint16(dst, p.PID)
			dst = binary.BigEndian.AppendUint16(dst, p.BLP)
		}
		dst = end(dst, start)
		pairs = pairs[n:]
	}
	return dst
}

// AppendPLI appends a picture loss indication (RFC 4585, section 6.3.1).
func AppendPLI(dst []byte, sender, media uint32) []byte {
	return end(beginFeedback(dst, typePSFeedback, formatPLI, sender, media), len(dst))
}

// AppendFIR appends a full intra request (RFC 5104, section 4.3.1): several packets when there are more than 128
// entries, none when there are none. The media SSRC is 0, as the entries name the sources.
func AppendFIR(dst []byte, sender uint32, entries []FIREntry) []byte {
	for len(entries) > 0 {
		start, n := len(dst), min(len(entries), maxEntries)
		dst = beginFeedback(dst, typePSFeedback, formatFIR, sender, 0)
		for _, e := range entries[:n] {
			dst = binary.BigEndian.AppendUint32(dst, e.SSRC)
			dst = append(dst, e.Seq, 0, 0, 0)
		}
		dst = end(dst, start)
		entries = entries[n:]
	}
	return dst
}
