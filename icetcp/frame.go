package icetcp

import (
	"encoding/binary"
	"errors"
	"io"
)

// maxPacket bounds a packet, in bytes: what fits an Ethernet frame. ICE, DTLS and RTP need no more.
const maxPacket = 1500

// errFrame is a connection on which no packet can be found any more.
var errFrame = errors.New("a packet of an impossible length")

// readPacket reads one packet behind its length (RFC 4571, section 2). An empty one means nothing, and is skipped.
func readPacket(r io.Reader, b *[maxPacket]byte) (int, error) {
	for {
		if _, err := io.ReadFull(r, b[:2]); err != nil {
			return 0, err
		}
		n := int(binary.BigEndian.Uint16(b[:2]))
		if n > maxPacket {
			return 0, errFrame
		}
		if n == 0 {
			continue
		}
		return io.ReadFull(r, b[:n])
	}
}
