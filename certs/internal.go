package certs

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Names of the authority's files in its folder.
const (
	caFile    = "ca.pem"
	caKeyFile = "ca-key.pem"
)

// How long things live. Apple refuses leaves of more than 825 days even from an authority that the user trusts; these
// are made anew at every start anyway.
const (
	caLife   = 10 * 365 * 24 * time.Hour
	leafLife = 90 * 24 * time.Hour
	backdate = 24 * time.Hour // machines on a LAN do not agree on the time
)

// Internal is a certificate authority for this server alone.
type Internal struct {
	names func() []string     // host names it answers to
	addrs func() []netip.Addr // the machine's addresses
	now   func() time.Time
	ca    *x509.Certificate
	key   *ecdsa.PrivateKey

	mu    sync.Mutex
	leaf  *tls.Certificate // guarded by mu
	named []string         // guarded by mu; what the leaf vouches for
}

// NewInternal reads the authority of a folder, or makes it. names and addrs are asked again and again, since a machine's
// addresses change; they must be quick.
func NewInternal(dir string, names func() []string, addrs func() []netip.Addr, now func() time.Time, log *slog.Logger) (*Internal, error) {
	i := &Internal{names: names, addrs: addrs, now: now}
	var err error
	i.ca, i.key, err = readCA(dir)
	switch {
	case err == nil && now().Before(i.ca.NotAfter) && covers(i.ca, names()):
		return i, nil
	case err == nil:
		log.Warn("a new internal certificate authority is made, because the old one has expired or may not vouch for all "+
			"names: every device must trust it anew (see /trust)", "folder", dir)
	case !os.IsNotExist(err):
		return nil, fmt.Errorf("read the internal certificate authority in %s: %w", dir, err)
	}
	if i.ca, i.key, err = makeCA(dir, names(), now()); err != nil {
		return nil, fmt.Errorf("make the internal certificate authority in %s: %w", dir, err)
	}
	return i, nil
}

// CA is the authority's certificate, which devices are to trust, in DER.
func (i *Internal) CA() []byte { return i.ca.Raw }

// Answers says if a name is one that the authority vouches for.
func (i *Internal) Answers(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	return slices.Contains(i.names(), name)
}

// GetCertificate implements Keeper. One leaf has all the names, so a browser that asks by address, which sends no name,
// is served too.
func (i *Internal) GetCertificate(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if h.ServerName != "" && !i.Answers(h.ServerName) {
		if _, err := netip.ParseAddr(h.ServerName); err != nil {
			return nil, errNoCertificate
		}
	}
	return i.current()
}

// current is the leaf, made anew when names or addresses have changed or its time is two thirds over.
func (i *Internal) current() (*tls.Certificate, error) {
	names := slices.Clone(i.names())
	var ips []net.IP
	for _, a := range i.addrs() {
		if permitted(a) {
			names = append(names, a.String())
			ips = append(ips, a.AsSlice())
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	i.mu.Lock()
	defer i.mu.Unlock()
	now := i.now()
	if i.leaf != nil && slices.Equal(names, i.named) && now.Before(i.leaf.Leaf.NotAfter.Add(-leafLife/3)) &&
		now.After(i.leaf.Leaf.NotBefore) {
		return i.leaf, nil
	}
	leaf, err := i.sign(i.names(), ips, now)
	if err != nil {
		return nil, fmt.Errorf("make a certificate of the internal authority: %w", err)
	}
	i.leaf, i.named = leaf, names
	return leaf, nil
}

func (i *Internal) sign(names []string, ips []net.IP, now time.Time) (*tls.Certificate, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "Tablée"},
		DNSNames:     names, IPAddresses: ips,
		NotBefore: now.Add(-backdate), NotAfter: now.Add(leafLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, i.ca, &key.PublicKey, i.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der, i.ca.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

// Status implements Keeper.
func (i *Internal) Status() []Status {
	leaf, err := i.current()
	if err != nil {
		return []Status{{Warning: err.Error()}}
	}
	return []Status{statusOf(leaf.Leaf, i.now())}
}

func readCA(dir string) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, caFile), filepath.Join(dir, caKeyFile))
	if err != nil {
		return nil, nil, err
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return nil, nil, fmt.Errorf("its key is not an ECDSA key")
	}
	ca, err := x509.ParseCertificate(pair.Certificate[0])
	if err == nil && !ca.IsCA {
		err = fmt.Errorf("its certificate is not that of an authority")
	}
	return ca, key, err
}
