package srtp

import "encoding/binary"

// scratch is what the ciphers work with. They take slices through interfaces, so that a local array would be moved to
// the heap for each packet; here it lies in a value that is there already.
type scratch struct {
	iv  [16]byte // 12 of them for AES128GCM
	aad [rtcpHeaderSize + indexSize]byte
	cm  *cmScratch // of AES128CM
}

func (w *scratch) init(profile Profile) {
	w.cm = nil
	if profile == AES128CM {
		w.cm = newCMScratch()
	}
}

// nonceGCM sets the nonce of an RTP packet: two zero bytes, SSRC and index, XOR the salt (RFC 7714, section 8.1).
func (w *scratch) nonceGCM(salt *[16]byte, ssrc uint32, index uint64) []byte {
	w.iv = *salt
	xor32(w.iv[2:], ssrc)
	xor32(w.iv[6:], uint32(index>>16))
	w.iv[10] ^= byte(index >> 8)
	w.iv[11] ^= byte(index)
	return w.iv[:gcmSaltSize]
}

// nonceRTCP sets the nonce of an RTCP packet: two zero bytes, SSRC, two zero bytes, index, XOR the salt (RFC 7714,
// section 9.1).
func (w *scratch) nonceRTCP(salt *[16]byte, ssrc, index uint32) []byte {
	w.iv = *salt
	xor32(w.iv[2:], ssrc)
	xor32(w.iv[8:], index)
	return w.iv[:gcmSaltSize]
}

func xor32(b []byte, v uint32) { binary.BigEndian.PutUint32(b, binary.BigEndian.Uint32(b)^v) }

// sealGCM encrypts an RTP packet; its header is what is authenticated besides (RFC 7714, section 8.2).
func (w *scratch) sealGCM(s *session, packet []byte, header int, ssrc uint32, index uint64) []byte {
	body := s.aead.Seal(packet[header:header], w.nonceGCM(&s.salt, ssrc, index), packet[header:], packet[:header])
	return packet[:header+len(body)]
}

func (w *scratch) openGCM(s *session, packet []byte, header int, ssrc uint32, index uint64) ([]byte, bool) {
	body, err := s.aead.Open(packet[header:header], w.nonceGCM(&s.salt, ssrc, index), packet[header:], packet[:header])
	return packet[:header+len(body)], err == nil
}

// sealRTCPGCM encrypts an RTCP packet: header, ciphertext, tag, and the word of E bit and index, which is authenticated
// together with the header (RFC 7714, section 9.2).
func (w *scratch) sealRTCPGCM(s *session, packet []byte, ssrc, index uint32) []byte {
	copy(w.aad[:], packet[:rtcpHeaderSize])
	binary.BigEndian.PutUint32(w.aad[rtcpHeaderSize:], encrypted|index)
	nonce := w.nonceRTCP(&s.salt, ssrc, index)
	body := s.aead.Seal(packet[rtcpHeaderSize:rtcpHeaderSize], nonce, packet[rtcpHeaderSize:], w.aad[:])
	return append(packet[:rtcpHeaderSize+len(body)], w.aad[rtcpHeaderSize:]...)
}

func (w *scratch) openRTCPGCM(s *session, packet []byte, ssrc, index uint32) ([]byte, bool) {
	end := len(packet) - indexSize
	copy(w.aad[:], packet[:rtcpHeaderSize])
	copy(w.aad[rtcpHeaderSize:], packet[end:])
	nonce := w.nonceRTCP(&s.salt, ssrc, index)
	body, err := s.aead.Open(packet[rtcpHeaderSize:rtcpHeaderSize], nonce, packet[rtcpHeaderSize:end], w.aad[:])
	return packet[:rtcpHeaderSize+len(body)], err == nil
}
