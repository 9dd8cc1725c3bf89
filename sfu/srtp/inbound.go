package srtp

// The way of a packet that is received. The buffer is the caller's all the time.
//
//  1. The header is walked to where the payload begins; a packet shorter than it says is refused.
//  2. The index is reckoned from the sequence number and what is known of the SSRC; one that was opened is refused, before
//     it costs any cryptography.
//  3. The tag is checked and the payload decrypted in place.
//  4. Only then the index is noted, and an SSRC that is new gets its state.

import (
	"encoding/binary"
	"errors"
)

// Reasons why a packet is not opened.
var (
	ErrShort    = errors.New("packet shorter than its header says")
	ErrAuth     = errors.New("SRTP packet is not authentic")
	ErrReplayed = errors.New("SRTP packet was opened before, or is too old to know")
	ErrTooMany  = errors.New("too many SSRCs under one SRTP key")
)

// Inbound opens the RTP packets of one participant, whatever their SSRCs. It must not be copied.
type Inbound struct {
	_       noCopy
	keys    *Keys
	streams table
	work    scratch
}

// Init makes in ready for what is protected with these keys.
func (in *Inbound) Init(keys *Keys) {
	in.keys, in.streams = keys, table{}
	in.work.init(keys.profile)
}

// Open checks and decrypts packet in place and returns it without its tag. After ErrAuth the content of packet is
// undefined.
func (in *Inbound) Open(packet []byte) ([]byte, error) {
	header, ok := headerSize(packet)
	if !ok || len(packet) < header+in.keys.profile.Overhead() {
		return nil, ErrShort
	}
	ssrc := binary.BigEndian.Uint32(packet[8:])
	w := in.streams.find(ssrc)
	index := w.guess(binary.BigEndian.Uint16(packet[2:]))
	if index > maxIndex {
		return nil, ErrExhausted
	}
	if !w.free(index) {
		return nil, ErrReplayed
	}
	var plain []byte
	if in.keys.profile == AES128GCM {
		plain, ok = in.work.openGCM(&in.keys.rtp, packet, header, ssrc, index)
	} else {
		plain, ok = in.work.openCM(&in.keys.rtp, packet, header, ssrc, index)
	}
	if !ok {
		return nil, ErrAuth
	}
	if err := in.streams.use(ssrc, index); err != nil {
		return nil, err
	}
	return plain, nil
}

// headerSize returns where the payload of an RTP packet begins (RFC 3550, section 5.1): behind the CSRCs and the header
// extension. It is false when that lies outside the packet.
func headerSize(packet []byte) (int, bool) {
	if len(packet) < rtpHeaderSize {
		return 0, false
	}
	at := rtpHeaderSize + 4*int(packet[0]&0x0f)
	if packet[0]&0x10 != 0 {
		if len(packet) < at+4 {
			return 0, false
		}
		at += 4 + 4*int(binary.BigEndian.Uint16(packet[at+2:]))
	}
	return at, at <= len(packet)
}
