package link

import (
	"errors"
	"fmt"

	"github.com/pion/dtls/v3"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

// errProfile is a handshake that agreed on no way to encrypt media.
var errProfile = errors.New("no profile of SRTP was agreed on")

// maxPacket is the largest packet sent, in bytes, with room for what encryption adds.
const maxPacket = 1500

// replayWindow is how far packets may come out of order, in packets.
const replayWindow = 256

// keys encrypt and decrypt media.
type keys struct {
	in, out *srtp.Context
	header  rtp.Header // of the packet being decrypted, kept to spare allocations
	sent    rtp.Header // of the packet being encrypted
	scratch [maxPacket]byte
	sealed  [maxPacket]byte
}

// newKeys derives them from the handshake (RFC 5764, section 4.2).
func newKeys(c *dtls.Conn, client bool) (*keys, error) {
	agreed, ok := c.SelectedSRTPProtectionProfile()
	profile := map[dtls.SRTPProtectionProfile]srtp.ProtectionProfile{
		dtls.SRTP_AEAD_AES_128_GCM:       srtp.ProtectionProfileAeadAes128Gcm,
		dtls.SRTP_AES128_CM_HMAC_SHA1_80: srtp.ProtectionProfileAes128CmHmacSha1_80,
	}[agreed]
	if !ok || profile == 0 {
		return nil, errProfile
	}
	state, ok := c.ConnectionState()
	if !ok {
		return nil, fmt.Errorf("derive the media keys: %w", errProfile)
	}
	cfg := srtp.Config{Profile: profile}
	if err := cfg.ExtractSessionKeysFromDTLS(&state, client); err != nil {
		return nil, fmt.Errorf("derive the media keys: %w", err)
	}
	k := &keys{}
	var err, err2 error
	k.in, err = srtp.CreateContext(cfg.Keys.RemoteMasterKey, cfg.Keys.RemoteMasterSalt, profile,
		srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow))
	k.out, err2 = srtp.CreateContext(cfg.Keys.LocalMasterKey, cfg.Keys.LocalMasterSalt, profile)
	if err := errors.Join(err, err2); err != nil {
		return nil, fmt.Errorf("prepare encryption: %w", err)
	}
	return k, nil
}

// sealRTP encrypts a packet; the result is valid until the next.
func (k *keys) sealRTP(header *rtp.Header, payload []byte) ([]byte, error) {
	n, err := header.MarshalTo(k.scratch[:])
	if err != nil {
		return nil, fmt.Errorf("write a header: %w", err)
	}
	n += copy(k.scratch[n:], payload)
	return k.out.EncryptRTP(k.sealed[:0], k.scratch[:n], &k.sent)
}
