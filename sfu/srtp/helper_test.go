package srtp

import (
	"encoding/binary"
	"fmt"
	"math/rand"
	"testing"

	pion "github.com/pion/srtp/v3"
)

// kinds are what every test runs through.
var kinds = []struct {
	profile Profile
	fast    bool
}{{AES128GCM, false}, {AES128CM, false}, {AES128CM, true}}

// forKinds runs a test for each kind of keys.
func forKinds(t *testing.T, test func(t *testing.T, profile Profile, fast bool)) {
	for _, k := range kinds {
		t.Run(kindName(k.profile, k.fast), func(t *testing.T) { test(t, k.profile, k.fast) })
	}
}

func kindName(profile Profile, fast bool) string {
	name := map[Profile]string{AES128GCM: "GCM", AES128CM: "CM"}[profile]
	if fast {
		name += "-fast"
	}
	return name
}

func masters(profile Profile) (key, salt []byte) {
	for i := range profile.KeySize() {
		key = append(key, byte(i*7+1))
	}
	for i := range profile.SaltSize() {
		salt = append(salt, byte(i*11+3))
	}
	return key, salt
}

func newKeys(t testing.TB, profile Profile, fast bool) *Keys {
	t.Helper()
	key, salt := masters(profile)
	k, err := NewKeys(profile, key, salt, fast)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// oracle is Pion's context with the same keys.
func oracle(t testing.TB, profile Profile, options ...pion.ContextOption) *pion.Context {
	t.Helper()
	key, salt := masters(profile)
	c, err := pion.CreateContext(key, salt, pion.ProtectionProfile(profile), options...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// plainRTP makes an RTP packet with payload bytes of payload, and up to 15 CSRCs, an extension and the padding bit as
// the dice fall. It has room for the tag.
func plainRTP(rnd *rand.Rand, ssrc uint32, seq uint16, payload int) (packet []byte, header int) {
	p := make([]byte, rtpHeaderSize, rtpHeaderSize+60+4+64+payload+MaxOverhead)
	p[0], p[1] = 0x80, byte(rnd.Intn(256))
	binary.BigEndian.PutUint16(p[2:], seq)
	binary.BigEndian.PutUint32(p[4:], rnd.Uint32())
	binary.BigEndian.PutUint32(p[8:], ssrc)
	if rnd.Intn(3) == 0 {
		n := rnd.Intn(16)
		p[0] |= byte(n)
		for range n {
			p = binary.BigEndian.AppendUint32(p, rnd.Uint32())
		}
	}
	if rnd.Intn(2) == 0 {
		p[0] |= 0x10
		words := rnd.Intn(17)
		p = append(p, 0xBE, 0xDE, 0, byte(words))
		ext := make([]byte, 4*words) // elements of id 1 with 3 bytes, which fill each word
		for i := 0; i < len(ext); i += 4 {
			ext[i], ext[i+1] = 1<<4|2, byte(rnd.Intn(256))
		}
		p = append(p, ext...)
	}
	header = len(p)
	for range payload {
		p = append(p, byte(rnd.Intn(256)))
	}
	if payload > 0 && rnd.Intn(4) == 0 {
		p[0] |= 0x20
		p[len(p)-1] = byte(1 + rnd.Intn(min(payload, 255)))
	}
	return p, header
}

// simpleRTP makes a packet with nothing but the fixed header.
func simpleRTP(ssrc uint32, seq uint16, payload int) []byte {
	p := make([]byte, rtpHeaderSize+payload, rtpHeaderSize+payload+MaxOverhead)
	p[0], p[1] = 0x80, 96
	binary.BigEndian.PutUint16(p[2:], seq)
	binary.BigEndian.PutUint32(p[8:], ssrc)
	for i := range payload {
		p[rtpHeaderSize+i] = byte(i)
	}
	return p
}

// plainRTCP makes a receiver report with n bytes behind the first header, which Pion parses.
func plainRTCP(rnd *rand.Rand, ssrc uint32, n int) []byte {
	p := make([]byte, rtcpHeaderSize+n, rtcpHeaderSize+n+MaxOverhead)
	p[0], p[1] = 0x80, 201
	binary.BigEndian.PutUint16(p[2:], uint16(len(p)/4-1))
	binary.BigEndian.PutUint32(p[4:], ssrc)
	for i := rtcpHeaderSize; i < len(p); i++ {
		p[i] = byte(rnd.Intn(256))
	}
	return p
}

// clone copies a packet, with room for a tag.
func clone(p []byte) []byte { return append(make([]byte, 0, len(p)+MaxOverhead), p...) }

// must returns what cannot fail.
func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

func show(b []byte) string {
	if len(b) > 64 {
		return fmt.Sprintf("%x… (%d bytes)", b[:64], len(b))
	}
	return fmt.Sprintf("%x", b)
}
