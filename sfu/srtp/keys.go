package srtp

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
)

// Reasons why NewKeys refuses.
var (
	ErrProfile = errors.New("SRTP profile is not one of those that we speak")
	ErrKeySize = errors.New("SRTP master key or salt has the wrong size")
)

// Labels of the key derivation (RFC 3711, section 4.3.1 and 4.3.2).
const (
	labelKey      = 0
	labelAuth     = 1
	labelSalt     = 2
	labelsForRTCP = 3 // the same three again
)

// Keys are the session keys of one direction of one participant. They never change, and goroutines may share them.
type Keys struct {
	profile   Profile
	rtp, rtcp session
}

// session are the keys for RTP, or those for RTCP.
type session struct {
	salt [aes.BlockSize]byte // padded with zeros on the right
	aead cipher.AEAD         // of AES128GCM
	cm   counterMode         // of AES128CM
	mac  macKey              // of AES128CM
}

// NewKeys derives the session keys from a master key and salt (RFC 3711, section 4.3; the key derivation rate is 0, as in
// DTLS-SRTP). fast chooses our own counter mode for AES128CM: for machines without AES instructions, see tablemode.go. It means
// nothing to AES128GCM, which such machines should not negotiate.
func NewKeys(profile Profile, masterKey, masterSalt []byte, fast bool) (*Keys, error) {
	if !profile.Known() {
		return nil, fmt.Errorf("derive keys for %v: %w", profile, ErrProfile)
	}
	if len(masterKey) != profile.KeySize() || len(masterSalt) != profile.SaltSize() {
		return nil, fmt.Errorf("derive keys for %v from %d + %d bytes: %w", profile, len(masterKey), len(masterSalt), ErrKeySize)
	}
	master, err := aes.NewCipher(masterKey)
	if err != nil {
		return nil, fmt.Errorf("derive keys for %v: %w", profile, err)
	}
	k := &Keys{profile: profile}
	if k.rtp, err = newSession(profile, master, masterSalt, 0, fast); err != nil {
		return nil, fmt.Errorf("derive RTP keys for %v: %w", profile, err)
	}
	if k.rtcp, err = newSession(profile, master, masterSalt, labelsForRTCP, fast); err != nil {
		return nil, fmt.Errorf("derive RTCP keys for %v: %w", profile, err)
	}
	return k, nil
}

// Profile is the profile that the keys were made for.
func (k *Keys) Profile() Profile { return k.profile }

func newSession(profile Profile, master cipher.Block, salt []byte, labels byte, fast bool) (s session, err error) {
	copy(s.salt[:], derive(master, salt, labels+labelSalt, profile.SaltSize()))
	key := derive(master, salt, labels+labelKey, keySize)
	if profile == AES128CM {
		s.mac, err = newMacKey(derive(master, salt, labels+labelAuth, cmAuthSize))
		if err != nil {
			return session{}, err
		}
		s.cm, err = newCounterMode(key, fast)
		return s, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return session{}, err
	}
	s.aead, err = cipher.NewGCM(block)
	return s, err
}

// derive returns size bytes of the pseudo-random function for a label: the key stream of counter mode that begins at
// salt XOR label (RFC 3711, section 4.3.3). A salt of 96 bits is padded with zeros on the right (RFC 7714, section 11).
func derive(master cipher.Block, salt []byte, label byte, size int) []byte {
	var in [aes.BlockSize]byte
	copy(in[:], salt)
	in[7] ^= label
	out := make([]byte, (size+aes.BlockSize-1)/aes.BlockSize*aes.BlockSize)
	for i := 0; i < len(out); i += aes.BlockSize {
		binary.BigEndian.PutUint16(in[14:], uint16(i/aes.BlockSize))
		master.Encrypt(out[i:], in[:])
	}
	return out[:size]
}
