package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// Keeper has certificates.
type Keeper interface {
	// GetCertificate finds the one for a handshake, as tls.Config wants it.
	GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// Status tells of each certificate how it stands.
	Status() []Status
}

// Status is how a certificate stands.
type Status struct {
	Names    []string
	Issuer   string
	NotAfter time.Time // the zero time as long as there is none
	Warning  string    // a sentence for the admin, "" when all is well
}

// acmeProtocol is the ALPN name by which certificate authorities check that a name is ours (RFC 8737).
const acmeProtocol = "acme-tls/1"

// Config is the TLS settings around a keeper. HTTP/2 forbids all of TLS 1.2 but these ciphers (RFC 9113, appendix A), and
// no browser of the last ten years needs another.
func Config(k Keeper) *tls.Config {
	return &tls.Config{
		GetCertificate: k.GetCertificate,
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1", acmeProtocol},
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
	}
}

// errNoCertificate ends a handshake for a name that nobody here answers to.
var errNoCertificate = errors.New("no certificate for this name")

// Both asks first the one, then the other: local names are the internal authority's, public ones Auto's.
type Both struct {
	Local  *Internal
	Public Keeper
}

// GetCertificate implements Keeper.
func (b Both) GetCertificate(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if h.ServerName != "" && b.Local.Answers(h.ServerName) {
		return b.Local.GetCertificate(h)
	}
	return b.Public.GetCertificate(h)
}

// Status implements Keeper.
func (b Both) Status() []Status { return append(b.Public.Status(), b.Local.Status()...) }

// statusOf describes a certificate; late is when it should have been renewed.
func statusOf(leaf *x509.Certificate, now time.Time) Status {
	s := Status{Issuer: leaf.Issuer.CommonName, NotAfter: leaf.NotAfter}
	s.Names = append(s.Names, leaf.DNSNames...)
	for _, ip := range leaf.IPAddresses {
		s.Names = append(s.Names, ip.String())
	}
	if s.Issuer == "" && len(leaf.Issuer.Organization) > 0 {
		s.Issuer = leaf.Issuer.Organization[0]
	}
	life := leaf.NotAfter.Sub(leaf.NotBefore)
	switch left := leaf.NotAfter.Sub(now); {
	case now.Before(leaf.NotBefore):
		s.Warning = "The certificate is not valid yet: is this machine's clock right?"
	case left <= 0:
		s.Warning = fmt.Sprintf("The certificate has expired on %s: browsers refuse the page. If this machine's clock is "+
			"right, look at the log for why it was not renewed.", leaf.NotAfter.UTC().Format(time.DateOnly))
	case left < life/6: // renewal is due when a third is left, so half of the time for it has passed
		s.Warning = fmt.Sprintf("The certificate expires on %s and has not been renewed yet.", leaf.NotAfter.UTC().Format(time.DateOnly))
	}
	return s
}
