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
	command    func(args ...string) *exec.Cmd
	far        bool // it runs on another network
	cmd        *exec.Cmd
	said       *testkit.Output
}

// Options say what an authority is like.
type Options struct {
	HTTPPort, TLSPort int               // where it checks that names and addresses are ours
	Refuses           []string          // names that it issues nothing for
	Bindings          map[string]string // accounts must be bound to one of these keys, base64url by id (RFC 8555, section 7.3.4); none for any account

	// Elsewhere makes a command on another network, on which it is to run, at the address At, for which the name is pebble. It has
	// no name server there, and checks addresses only.
	Elsewhere func(args ...string) *exec.Cmd
	At        string
}

// Start starts pebble, and a name server for it in which every name leads to 127.0.0.1.
func Start(t *testing.T, o Options) *Pebble {
	t.Helper()
	dir := t.TempDir()
	p := &Pebble{t: t, bin: filepath.Join(dir, "pebble"), command: o.Elsewhere, far: o.Elsewhere != nil}
	if p.command == nil {
		p.command = func(args ...string) *exec.Cmd { return exec.Command(args[0], args[1:]...) }
	}
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
	if p.far { // all ports are free there
		listen, management = o.At+":14000", o.At+":15000"
		p.URL, p.management = "https://pebble:14000/dir", "https://pebble:15000"
	}
	p.config = filepath.Join(dir, "pebble.json")
	text, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": listen, "managementListenAddress": management,
		"certificate": filepath.Join(source, "test", "certs", "localhost", "cert.pem"),
		"privateKey":  filepath.Join(source, "test", "certs", "localhost", "key.pem"),
		"httpPort":    o.HTTPPort, "tlsPort": o.TLSPort,
		"domainBlocklist": o.Refuses, "externalAccountBindingRequired": len(o.Bindings) > 0, "externalAccountMACKeys": o.Bindings,
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
	if !p.far {
		p.startNames(names)
	}
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
	args := []string{p.bin, "-config", p.config}
	if p.dns != "" {
		args = append(args, "-dnsserver", p.dns)
	}
	p.cmd = p.command(args...)
	p.cmd.Env = append(p.cmd.Env, "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=5", "PEBBLE_AUTHZREUSE=0")
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

// Root is the root of what it issues, PEM.
func (p *Pebble) Root() []byte {
	p.t.Helper()
	text, err := p.get(p.t.Context(), p.management+"/roots/0")
	if err != nil {
		p.t.Fatal(err)
	}
	return text
}

// Issued is the root of what it issues.
func (p *Pebble) Issued() *x509.CertPool {
	p.t.Helper()
	text := p.Root()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		p.t.Fatal("pebble gives no root")
	}
	return pool
}

// Said is what it told on its output.
func (p *Pebble) Said() string { return p.said.String() }

func (p *Pebble) get(ctx context.Context, url string) ([]byte, error) {
	if p.far {
		return p.command("curl", "-s", "-f", "--cacert", p.RootFile, url).Output()
	}
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
