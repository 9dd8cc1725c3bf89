package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tablee/testkit"
)

// The server as a process: what only a real one can show, such as kill -9.

// patience is how long anything may take that a machine under load does slowly.
const patience = 20 * time.Second

// buildTablee compiles the program once for all tests of this file.
func buildTablee(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "tablee")
	out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

// process is a running `tablee serve`.
type process struct {
	*exec.Cmd
	url  string
	errs *testkit.Output
	done chan error
}

// startServer starts one on free ports and waits until it says where it is and answers. The command is the program, and
// before it what runs it.
func startServer(t *testing.T, data string, command ...string) *process {
	t.Helper()
	args := append(command[1:len(command):len(command)], "serve", "--listen", "127.0.0.1:0", "--media-port", "0", "--data", data)
	cmd := exec.Command(command[0], args...)
	cmd.Dir, cmd.Env = t.TempDir(), []string{"HOME=" + t.TempDir()}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: cmd, errs: &testkit.Output{}, done: make(chan error, 1)}
	cmd.Stderr = p.errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	urls := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if url, ok := strings.CutPrefix(lines.Text(), "  Open      "); ok {
				urls <- url
			}
		}
		p.done <- cmd.Wait()
	}()
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	select {
	case p.url = <-urls:
	case err := <-p.done:
		t.Fatalf("the server ended at once: %v\n%s", err, p.errs)
	case <-time.After(patience):
		t.Fatalf("the server does not say where it is\n%s", p.errs)
	}
	p.waitReady(t)
	return p
}

// waitReady asks /healthz until it is ok. The port is open already, so there is only the moment before the parts run.
func (p *process) waitReady(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	every := time.NewTicker(10 * time.Millisecond)
	defer every.Stop()
	for {
		if status, _ := p.ask(t, "GET", "/healthz", ""); status == http.StatusOK {
			return
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			t.Fatalf("the server is not ready\n%s", p.errs)
		}
	}
}

func (p *process) ask(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, p.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

// end sends a signal and waits for the end.
func (p *process) end(t *testing.T, s os.Signal) error {
	t.Helper()
	if err := p.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-p.done:
		return err
	case <-time.After(patience):
		t.Fatalf("the server survives %v\n%s", s, p.errs)
		return nil
	}
}

func TestProcess(t *testing.T) {
	bin := buildTablee(t)
	t.Run("survives kill -9 and ends on SIGTERM", func(t *testing.T) { killAndTerm(t, bin) })
	t.Run("two on one data folder", func(t *testing.T) { twoServers(t, bin) })
	t.Run("ports in use", func(t *testing.T) { portsInUse(t, bin) })
	t.Run("a signal while a client is slow", func(t *testing.T) { slowClient(t, bin) })
}

// killAndTerm is number 36 of the faults: what was acknowledged is there after kill -9.
func killAndTerm(t *testing.T, bin string) {
	data := filepath.Join(t.TempDir(), "data")
	p := startServer(t, data, bin)
	for i := range 20 {
		if status, body := p.ask(t, "POST", "/api/v1/rooms", fmt.Sprintf(`{"name":"Café %d"}`, i)); status != http.StatusCreated {
			t.Fatalf("making a room: %d %s", status, body)
		}
	}
	if err := p.end(t, syscall.SIGKILL); err == nil {
		t.Error("a killed server ends well")
	}

	p = startServer(t, data, bin)
	for i := range 20 {
		status, body := p.ask(t, "GET", fmt.Sprintf("/api/v1/rooms/cafe-%d", i), "")
		if status != http.StatusOK || !strings.Contains(body, fmt.Sprintf(`"title":"Café %d"`, i)) {
			t.Errorf("after kill -9, room %d: %d %s", i, status, body)
		}
	}
	if status, body := p.ask(t, "GET", "/r/cafe-1", ""); status != http.StatusOK || !strings.Contains(body, "Tablée") {
		t.Errorf("the page is %d %.100q", status, body)
	}
	start := time.Now()
	if err := p.end(t, syscall.SIGTERM); err != nil {
		t.Errorf("SIGTERM: %v\n%s", err, p.errs)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("stopping takes %v", took)
	}
	if strings.Contains(p.errs.String(), "level=ERROR") || strings.Contains(p.errs.String(), "127.0.0.1") {
		t.Errorf("the log says\n%s", p.errs)
	}
	info, err := os.Stat(data)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the data folder is %v, %v", info.Mode(), err)
	}
}

func twoServers(t *testing.T, bin string) {
	data := t.TempDir()
	p := startServer(t, data, bin)
	out, err := exec.Command(bin, "serve", "--listen", "127.0.0.1:0", "--media-port", "0", "--data", data).CombinedOutput()
	if code := exitCode(err); code != exitFailed || !strings.Contains(string(out), "another Tablée is running on this data folder") {
		t.Errorf("the second ends with %d and says %s", code, out)
	}
	if strings.Contains(string(out), "ready") {
		t.Errorf("the second says %s", out)
	}
	if err := p.end(t, os.Interrupt); err != nil {
		t.Errorf("the first ends with %v\n%s", err, p.errs)
	}
}

func portsInUse(t *testing.T, bin string) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{})
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	cases := []struct{ listen, media, want string }{
		{tcp.Addr().String(), "0", "choose another port with --listen"},
		{"127.0.0.1:0", fmt.Sprint(udp.LocalAddr().(*net.UDPAddr).Port), "choose another port with --media-port"},
	}
	for _, c := range cases {
		cmd := exec.Command(bin, "serve", "--listen", c.listen, "--media-port", c.media, "--data", t.TempDir())
		out, err := cmd.CombinedOutput()
		if code := exitCode(err); code != exitFailed || !strings.Contains(string(out), c.want) {
			t.Errorf("with a port in use it ends with %d and says %s", code, out)
		}
	}
}

// slowClient holds a connection open in the middle of a request: it is cut off, and the second signal needs not wait.
func slowClient(t *testing.T, bin string) {
	p := startServer(t, t.TempDir(), bin)
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST /api/v1/rooms HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	p.waitReady(t) // so that the request above has been taken
	start := time.Now()
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	stopping := time.NewTicker(5 * time.Millisecond)
	defer stopping.Stop()
	for range stopping.C {
		if strings.Contains(p.errs.String(), "stopping") {
			break
		}
		if time.Since(start) > patience {
			t.Fatalf("the server does not react\n%s", p.errs)
		}
	}
	// By itself it would wait for the client and end well; the signal ends it as it ends any program.
	if err := p.end(t, os.Interrupt); err == nil || !strings.Contains(err.Error(), "signal: interrupt") {
		t.Errorf("the second signal ends it with %v", err)
	}
}

// exitCode is the status in what Run and CombinedOutput return.
func exitCode(err error) int {
	if err == nil {
		return exitOK
	}
	if e, ok := err.(*exec.ExitError); ok {
		return e.ExitCode()
	}
	return -1
}
