package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"tablee/certs/acmetest"
	"tablee/cmd/tablee/config"
	"tablee/cmd/tablee/doctor"
	"tablee/network"
	"tablee/signaling"
	"tablee/testkit"
)

// A public server as a process: one domain, a real certificate authority, kill -9.

// publicServer is one on loopback.
type publicServer struct {
	t             *testing.T
	plain, secure string // addresses
	args          []string
	bin           string
	cmd           *exec.Cmd
	said          *testkit.Output
}

// twoPorts finds two free ports of loopback. The program opens them a moment later.
func twoPorts(t *testing.T) [2]string {
	t.Helper()
	var out [2]string
	for i := range out {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		out[i] = l.Addr().String()
	}
	return out
}

func (p *publicServer) start() {
	p.t.Helper()
	p.cmd = exec.Command(p.bin, p.args...)
	p.cmd.Dir, p.cmd.Env = p.t.TempDir(), []string{"HOME=" + p.t.TempDir()}
	p.said = &testkit.Output{}
	p.cmd.Stdout, p.cmd.Stderr = p.said, p.said
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(p.kill)
}

// kill is kill -9.
func (p *publicServer) kill() {
	if p.cmd != nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
		p.cmd = nil
	}
}

// client trusts roots and finds every name here.
func (p *publicServer) client(roots *x509.CertPool, h2 bool) *http.Client {
	to := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, p.secure)
	}
	return &http.Client{Timeout: patience, Transport: &http.Transport{DialContext: to, TLSClientConfig: &tls.Config{RootCAs: roots},
		ForceAttemptHTTP2: h2, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// until asks until an answer comes.
func (p *publicServer) until(c *http.Client, url string) *http.Response {
	p.t.Helper()
	late := time.After(3 * patience)
	for every := time.NewTicker(50 * time.Millisecond); ; {
		r, err := c.Get(url)
		if err == nil && r.StatusCode < 500 {
			every.Stop()
			p.t.Cleanup(func() { _ = r.Body.Close() })
			return r
		}
		select {
		case <-every.C:
		case <-late:
			p.t.Fatalf("%s does not answer: %v\n%s", url, err, p.said)
		}
	}
}

func leaf(r *http.Response) [32]byte { return sha256.Sum256(r.TLS.PeerCertificates[0].Raw) }

func TestOneDomainMakesAPublicServer(t *testing.T) {
	at := twoPorts(t)
	pebble := acmetest.Start(t, acmetest.Options{HTTPPort: portIn(at[0], 0), TLSPort: portIn(at[1], 0)})
	p := &publicServer{t: t, bin: buildTablee(t), plain: at[0], secure: at[1]}
	p.args = []string{"serve", "--domain", "meet.test", "--data", t.TempDir(), "--tls-ca", pebble.URL, "--tls-ca-roots", pebble.RootFile,
		// What follows only keeps the test off the ports of the world.
		"--listen", p.secure, "--tls-http", p.plain, "--media-port", "0", "--turn-port", "0", "--network-detect", "off"}
	p.start()
	for _, moment := range []time.Duration{100 * time.Millisecond, 300 * time.Millisecond} { // in the midst of asking for the certificate
		<-time.After(moment)
		p.kill()
		p.start()
	}
	roots := pebble.Issued()
	one, two := p.client(roots, false), p.client(roots, true)
	r := p.until(one, "https://meet.test/healthz")
	if r.Proto != "HTTP/1.1" || r.Header.Get("Strict-Transport-Security") == "" || r.TLS.Version < tls.VersionTLS12 {
		t.Errorf("%s, TLS %x, %v", r.Proto, r.TLS.Version, r.Header)
	}
	page := p.until(two, "https://meet.test/")
	if page.Proto != "HTTP/2.0" || page.Header.Get("Strict-Transport-Security") == "" || page.StatusCode != http.StatusOK {
		t.Errorf("%s %s, %v", page.Proto, page.Status, page.Header)
	}
	for _, address := range []string{p.plain, p.secure} { // http:// on either port
		c := &http.Client{Timeout: patience, CheckRedirect: one.CheckRedirect, Transport: &http.Transport{DisableKeepAlives: true,
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, address)
			}}}
		port := p.secure[strings.LastIndex(p.secure, ":"):]
		url := "http://meet.test" + map[bool]string{true: port}[address == p.secure] + "/r/demo?a=b"
		r, err := c.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != http.StatusPermanentRedirect || r.Header.Get("Location") != "https://meet.test"+port+"/r/demo?a=b" {
			t.Errorf("%s: %s to %q", url, r.Status, r.Header.Get("Location"))
		}
	}
	p.joinAndRelay(t, roots)

	p.kill()
	pebble.Stop() // nobody could issue another
	p.start()
	if again := p.until(p.client(roots, false), "https://meet.test/healthz"); leaf(again) != leaf(r) {
		t.Error("kill -9 lost the certificate")
	}
	metrics, err := http.Get("http://localhost:" + fmt.Sprint(portIn(p.secure, 0)) + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer metrics.Body.Close()
	if text, err := io.ReadAll(metrics.Body); err != nil || !strings.Contains(string(text), "tablee_certificate_expiry_seconds") {
		t.Errorf("the certificate is not in the metrics: %s, error %v", text, err)
	}
}

// joinAndRelay joins a meeting by WebSocket, and uses the credentials that come with the welcome.
func (p *publicServer) joinAndRelay(t *testing.T, roots *x509.CertPool) {
	t.Helper()
	c := p.client(roots, false)
	r, err := c.Post("https://meet.test/api/v1/rooms", "application/json", strings.NewReader(`{"name":"demo"}`))
	if err != nil || r.StatusCode != http.StatusCreated {
		t.Fatalf("open a room: %v, %v", r, err)
	}
	r.Body.Close()
	d := websocket.Dialer{Subprotocols: []string{signaling.Subprotocol}, TLSClientConfig: &tls.Config{RootCAs: roots}, NetDialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, p.secure)
	}}
	ws, _, err := d.Dial("wss://meet.test/ws/room/demo", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	if err := ws.WriteJSON(map[string]any{"t": "hello", "v": 1, "name": "Ada"}); err != nil {
		t.Fatal(err)
	}
	var w signaling.Welcome
	if err := ws.ReadJSON(&w); err != nil || len(w.ICE) != 1 || len(w.ICE[0].URLs) != 3 {
		t.Fatalf("welcome %+v, error %v", w, err)
	}
	if got := w.ICE[0].URLs[2]; got != "turns:meet.test:443?transport=tcp" && !strings.HasPrefix(got, "turns:meet.test:") {
		t.Errorf("TURN over TLS is at %s", got)
	}
	port := strings.TrimSuffix(strings.TrimPrefix(w.ICE[0].URLs[0], "turn:meet.test:"), "?transport=udp")
	for _, args := range [][]string{{"-p", port}, {"-p", port, "-t"}, {"-p", p.secure[strings.LastIndex(p.secure, ":")+1:], "-t", "-S"}} {
		peer := "10.255.255.1" // not ours
		all := append([]string{"-u", w.ICE[0].Username, "-w", w.ICE[0].Credential, "-e", peer, "-n", "1", "-c"}, args...)
		out, _ := exec.Command("turnutils_uclient", append(all, "127.0.0.1")...).CombinedOutput()
		if !strings.Contains(string(out), "403") { // it got its allocation, and no further
			t.Errorf("%v: the credentials do not work, or lead further than they may:\n%s", args, out)
		}
	}
}

func TestAServerForTheHouseAlone(t *testing.T) {
	at := twoPorts(t)
	p := &publicServer{t: t, bin: buildTablee(t), plain: at[0], secure: at[1]}
	data := t.TempDir()
	p.args = []string{"serve", "--tls-mode", "internal", "--network-names", "lan.meet.test", "--data", data,
		"--listen", p.secure, "--tls-http", p.plain, "--media-port", "0", "--turn-port", "0", "--network-detect", "off"}
	p.start()
	r := p.until(http.DefaultClient, "http://"+p.plain+"/trust/tablee-ca.crt")
	der, err := io.ReadAll(r.Body)
	if err != nil || r.Header.Get("Content-Type") != "application/x-x509-ca-cert" {
		t.Fatalf("%v, error %v", r.Header, err)
	}
	ca, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	for _, name := range []string{"lan.meet.test", "localhost"} {
		r := p.until(p.client(roots, true), "https://"+name+"/trust")
		text, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != http.StatusOK || !strings.Contains(string(text), "iPhone") || strings.Contains(string(text), "{{") {
			t.Errorf("%s: %s %s, error %v", name, r.Status, text, err)
		}
	}
	if _, err := os.Stat(data + "/authority/ca-key.pem"); err != nil {
		t.Error(err)
	}
	p.examine(t, map[string]string{"server": "ok", "turn": "ok", "certificate": "ok", "authority": "ok", "port-tcp-the-page": "ok", "inside-lan.meet.test": "fail"})
}

// examine runs `tablee doctor` with the settings of the server that runs.
func (p *publicServer) examine(t *testing.T, want map[string]string) {
	t.Helper()
	out, err := exec.Command(p.bin, append([]string{"doctor", "--json"}, p.args[1:]...)...).Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	var r doctor.Report
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	if (err != nil) != (r.Verdict == doctor.Fail) {
		t.Errorf("the verdict is %s, the exit status %v", r.Verdict, err)
	}
	for _, c := range r.Checks {
		if v, ok := want[c.ID]; ok && v != c.Verdict {
			t.Errorf("%s: %s (%s), not %s", c.ID, c.Verdict, c.Text, v)
		}
		delete(want, c.ID)
	}
	if len(want) > 0 {
		t.Errorf("not checked: %v", want)
	}
}

// The server examines itself, on ports that it holds; the same is found as by `tablee doctor` beside it.
func TestTheServerExaminesItself(t *testing.T) {
	at := twoPorts(t)
	cfg, err := config.Load(config.Source{NoFile: true, Flags: map[string]string{"tls-mode": "internal", "data": t.TempDir(),
		"listen": at[1], "tls-http": at[0], "media-port": "0", "turn-port": "0", "network-detect": "off"}})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	d, err := openPorts(cfg, log)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newServer(cfg, d)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	two := make(chan map[string]string, 2)
	for range cap(two) { // at the same time, of which one waits
		go func() {
			r, err := s.reach.checks(ctx)
			if err != nil {
				t.Error(err)
			}
			found := map[string]string{}
			for _, c := range r.Checks {
				found[c.ID] = c.Verdict
			}
			two <- found
		}()
	}
	for range cap(two) {
		found := <-two
		for id, want := range map[string]string{"server": "ok", "turn": "ok", "certificate": "ok", "authority": "ok", "port-tcp-the-page": "ok",
			"port-udp-voices-and-pictures": "ok", "outside": "unknown"} {
			if found[id] != want {
				t.Errorf("%s is %q, not %s", id, found[id], want)
			}
		}
	}
	s.reach.examining <- struct{}{}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := s.reach.checks(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("who went away while waiting gets %v", err)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// Without a name and without addresses in the settings, certificates follow the public address.
func TestWhatCertificatesAreFor(t *testing.T) {
	at := netip.MustParseAddr
	for _, c := range []struct {
		domains []string
		fixed   []netip.Addr
		public  netip.Addr
		want    string
	}{
		{[]string{"meet.test"}, nil, at("203.0.113.9"), "meet.test"},
		{nil, []netip.Addr{at("203.0.113.7"), at("2001:db8::7")}, at("203.0.113.9"), "203.0.113.7 2001:db8::7"},
		{nil, nil, at("203.0.113.9"), "203.0.113.9"},
		{nil, nil, netip.Addr{}, ""},
	} {
		cfg := config.Config{Domains: c.domains}
		cfg.Media.Addresses = c.fixed
		if got := strings.Join(certified(cfg, network.Addresses{Public4: c.public}), " "); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}
