package turn

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// maxMessage bounds a message of a TCP connection, in bytes: a datagram and what STUN puts around it. It is less than
// what Pion takes for truncated.
const maxMessage = 1592

// errFrame is a connection that does not speak STUN any more; nothing on it can be found again.
var errFrame = errors.New("neither STUN nor ChannelData")

// readMessage reads one whole message, STUN or ChannelData with its padding, into b, which has maxMessage bytes or more
// (RFC 8656, section 3.1 and 12.5). The second of the two bits that tell them apart is set for ChannelData.
func readMessage(r io.Reader, b []byte) (int, error) {
	if _, err := io.ReadFull(r, b[:4]); err != nil {
		return 0, err
	}
	length := int(binary.BigEndian.Uint16(b[2:]))
	size := 0
	switch b[0] >> 6 {
	case 0:
		size = 20 + length
	case 1:
		size = 4 + (length+3)&^3
	default:
		return 0, errFrame
	}
	if size > maxMessage {
		return 0, fmt.Errorf("%w of a usable size", errFrame)
	}
	if _, err := io.ReadFull(r, b[4:size]); err != nil {
		return 0, err
	}
	return size, nil
}
