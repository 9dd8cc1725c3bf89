package srtp

import (
	"crypto/sha1"
	"encoding"
	"fmt"
)

// macKey is a key of HMAC-SHA1 (RFC 2104), as the two states of SHA-1 behind its first block: the key XOR ipad, and the
// key XOR opad. It never changes, so that all packets of a direction share it. crypto/hmac keeps such states too, but in
// each of its values next to two hashes; here one hash does both turns.
type macKey struct{ inner, outer []byte }

func newMacKey(key []byte) (m macKey, err error) {
	if m.inner, err = firstBlock(key, 0x36); err != nil {
		return macKey{}, err
	}
	m.outer, err = firstBlock(key, 0x5c)
	return m, err
}

// firstBlock returns the state of SHA-1 after a block of key XOR pad.
func firstBlock(key []byte, pad byte) ([]byte, error) {
	var block [sha1.BlockSize]byte
	copy(block[:], key)
	for i := range block {
		block[i] ^= pad
	}
	h := sha1.New()
	h.Write(block[:])
	m, ok := h.(encoding.BinaryMarshaler)
	if _, too := h.(encoding.BinaryUnmarshaler); !ok || !too {
		return nil, fmt.Errorf("the state of a %T cannot be kept", h)
	}
	return m.MarshalBinary()
}

// sign leaves the HMAC of message in c.sum.
func (m *macKey) sign(c *cmScratch, message []byte) {
	restore(c, m.inner)
	c.hash.Write(message)
	c.hash.Sum(c.sum[:0])
	restore(c, m.outer)
	c.hash.Write(c.sum[:])
	c.hash.Sum(c.sum[:0])
}

// restore brings the hash into a state that firstBlock made. It cannot fail: the state is that of a hash of the same type.
func restore(c *cmScratch, state []byte) {
	if err := c.hash.(encoding.BinaryUnmarshaler).UnmarshalBinary(state); err != nil {
		panic("srtp: restore SHA-1: " + err.Error())
	}
}
