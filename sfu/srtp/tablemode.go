package srtp

// AES-128 in counter mode for machines without AES instructions.
//
// A round of AES is four look-ups and four XORs for each of the four words of a block, when the tables hold what an
// S-box followed by the mixing of a column makes of a byte (J. Daemen, V. Rijmen, "AES Proposal: Rijndael", section
// 5.2.1). crypto/aes does the same there, a block at a time, behind two calls. We gain in two ways: the key stream is
// made where it is used, and what does not change from block to block is computed once for 256 blocks. Only the last
// byte of the counter changes, so that in the first round one word of four, and of that one look-up, is new; in the
// second round each word needs one look-up instead of four (D. Bernstein, P. Schwabe, "New AES software speed records":
// counter-mode caching). That saves a third of crypto/aes' time on a 386, and half of it on an ARMv7.
//
// Which cache lines the look-ups touch depends on key and counter: who runs code on the same core might learn the key by
// watching the cache (D. Bernstein, "Cache-timing attacks on AES"). That is so with crypto/aes on such machines too,
// whose generic code has the same tables; the key lives as long as one connection, and Tablée's home is a machine of its
// own. Do not choose the fast mode where AES instructions exist: they are faster and have no tables.

import (
	"encoding/binary"
	"math/bits"
)

// tableMode is one expanded key.
type tableMode struct{ key [44]uint32 }

// newTableMode expands a key (FIPS 197, section 5.2).
func newTableMode(key [keySize]byte) *tableMode {
	var m tableMode
	for i := range 4 {
		m.key[i] = binary.BigEndian.Uint32(key[4*i:])
	}
	round := uint32(1)
	for i := 4; i < len(m.key); i++ {
		w := m.key[i-1]
		if i%4 == 0 {
			w = bits.RotateLeft32(w, 8)
			w = substitute(w, w, w, w) ^ round<<24
			round = round<<1 ^ round>>7*0x11b
		}
		m.key[i] = m.key[i-4] ^ w
	}
	return &m
}

// xor encrypts or decrypts b in place with the key stream that begins at iv, whose last 16 bits are zero.
func (m *tableMode) xor(b []byte, iv *[16]byte) {
	const run = 256 * 16
	for n := byte(0); len(b) > 0; n++ {
		iv[14] = n
		size := min(len(b), run)
		m.run(b[:size], iv)
		b = b[size:]
	}
}

// run does so for up to 256 blocks, between which only the last byte of the counter changes.
func (m *tableMode) run(b []byte, iv *[16]byte) {
	k := &m.key
	c, k0, k1, k2, k3 := m.cache(iv)
	var last [16]byte
	for n := uint32(0); len(b) > 0; n++ {
		w := c ^ te3[(n^k[3])&0xff]
		y0, y1, y2, y3 := k0^te0[w>>24], k1^te3[w&0xff], k2^te2[w>>8&0xff], k3^te1[w>>16&0xff]
		x0, x1 := mix(y0, y1, y2, y3, k[12]), mix(y1, y2, y3, y0, k[13])
		x2, x3 := mix(y2, y3, y0, y1, k[14]), mix(y3, y0, y1, y2, k[15])
		y0, y1 = mix(x0, x1, x2, x3, k[16]), mix(x1, x2, x3, x0, k[17])
		y2, y3 = mix(x2, x3, x0, x1, k[18]), mix(x3, x0, x1, x2, k[19])
		x0, x1 = mix(y0, y1, y2, y3, k[20]), mix(y1, y2, y3, y0, k[21])
		x2, x3 = mix(y2, y3, y0, y1, k[22]), mix(y3, y0, y1, y2, k[23])
		y0, y1 = mix(x0, x1, x2, x3, k[24]), mix(x1, x2, x3, x0, k[25])
		y2, y3 = mix(x2, x3, x0, x1, k[26]), mix(x3, x0, x1, x2, k[27])
		x0, x1 = mix(y0, y1, y2, y3, k[28]), mix(y1, y2, y3, y0, k[29])
		x2, x3 = mix(y2, y3, y0, y1, k[30]), mix(y3, y0, y1, y2, k[31])
		y0, y1 = mix(x0, x1, x2, x3, k[32]), mix(x1, x2, x3, x0, k[33])
		y2, y3 = mix(x2, x3, x0, x1, k[34]), mix(x3, x0, x1, x2, k[35])
		x0, x1 = mix(y0, y1, y2, y3, k[36]), mix(y1, y2, y3, y0, k[37])
		x2, x3 = mix(y2, y3, y0, y1, k[38]), mix(y3, y0, y1, y2, k[39])

		block := b
		if len(b) < len(last) {
			copy(last[:], b)
			block = last[:]
		}
		xorWord(block[0:4], substitute(x0, x1, x2, x3)^k[40])
		xorWord(block[4:8], substitute(x1, x2, x3, x0)^k[41])
		xorWord(block[8:12], substitute(x2, x3, x0, x1)^k[42])
		xorWord(block[12:16], substitute(x3, x0, x1, x2)^k[43])
		if len(b) < len(last) {
			copy(b, last[:])
			return
		}
		b = b[16:]
	}
}

// cache computes what the first two rounds have in common for all blocks of a run: of the first, the word c, which lacks
// the look-up of the counter's last byte; of the second, four words, which lack the look-up of a byte of that word each.
func (m *tableMode) cache(iv *[16]byte) (c, k0, k1, k2, k3 uint32) {
	k := &m.key
	s0, s1 := binary.BigEndian.Uint32(iv[0:])^k[0], binary.BigEndian.Uint32(iv[4:])^k[1]
	s2, s3 := binary.BigEndian.Uint32(iv[8:])^k[2], binary.BigEndian.Uint32(iv[12:])^k[3]
	c = te0[s0>>24] ^ te1[s1>>16&0xff] ^ te2[s2>>8&0xff] ^ k[4]
	w1, w2, w3 := mix(s1, s2, s3, s0, k[5]), mix(s2, s3, s0, s1, k[6]), mix(s3, s0, s1, s2, k[7])
	k0 = te1[w1>>16&0xff] ^ te2[w2>>8&0xff] ^ te3[w3&0xff] ^ k[8]
	k1 = te0[w1>>24] ^ te1[w2>>16&0xff] ^ te2[w3>>8&0xff] ^ k[9]
	k2 = te0[w2>>24] ^ te1[w3>>16&0xff] ^ te3[w1&0xff] ^ k[10]
	k3 = te0[w3>>24] ^ te2[w1>>8&0xff] ^ te3[w2&0xff] ^ k[11]
	return c, k0, k1, k2, k3
}

// mix makes one word of a round: S-box, shift of the rows, mixing of the column, key (FIPS 197, section 5.1).
func mix(a, b, c, d, key uint32) uint32 {
	return te0[a>>24] ^ te1[b>>16&0xff] ^ te2[c>>8&0xff] ^ te3[d&0xff] ^ key
}

// substitute makes one word of the last round, in which no column is mixed.
func substitute(a, b, c, d uint32) uint32 {
	return uint32(sbox[a>>24])<<24 | uint32(sbox[b>>16&0xff])<<16 | uint32(sbox[c>>8&0xff])<<8 | uint32(sbox[d&0xff])
}

// xorWord works byte by byte: Go's compiler for ARM would take words apart, and put them together again.
func xorWord(b []byte, w uint32) {
	_ = b[3]
	b[0] ^= byte(w >> 24)
	b[1] ^= byte(w >> 16)
	b[2] ^= byte(w >> 8)
	b[3] ^= byte(w)
}
