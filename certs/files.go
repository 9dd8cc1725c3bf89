package certs

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// lookEvery is how often, at most, a handshake looks whether the files have changed.
const lookEvery = 5 * time.Second

// Files reads a certificate that another program renews, such as certbot.
type Files struct {
	cert, key string
	now       func() time.Time
	log       *slog.Logger

	mu     sync.Mutex
	have   *tls.Certificate // guarded by mu
	seen   stamp            // guarded by mu; of the files that have was read from, or that could not be read
	looked time.Time        // guarded by mu
	wrong  error            // guarded by mu; why the latest files are not in use
}

// stamp tells one version of the files from another.
type stamp struct {
	certTime, keyTime time.Time
	certSize, keySize int64
}

// NewFiles reads them for the first time.
func NewFiles(cert, key string, now func() time.Time, log *slog.Logger) (*Files, error) {
	f := &Files{cert: cert, key: key, now: now, log: log}
	seen, err := f.stamp()
	if err != nil {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	have, err := f.read()
	if err != nil {
		return nil, err
	}
	f.have, f.seen, f.looked = have, seen, now()
	return f, nil
}

func (f *Files) stamp() (stamp, error) {
	c, err := os.Stat(f.cert)
	if err != nil {
		return stamp{}, err
	}
	k, err := os.Stat(f.key)
	if err != nil {
		return stamp{}, err
	}
	return stamp{c.ModTime(), k.ModTime(), c.Size(), k.Size()}, nil
}

func (f *Files) read() (*tls.Certificate, error) {
	c, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return nil, fmt.Errorf("read the certificate %s with the key %s: %w", f.cert, f.key, err)
	}
	if c.Leaf == nil {
		if c.Leaf, err = x509.ParseCertificate(c.Certificate[0]); err != nil {
			return nil, fmt.Errorf("read the certificate %s: %w", f.cert, err)
		}
	}
	return &c, nil
}

// GetCertificate implements Keeper.
func (f *Files) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refreshLocked()
	return f.have, nil
}

// refreshLocked reads the files again if they have changed. Two files cannot be replaced at once: a new certificate with
// the old key is an error until the key comes too, and then everything is well again.
func (f *Files) refreshLocked() {
	now := f.now()
	if now.Sub(f.looked) < lookEvery && !now.Before(f.looked) {
		return
	}
	f.looked = now
	seen, err := f.stamp()
	if err == nil && seen == f.seen {
		return
	}
	var fresh *tls.Certificate
	if err == nil {
		fresh, err = f.read()
	}
	if err != nil {
		if f.wrong == nil {
			f.log.Warn("the certificate's files changed and cannot be used; the old one stays in use", "error", err)
		}
		f.wrong = err
		return
	}
	f.have, f.seen, f.wrong = fresh, seen, nil
	f.log.Info("the certificate was read again", "valid_until", fresh.Leaf.NotAfter.UTC().Format(time.DateOnly))
}

// Status implements Keeper.
func (f *Files) Status() []Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refreshLocked()
	s := statusOf(f.have.Leaf, f.now())
	if f.wrong != nil && s.Warning == "" {
		s.Warning = "The certificate's files have changed and cannot be used; the old certificate stays in use. " + f.wrong.Error()
	}
	return []Status{s}
}
