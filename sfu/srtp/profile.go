package srtp

import "fmt"

// Profile is a protection profile, by its number in the use_srtp extension of DTLS (RFC 5764, section 4.1.2; RFC 7714,
// section 14.2).
type Profile uint16

// The profiles that every browser speaks. Others are refused by NewKeys.
const (
	// AES128CM is SRTP_AES128_CM_HMAC_SHA1_80: counter mode, and a tag of 80 bits.
	AES128CM Profile = 0x0001
	// AES128GCM is SRTP_AEAD_AES_128_GCM, several times faster where the processor has AES instructions.
	AES128GCM Profile = 0x0007
)

const (
	keySize    = 16 // of both profiles
	cmSaltSize = 14
	cmTagSize  = 10
	cmAuthSize = 20 // of the key of HMAC-SHA1

	gcmSaltSize = 12
	gcmTagSize  = 16

	indexSize = 4 // of the E bit and the index of an SRTCP packet
)

// MaxOverhead is by how many bytes a packet may grow, whatever the profile, RTP or RTCP.
const MaxOverhead = gcmTagSize + indexSize

// Known says whether this package speaks the profile.
func (p Profile) Known() bool { return p == AES128CM || p == AES128GCM }

// KeySize is the size of a master key in bytes.
func (p Profile) KeySize() int { return keySize }

// SaltSize is the size of a master salt in bytes.
func (p Profile) SaltSize() int {
	if p == AES128GCM {
		return gcmSaltSize
	}
	return cmSaltSize
}

// Overhead is by how many bytes an RTP packet grows.
func (p Profile) Overhead() int {
	if p == AES128GCM {
		return gcmTagSize
	}
	return cmTagSize
}

// OverheadRTCP is by how many bytes an RTCP packet grows.
func (p Profile) OverheadRTCP() int { return p.Overhead() + indexSize }

// String is the name in IANA's registry.
func (p Profile) String() string {
	switch p {
	case AES128CM:
		return "SRTP_AES128_CM_HMAC_SHA1_80"
	case AES128GCM:
		return "SRTP_AEAD_AES_128_GCM"
	default:
		return fmt.Sprintf("SRTP profile %#04x", uint16(p))
	}
}
