package main

import (
	"bytes"
	"flag"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"tablee/cmd/tablee/config"
	"tablee/sfu/udp"
)

var update = flag.Bool("update", false, "write the golden files")

// try runs a command line in an empty world.
func try(t *testing.T, line ...string) (status int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	status = run(t.Context(), line, world{out: &o, err: &e, dir: t.TempDir()})
	return status, o.String(), e.String()
}

// TestHelpTexts shows what people read; run with -update to write it, and read it.
func TestHelpTexts(t *testing.T) {
	for _, line := range [][]string{{"help"}, {"serve", "--help"}, {"doctor", "--help"}, {"loadtest", "--help"}, {"loadtest", "capacity", "--help"}, {"version", "--help"}} {
		status, out, errOut := try(t, line...)
		if status != exitOK || errOut != "" {
			t.Errorf("%q ends with %d and says %q", line, status, errOut)
		}
		for text := range strings.Lines(out) {
			if len([]rune(text)) > 81 {
				t.Errorf("%q has a line that is too long: %q", line, text)
			}
		}
		path := filepath.Join("testdata", "help-"+strings.Join(line[:max(1, len(line)-1)], "-")+".txt")
		if *update {
			if err := os.WriteFile(path, []byte(out), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if out != string(want) {
			t.Errorf("%q is not as in %s: run go test ./cmd/tablee -update, and read what changed", line, path)
		}
	}
}

func TestCommandLines(t *testing.T) {
	cases := []struct {
		line   string
		status int
		want   string // in what is said
	}{
		{"", exitUsage, "Commands:"},
		{"-h", exitOK, "Commands:"},
		{"--help", exitOK, "Commands:"},
		{"version", exitOK, "tablee "},
		{"--version", exitOK, "tablee "},
		{"sevre", exitUsage, `there is no command "sevre"; did you mean "serve"?`},
		{"load-test", exitUsage, `did you mean "loadtest"?`},
		{"dance", exitUsage, `there is no command "dance"`},
		{"version now", exitUsage, `"now" is one argument too many`},
		{"serve now", exitUsage, `"now" is one argument too many`},
		{"serve --lisen :80", exitUsage, "did you mean --listen?"},
		{"serve --listen", exitUsage, "--listen needs a value"},
		{"serve --media-port many", exitUsage, `--media-port: media.port is "many"; allowed is a port from 0 to 65535`},
		{"serve --config gone.toml", exitUsage, "gone.toml"},
		{"loadtest", exitUsage, "the room's link is missing"},
		{"loadtest http://x/r/y z", exitUsage, `"z" is one argument too many`},
		{"loadtest --participants 0 http://x/r/y", exitUsage, `--participants is "0"; allowed is a number from 1 to`},
		{"loadtest --participants 9999 http://x/r/y", exitUsage, "allowed is a number from 1 to"},
		{"loadtest --duration 20 http://x/r/y", exitUsage, `--duration is "20"; allowed is a time`},
		{"loadtest --duration -1s http://x/r/y", exitUsage, `allowed is a time`},
		{"loadtest --duration 25h http://x/r/y", exitUsage, `allowed is a time`},
		{"loadtest --seed x http://x/r/y", exitUsage, `--seed is "x"`},
		{"loadtest --partcipants 3 http://x/r/y", exitUsage, "did you mean --participants?"},
		{"loadtest ftp://x/r/y", exitUsage, "not a room's link"},
		{"loadtest --scenario party http://x/r/y", exitUsage, `--scenario is "party"; allowed is voice, meeting, lecture`},
		{"loadtest --net carrier-pigeon http://x/r/y", exitUsage, "there are lan, fibre, vdsl, adsl, 4g, bad"},
		{"loadtest --net fibre:10,4g:6 http://x/r/y", exitUsage, `"fibre:10,4g:6" is not for 15 participants`},
		{"loadtest --loss 101 http://x/r/y", exitUsage, "--loss is \"101\"; allowed is a number from 0 to 100"},
		{"loadtest --delay 11s http://x/r/y", exitUsage, "--delay is \"11s\"; allowed is a time from 0 to 10s"},
		{"loadtest --jitter much http://x/r/y", exitUsage, "--jitter is \"much\""},
		{"loadtest --rate 7k http://x/r/y", exitUsage, "--rate is \"7k\"; allowed is bits per second from 8k on"},
		{"loadtest --rate 2M/fast http://x/r/y", exitUsage, "--rate is \"2M/fast\""},
		{"loadtest --max-latency 0 http://x/r/y", exitUsage, "--max-latency is \"0\""},
		{"loadtest --max-frozen -1 http://x/r/y", exitUsage, "--max-frozen is \"-1\""},
		{"loadtest capacity", exitUsage, "the room's link is missing"},
		{"loadtest capacity --most 501 http://x/r/y", exitUsage, "--most is \"501\"; allowed is a number from 1 to 500"},
		{"loadtest capacity --within soon http://x/r/y", exitUsage, "--within is \"soon\""},
		{"loadtest capacity --net fibre:10 http://x/r/y", exitUsage, "is not for 1 participants"},
		{"loadtest capacity http://localhost:1/r/y", exitUsage, "server unusable"},
		{"loadtest --html no/such/page.html http://x/r/y", exitUsage, `--html is "no/such/page.html"; there is no such folder`},
		{"loadtest --json no/such/report.json http://x/r/y", exitUsage, "there is no such folder"},
		{"loadtest --baseline gone.json http://x/r/y", exitUsage, "gone.json: no such file"},
	}
	for _, c := range cases {
		status, out, errOut := try(t, strings.Fields(c.line)...)
		if status != c.status || !strings.Contains(out+errOut, c.want) {
			t.Errorf("%q ends with %d and says %q %q", c.line, status, out, errOut)
		}
	}
}

func TestVersionOf(t *testing.T) {
	setting := func(key, value string) debug.BuildSetting { return debug.BuildSetting{Key: key, Value: value} }
	cases := []struct {
		info debug.BuildInfo
		want string
	}{
		{debug.BuildInfo{}, "development"},
		{debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}}, "v1.2.3"},
		{debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: []debug.BuildSetting{setting("vcs.revision", "0123456789abcdef")}}, "0123456789ab"},
		{debug.BuildInfo{Settings: []debug.BuildSetting{setting("vcs.revision", "0123"), setting("vcs.modified", "true")}}, "0123 with changes"},
	}
	for _, c := range cases {
		if got := versionOf(&c.info); got != c.want {
			t.Errorf("%+v is %q, not %q", c.info, got, c.want)
		}
	}
}

func TestPageURLs(t *testing.T) {
	machine := []netip.Addr{netip.MustParseAddr("192.168.1.5"), netip.MustParseAddr("2001:db8::5")}
	bound := &net.TCPAddr{IP: net.IPv4zero, Port: 8080}
	cases := []struct {
		listen, local string
		others        []string
	}{
		{"localhost:0", "http://localhost:8080", nil},
		{"127.0.0.1:8080", "http://127.0.0.1:8080", nil},
		{"[::1]:8080", "http://[::1]:8080", nil},
		{"meet.example:8080", "http://meet.example:8080", nil},
		{":8080", "http://localhost:8080", []string{"http://192.168.1.5:8080", "http://[2001:db8::5]:8080"}},
		{"0.0.0.0:8080", "http://localhost:8080", []string{"http://192.168.1.5:8080", "http://[2001:db8::5]:8080"}},
	}
	for _, c := range cases {
		local, others := pageURLs(c.listen, bound, machine)
		if local != c.local || !slices.Equal(others, c.others) {
			t.Errorf("%s gives %s and %s", c.listen, local, others)
		}
	}
}

func TestWelcome(t *testing.T) {
	listen := func(address string) deps {
		t.Helper()
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		u, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { u.Close() })
		return deps{Listener: l, MediaConns: []*udp.Conn{udp.New(u)}}
	}
	alone := welcome(config.Config{Listen: "localhost:0", Data: "x", File: "tablee.toml"}, listen("localhost:0"))
	for _, want := range []string{"Open      http://localhost:", "Media     UDP port ", "(IPv4)", "Settings  tablee.toml", "Only this machine"} {
		if !strings.Contains(alone, want) {
			t.Errorf("%q is not in\n%s", want, alone)
		}
	}
	for line := range strings.Lines(alone) {
		if data, ok := strings.CutPrefix(line, "  Data      "); ok && !filepath.IsAbs(strings.TrimSpace(data)) {
			t.Errorf("the data folder is shown as %q", data)
		}
	}
	auto := config.Config{Listen: "0.0.0.0:0", Data: "x", TLS: config.TLS{Mode: config.TLSAuto}, Network: config.Network{MDNS: "off"}}
	if text := welcome(auto, listen("0.0.0.0:0")); !strings.Contains(text, "when it has been found out") {
		t.Errorf("a server that must find out its address says\n%s", text)
	}
	auto.Media.Addresses = []netip.Addr{netip.MustParseAddr("203.0.113.7")}
	if text := welcome(auto, listen("0.0.0.0:0")); !strings.Contains(text, "Open      https://203.0.113.7:") {
		t.Errorf("a server with an address says\n%s", text)
	}
	open := welcome(config.Config{Listen: "0.0.0.0:0", Data: "x"}, listen("0.0.0.0:0"))
	if !strings.Contains(open, "https://") || strings.Contains(open, "Only this machine") {
		t.Errorf("an open server says\n%s", open)
	}
}
