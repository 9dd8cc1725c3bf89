package link

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/pion/dtls/v3/pkg/crypto/fingerprint"
	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
)

// ErrFingerprint is a server whose certificate is not the one that its answer promised (RFC 8122).
var ErrFingerprint = errors.New("the certificate is not the answer's")

// Identity is a certificate with its fingerprint. All participants of a run share one: making it is what costs most.
type Identity struct {
	certificate tls.Certificate
	// Fingerprint as SDP writes it, of SHA-256 (RFC 8122).
	Fingerprint string
}

// NewIdentity makes a certificate.
func NewIdentity() (Identity, error) {
	c, err := selfsign.GenerateSelfSigned()
	if err != nil {
		return Identity{}, fmt.Errorf("make a certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil {
		return Identity{}, fmt.Errorf("read the certificate: %w", err)
	}
	print, err := fingerprint.Fingerprint(leaf, crypto.SHA256)
	if err != nil {
		return Identity{}, fmt.Errorf("take the certificate's fingerprint: %w", err)
	}
	return Identity{certificate: c, Fingerprint: print}, nil
}

// verify holds a certificate against "sha-256 AB:CD:…".
func verify(want string) func([][]byte, [][]*x509.Certificate) error {
	return func(raw [][]byte, _ [][]*x509.Certificate) error {
		name, print, _ := strings.Cut(want, " ")
		hash, err := fingerprint.HashFromString(strings.ToLower(name))
		if err != nil || len(raw) == 0 {
			return fmt.Errorf("%w: %q", ErrFingerprint, name)
		}
		c, err := x509.ParseCertificate(raw[0])
		if err != nil {
			return fmt.Errorf("%w: %w", ErrFingerprint, err)
		}
		got, err := fingerprint.Fingerprint(c, hash)
		if err != nil || !strings.EqualFold(got, print) {
			return ErrFingerprint
		}
		return nil
	}
}
