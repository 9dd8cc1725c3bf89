package samples

import (
	"bytes"
	"encoding/binary"
)

const oggHeader = 27 // bytes of a page's header before its segment table (RFC 3533, section 6)

// readOgg reads the Opus packets of an Ogg file that has no packet across pages, without its two header packets.
func readOgg(data []byte) ([][]byte, error) {
	var packets [][]byte
	for len(data) > 0 {
		if len(data) < oggHeader || string(data[:4]) != "OggS" {
			return nil, ErrSample
		}
		segments := int(data[26])
		if len(data) < oggHeader+segments {
			return nil, ErrSample
		}
		table, rest := data[oggHeader:oggHeader+segments], data[oggHeader+segments:]
		size := 0
		for _, lace := range table {
			size += int(lace)
			if size > len(rest) {
				return nil, ErrSample
			}
			if lace < 255 {
				packets = append(packets, rest[:size])
				rest, size = rest[size:], 0
			}
		}
		if size != 0 { // goes on in the next page
			return nil, ErrSample
		}
		data = rest
	}
	if len(packets) < 3 || !bytes.HasPrefix(packets[0], []byte("OpusHead")) ||
		!bytes.HasPrefix(packets[1], []byte("OpusTags")) || binary.LittleEndian.Uint32(packets[0][12:]) != 48000 {
		return nil, ErrSample
	}
	return packets[2:], nil
}
