package doctor

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tablee/cmd/tablee/config"
)

func load(t *testing.T, flags ...string) config.Config {
	t.Helper()
	all := map[string]string{"data": t.TempDir()}
	for _, f := range flags {
		name, value, _ := strings.Cut(f, "=")
		all[name] = value
	}
	c, err := config.Load(config.Source{NoFile: true, Flags: all})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func find(t *testing.T, all []Check, id string) Check {
	t.Helper()
	for _, c := range all {
		if c.ID == id {
			return c
		}
	}
	t.Fatalf("there is no check %s in %+v", id, all)
	return Check{}
}

func TestWithoutAServer(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	r := Run(t.Context(), Options{Config: load(t, "listen="+taken.Addr().String(), "media-port=0")})
	if c := find(t, r.Checks, "port-tcp-the-page"); c.Verdict != Fail || !strings.Contains(c.Text, "another program") {
		t.Errorf("a port that is taken: %+v", c)
	}
	if r.Verdict != Fail || !strings.Contains(r.String(), "keeps this server from working") {
		t.Errorf("the verdict is %s:\n%s", r.Verdict, r)
	}
	for _, id := range []string{"server", "port-udp-voices-and-pictures", "public-address", "hairpin", "ipv6", "udp", "turn", "certificate", "clock", "disk", "memory", "cpu", "line"} {
		c := find(t, r.Checks, id)
		if c.Title == "" || !strings.HasSuffix(c.Text, ".") {
			t.Errorf("%s says %q, which is no sentence", id, c.Text)
		}
	}
	if c := find(t, r.Checks, "disk"); c.Verdict == Fail {
		t.Errorf("the disk: %+v", c)
	}
}

func TestTheWorstCounts(t *testing.T) {
	for _, c := range []struct {
		verdicts, want string
	}{{"ok unknown", OK}, {"ok warn unknown", Warn}, {"warn fail ok", Fail}} {
		var all []Check
		for v := range strings.FieldsSeq(c.verdicts) {
			all = append(all, Check{Verdict: v})
		}
		if got := worst(all); got != c.want {
			t.Errorf("%s is %s", c.verdicts, got)
		}
	}
}

func TestARemedyNamesTheBoxesAndThePorts(t *testing.T) {
	text := forwarding(portList(load(t, "domain=meet.example.org")))
	for _, want := range []string{"UDP 8443", "TCP 443", "TCP 80", "UDP 3478", "TCP 3478", "Freebox", "Livebox", "SFR", "Bbox", "OVH", "FRITZ!Box"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

func TestAnotherProgramIsNoServer(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	if got, err := askServer(t.Context(), s.Listener.Addr().String()); err == nil {
		t.Errorf("it is taken for %+v", got)
	}
}

func TestMemory(t *testing.T) {
	for text, want := range map[string]int{"MemTotal: 1 kB\nMemAvailable:     512000 kB\n": 500, "": 0, "MemAvailable: many kB": 0} {
		if got := memAvailable(text); got != want {
			t.Errorf("%q is %d MB", text, got)
		}
	}
}

func TestTheLineIsMeasured(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) }))
	defer s.Close()
	e := &examination{Options: Options{LineSpeed: s.URL}}
	if c := e.line(t.Context()); c[0].Verdict != OK || !strings.Contains(c[0].Text, "Mbit/s") {
		t.Errorf("%+v", c)
	}
	e.LineSpeed = "http://127.0.0.1:9/"
	if c := e.line(t.Context()); c[0].Verdict != Fail {
		t.Errorf("%+v", c)
	}
}
