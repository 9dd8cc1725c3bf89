package srtp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
)

// streamSize is how much key stream is made before it is applied.
const streamSize = 8 * aes.BlockSize

// counterMode is AES-128 in counter mode under one key, in one of two ways: through the standard library, or through
// our tables.
type counterMode struct {
	block cipher.Block
	fast  *tableMode
}

func newCounterMode(key []byte, fast bool) (c counterMode, err error) {
	if fast {
		c.fast = newTableMode([keySize]byte(key))
		return c, nil
	}
	c.block, err = aes.NewCipher(key)
	return c, err
}

// xor encrypts or decrypts b in place with the key stream that begins at iv, whose last 16 bits are zero, and which is
// changed. stream is space to work in. cipher.NewCTR would allocate for each packet.
func (c *counterMode) xor(b []byte, iv *[16]byte, stream *[streamSize]byte) {
	if c.fast != nil {
		c.fast.xor(b, iv)
		return
	}
	for n := uint16(0); len(b) > 0; {
		size := min(len(b), streamSize)
		for at := 0; at < size; at += aes.BlockSize {
			binary.BigEndian.PutUint16(iv[14:], n)
			c.block.Encrypt(stream[at:], iv[:])
			n++
		}
		subtle.XORBytes(b, b, stream[:size])
		b = b[size:]
	}
}
