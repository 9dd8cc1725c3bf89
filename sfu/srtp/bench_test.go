package srtp

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/pion/rtp"
)

// The sizes of a video packet and of an Opus packet.
var sizes = []int{1200, 160}

// BenchmarkSeal compares with Pion; the fast mode is for machines without AES instructions.
func BenchmarkSeal(b *testing.B) {
	for _, size := range sizes {
		for _, k := range kinds {
			b.Run(fmt.Sprintf("%s/%d", kindName(k.profile, k.fast), size), func(b *testing.B) {
				var out Outbound
				out.Init(newKeys(b, k.profile, k.fast), 7)
				packet := simpleRTP(7, 0, size-rtpHeaderSize)
				start(b, size)
				for i := range b.N {
					binary.BigEndian.PutUint16(packet[2:], uint16(i))
					if _, err := out.Seal(packet, rtpHeaderSize); err != nil {
						b.Fatal(err)
					}
				}
			})
			if k.fast {
				continue
			}
			b.Run(fmt.Sprintf("%s-Pion/%d", kindName(k.profile, false), size), func(b *testing.B) {
				c, packet, header := oracle(b, k.profile), simpleRTP(7, 0, size-rtpHeaderSize), rtp.Header{}
				dst := make([]byte, size+MaxOverhead)
				start(b, size)
				for i := range b.N {
					binary.BigEndian.PutUint16(packet[2:], uint16(i))
					if _, err := c.EncryptRTP(dst, packet, &header); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkOpen opens one packet again and again: ours is made to forget that it came, and Pion's has no replay window.
func BenchmarkOpen(b *testing.B) {
	for _, size := range sizes {
		for _, k := range kinds {
			sealed := must(oracle(b, k.profile).EncryptRTP(nil, simpleRTP(7, 1, size-rtpHeaderSize), nil))
			b.Run(fmt.Sprintf("%s/%d", kindName(k.profile, k.fast), size), func(b *testing.B) {
				var in Inbound
				in.Init(newKeys(b, k.profile, k.fast))
				must(in.Open(clone(sealed)))
				packet := clone(sealed)
				start(b, size)
				for range b.N {
					copy(packet, sealed)
					in.streams.known[0].begun = false
					if _, err := in.Open(packet); err != nil {
						b.Fatal(err)
					}
				}
			})
			if k.fast {
				continue
			}
			b.Run(fmt.Sprintf("%s-Pion/%d", kindName(k.profile, false), size), func(b *testing.B) {
				c, packet, header := oracle(b, k.profile), clone(sealed), rtp.Header{}
				dst := make([]byte, size)
				start(b, size)
				for range b.N {
					copy(packet, sealed)
					if _, err := c.DecryptRTP(dst, packet, &header); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func start(b *testing.B, size int) {
	b.SetBytes(int64(size))
	b.ReportAllocs()
	b.ResetTimer()
}
