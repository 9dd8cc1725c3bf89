package direct

import (
	"runtime"

	"github.com/pion/dtls/v3"
	"golang.org/x/sys/cpu"
)

// profiles are the SRTP profiles that are spoken, best first, and whether package srtp's own counter mode is the faster one.
// With AES instructions GCM is six times as fast as the other; without them (a Raspberry Pi 2) it is the slowest of all, and
// counter mode with tables the fastest. All browsers speak both.
func profiles() (list []dtls.SRTPProtectionProfile, fast bool) {
	gcm, cm := dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80
	if HasAES() {
		return []dtls.SRTPProtectionProfile{gcm, cm}, false
	}
	return []dtls.SRTPProtectionProfile{cm, gcm}, true
}

// HasAES says whether Go's AES uses instructions of this processor.
func HasAES() bool {
	switch runtime.GOARCH {
	case "amd64":
		return cpu.X86.HasAES && cpu.X86.HasPCLMULQDQ
	case "arm64":
		return cpu.ARM64.HasAES && cpu.ARM64.HasPMULL
	case "s390x", "ppc64le", "ppc64":
		return true
	}
	return false // Go has no such code for 32-bit processors
}
