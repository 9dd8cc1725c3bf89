package srtp

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// RFC 3711, appendix B.2: the key stream of counter mode from its first block to its last but 254.
func TestKeyStreamOfRFC3711(t *testing.T) {
	key := unhex(t, "2B7E151628AED2A6ABF7158809CF4F3C")
	for _, fast := range []bool{false, true} {
		c, err := newCounterMode(key, fast)
		if err != nil {
			t.Fatal(err)
		}
		var iv [16]byte
		copy(iv[:], unhex(t, "F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000"))
		stream := make([]byte, 0xff02*aes.BlockSize)
		c.xor(stream, &iv, new([streamSize]byte))
		for block, want := range map[int]string{
			0x0000: "E03EAD0935C95E80E166B16DD92B4EB4",
			0x0001: "D23513162B02D0F72A43A2FE4A5F97AB",
			0x0002: "41E95B3BB0A2E8DD477901E4FCA894C0",
			0xfeff: "EC8CDF7398607CB0F2D21675EA9EA1E4",
			0xff00: "362B7C3C6773516318A077D7FC5073AE",
			0xff01: "6A2CC3787889374FBEB4C81B17BA6C44",
		} {
			if got := stream[block*16:][:16]; !bytes.Equal(got, unhex(t, want)) {
				t.Errorf("fast %v: block %#x is %x, want %s", fast, block, got, want)
			}
		}
	}
}

// RFC 3711, appendix B.3.
func TestKeyDerivationOfRFC3711(t *testing.T) {
	master, err := aes.NewCipher(unhex(t, "E1F97A0D3E018BE0D64FA32C06DE4139"))
	if err != nil {
		t.Fatal(err)
	}
	salt := unhex(t, "0EC675AD498AFEEBB6960B3AABE6")
	for label, want := range []string{
		labelKey: "C61E7A93744F39EE10734AFE3FF7A087",
		labelAuth: `CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF7227098
			6371C10C9A369AC2F94A8C5FBCDDDC256D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2`,
		labelSalt: "30CBBC08863D8C85D49DB34A9AE1",
	} {
		w := unhex(t, want)
		if got := derive(master, salt, byte(label), len(w)); !bytes.Equal(got, w) {
			t.Errorf("label %d gives %x, want %x", label, got, w)
		}
	}
}

// vectorKeys are the session keys, not the master keys, of RFC 7714, sections 16.1 and 17.1.
func vectorKeys(t *testing.T) *Keys {
	block, err := aes.NewCipher(unhex(t, "000102030405060708090a0b0c0d0e0f"))
	if err != nil {
		t.Fatal(err)
	}
	var s session
	copy(s.salt[:], unhex(t, "51756964 2070726f 2071756f"))
	if s.aead, err = cipher.NewGCM(block); err != nil {
		t.Fatal(err)
	}
	return &Keys{profile: AES128GCM, rtp: s, rtcp: s}
}

// RFC 7714, section 16.1.
func TestPacketOfRFC7714(t *testing.T) {
	plain := unhex(t, `8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070
		61727465 73207472 6573`)
	sealed := unhex(t, `8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a
		51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce`)
	var out Outbound
	out.Init(vectorKeys(t), 0x5501a0b2)
	got, err := out.Seal(clone(plain), rtpHeaderSize)
	if err != nil || !bytes.Equal(got, sealed) {
		t.Errorf("sealed %x, %v\nwant %x", got, err, sealed)
	}
	if iv := unhex(t, "51753c65 80c2726f 20718414"); !bytes.Equal(out.work.iv[:gcmSaltSize], iv) {
		t.Errorf("nonce %x, want %x", out.work.iv, iv)
	}
	var in Inbound
	in.Init(vectorKeys(t))
	if got, err = in.Open(clone(sealed)); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("opened %x, %v\nwant %x", got, err, plain)
	}
}

// RFC 7714, sections 17.1 and 17.3.
func TestRTCPPacketOfRFC7714(t *testing.T) {
	plain := unhex(t, `81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef
		deadbeef deadbeef deadbeef`)
	sealed := unhex(t, `81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda
		4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4`)
	var out OutboundRTCP
	out.Init(vectorKeys(t))
	out.last = 0x5d3
	got, err := out.Seal(clone(plain))
	if err != nil || !bytes.Equal(got, sealed) {
		t.Errorf("sealed %x, %v\nwant %x", got, err, sealed)
	}
	var in InboundRTCP
	in.Init(vectorKeys(t))
	if got, err = in.Open(clone(sealed)); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("opened %x, %v\nwant %x", got, err, plain)
	}
	clear := unhex(t, `81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef
		deadbeef deadbeef deadbeef 841dd968 3dd78ec9 2ae58790 125f62b3 000005d4`)
	in.Init(vectorKeys(t))
	if _, err = in.Open(clear); !errors.Is(err, ErrClear) {
		t.Errorf("a packet that is not encrypted: %v", err)
	}
}
