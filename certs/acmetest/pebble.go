package acmetest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tablee/testkit"
)

// patience is how long the authority may take to start on a busy machine.
const patience = 60 * time.Second

// Pebble is a running authority.
type Pebble struct {
	URL      string // of its directory
	RootFile string // what its own HTTPS certificate is signed with
	Roots    *x509.CertPool

	t          *testing.T
	bin        string
	config     string
	management string
	dns        string
	cmd        *exec.Cmd
	said       *testkit.Output
}

// Start starts pebble, and a name server for it in which every name leads to 127.0.0.1. It will check names at the two
// ports.
func Start(t *testing.T, httpPort, tlsPort int) *Pebble {
	t.Helper()
	dir := t.TempDir()
	p := &Pebble{t: t, bin: filepath.Join(dir, "pebble")}
	names := filepath.Join(dir, "pebble-challtestsrv")
	for _, bin := range []string{p.bin, names} {
		goTool(t, "build", "-o", bin, "github.com/letsencrypt/pebble/v2/cmd/"+filepath.Base(bin))
	}
	source := strings.TrimSpace(goTool(t, "list", "-m", "-f", "{{.Dir}}", "github.com/letsencrypt/pebble/v2"))
	p.RootFile = filepath.Join(source, "test", "certs", "pebble.minica.pem")
	root, err := os.ReadFile(p.RootFile)
	if err != nil {
		t.Fatal(err)
	}
	p.Roots = x509.NewCertPool()
	p.Roots.AppendCertsFromPEM(root)

	listen, management := freePort(t), freePort(t)
	p.URL, p.management = "https://"+listen+"/dir", "https://"+management
	p.config = filepath.Join(dir, "pebble.json")
	text, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": listen, "managementListenAddress": management,
		"certificate": filepath.Join(source, "test", "certs", "localhost", "cert.pem"),
		"privateKey":  filepath.Join(source, "test", "certs", "localhost", "key.pem"),
		"httpPort":    httpPort, "tlsPort": tlsPort,
		"retryAfter":   map[string]int{"authz": 1, "order": 1},
		"keyAlgorithm": "ecdsa",
		"profiles": map[string]any{
			"default":    map[string]any{"description": "ninety days", "validityPeriod": 7776000},
			"shortlived": map[string]any{"description": "six days", "validityPeriod": 518400},
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	p.startNames(names)
	p.Restart()
	return p
}

// startNames starts the name server.
func (p *Pebble) startNames(bin string) {
	p.t.Helper()
	p.dns = freePort(p.t)
	cmd := exec.Command(bin, "-dnsserver", p.dns, "-defaultIPv6", "", "-http01", "", "-https01", "", "-doh", "", "-tlsalpn01", "",
		"-management", freePort(p.t))
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// Stop ends the authority: whoever asks it finds nobody.
func (p *Pebble) Stop() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
	p.cmd = nil
}

// Restart starts it, anew if need be: with another root, and without any memory of accounts.
func (p *Pebble) Restart() {
	p.t.Helper()
	p.Stop()
	p.said = &testkit.Output{}
	p.cmd = exec.Command(p.bin, "-config", p.config, "-dnsserver", p.dns)
	p.cmd.Env = []string{"PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=5", "PEBBLE_AUTHZREUSE=0"}
	p.cmd.Stdout, p.cmd.Stderr = p.said, p.said
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(p.Stop)
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	for every := time.NewTicker(20 * time.Millisecond); ; {
		if _, err := p.get(ctx, p.URL); err == nil {
			every.Stop()
			return
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			p.t.Fatalf("pebble does not answer:\n%s", p.said)
		}
	}
}

// Issued are the roots of what it issues.
func (p *Pebble) Issued() *x509.CertPool {
	p.t.Helper()
	text, err := p.get(p.t.Context(), p.management+"/roots/0")
	if err != nil {
		p.t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		p.t.Fatal("pebble gives no root")
	}
	return pool
}

// Said is what it told on its output.
func (p *Pebble) Said() string { return p.said.String() }

func (p *Pebble) get(ctx context.Context, url string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: p.Roots}}
	defer transport.CloseIdleConnections()
	answer, err := (&http.Client{Transport: transport, Timeout: patience}).Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", url, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

func goTool(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

// freePort finds one that both protocols have free at the moment.
func freePort(t *testing.T) string {
	t.Helper()
	for range 50 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := l.Addr().String()
		u, err := net.ListenPacket("udp", addr)
		_ = l.Close()
		if err == nil {
			_ = u.Close()
			return addr
		}
	}
	t.Fatal("no port is free")
	return ""
}
