package link

import (
	"testing"

	"github.com/pion/srtp/v3"
)

// testKeys are keys with which one end can open what the other has sealed.
func testKeys(t *testing.T) *keys {
	t.Helper()
	profile := srtp.ProtectionProfileAeadAes128Gcm
	key, salt := make([]byte, 16), make([]byte, 12)
	in, err := srtp.CreateContext(key, salt, profile, srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow))
	if err != nil {
		t.Fatal(err)
	}
	out, err := srtp.CreateContext(key, salt, profile)
	if err != nil {
		t.Fatal(err)
	}
	return &keys{in: in, out: out}
}
