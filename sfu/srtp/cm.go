package srtp

import (
	"crypto/sha1"
	"crypto/subtle"
	"encoding/binary"
	"hash"
)

// cmScratch is what counter mode and HMAC-SHA1 work with.
type cmScratch struct {
	hash   hash.Hash // SHA-1; also an encoding.BinaryUnmarshaler
	sum    [sha1.Size]byte
	tag    [cmTagSize]byte
	stream [streamSize]byte // key stream ahead of its use
}

func newCMScratch() *cmScratch { return &cmScratch{hash: sha1.New()} }

// startCM sets the counter's first value: SSRC and index, XOR the salt, in front of 16 bits that count blocks (RFC 3711,
// section 4.1.1).
func (w *scratch) startCM(salt *[16]byte, ssrc uint32, index uint64) {
	w.iv = *salt
	xor32(w.iv[4:], ssrc)
	xor32(w.iv[8:], uint32(index>>16))
	w.iv[12] ^= byte(index >> 8)
	w.iv[13] ^= byte(index)
}

// sealCM encrypts an RTP packet, and then authenticates it together with the roll-over counter (RFC 3711, section 4.2).
func (w *scratch) sealCM(s *session, packet []byte, header int, ssrc uint32, index uint64) []byte {
	n := len(packet)
	w.startCM(&s.salt, ssrc, index)
	s.cm.xor(packet[header:], &w.iv, &w.cm.stream)
	sealed := packet[:n+cmTagSize]
	w.cm.signRTP(&s.mac, sealed, n, index)
	copy(sealed[n:], w.cm.sum[:])
	return sealed
}

func (w *scratch) openCM(s *session, packet []byte, header int, ssrc uint32, index uint64) ([]byte, bool) {
	n := len(packet) - cmTagSize
	copy(w.cm.tag[:], packet[n:])
	w.cm.signRTP(&s.mac, packet, n, index)
	if subtle.ConstantTimeCompare(w.cm.tag[:], w.cm.sum[:cmTagSize]) != 1 {
		return nil, false
	}
	w.startCM(&s.salt, ssrc, index)
	s.cm.xor(packet[header:n], &w.iv, &w.cm.stream)
	return packet[:n], true
}

// signRTP computes the sum over the first n bytes of packet and the roll-over counter, which is put behind them, where
// the tag will be: one call of the hash instead of two.
func (c *cmScratch) signRTP(key *macKey, packet []byte, n int, index uint64) {
	binary.BigEndian.PutUint32(packet[n:], uint32(index>>16))
	key.sign(c, packet[:n+4])
}

// sealRTCPCM encrypts an RTCP packet: header, ciphertext, the word of E bit and index, tag (RFC 3711, section 3.4).
func (w *scratch) sealRTCPCM(s *session, packet []byte, ssrc, index uint32) []byte {
	n := len(packet)
	w.startCM(&s.salt, ssrc, uint64(index))
	s.cm.xor(packet[rtcpHeaderSize:], &w.iv, &w.cm.stream)
	sealed := packet[:n+indexSize+cmTagSize]
	binary.BigEndian.PutUint32(sealed[n:], encrypted|index)
	s.mac.sign(w.cm, sealed[:n+indexSize])
	copy(sealed[n+indexSize:], w.cm.sum[:])
	return sealed
}

func (w *scratch) openRTCPCM(s *session, packet []byte, ssrc, index uint32) ([]byte, bool) {
	signed := len(packet) - cmTagSize
	s.mac.sign(w.cm, packet[:signed])
	if subtle.ConstantTimeCompare(packet[signed:], w.cm.sum[:cmTagSize]) != 1 {
		return nil, false
	}
	plain := packet[:signed-indexSize]
	w.startCM(&s.salt, ssrc, uint64(index))
	s.cm.xor(plain[rtcpHeaderSize:], &w.iv, &w.cm.stream)
	return plain, true
}
