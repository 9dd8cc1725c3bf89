package netlab

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tablee/certs/acmetest"
)

// nameless starts a server in the house that has no name at all: it finds out the public address, has the ports forwarded, and
// gets a certificate for the address from an authority outside, which checks from there.
func (l *lab) nameless(t *testing.T) {
	hosts := "127.0.0.1 localhost\n21.0.113.50 pebble\n"
	if err := os.WriteFile(l.hosts, []byte(hosts), 0o644); err != nil {
		t.Fatal(err)
	}
	p := acmetest.Start(t, acmetest.Options{HTTPPort: 80, TLSPort: 443, At: "21.0.113.50", Elsewhere: func(args ...string) *exec.Cmd {
		return l.command(context.Background(), "out", args...)
	}})
	l.stopServer()
	data := filepath.Join(l.dir, "nameless")
	l.stopServer = l.start("srv", l.bin, "serve", "--tls-mode", "auto", "--tls-ca", p.URL, "--tls-ca-roots", p.RootFile, "--network-map-ports", "on", "--data", data)
	root := filepath.Join(l.dir, "issued.pem")
	if err := os.WriteFile(root, p.Root(), 0o644); err != nil {
		t.Fatal(err)
	}
	l.until("the page at the public address, with a certificate for it", patience, func() bool {
		out, err := l.do("out", "curl", "-s", "--max-time", "5", "--cacert", root, "https://"+l.public+"/healthz")
		return err == nil && strings.HasPrefix(out, "ok")
	})
}
