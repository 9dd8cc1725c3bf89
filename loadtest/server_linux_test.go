package loadtest

import (
	"net"
	"os"
	"testing"
	"time"
)

const tcpTable = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100 0 0 10 0
   2: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0
   3: cut
`

func TestListeners(t *testing.T) {
	got := map[string]bool{}
	listeningInodes([]byte(tcpTable), 8080, got)
	if len(got) != 1 || !got["socket:[4711]"] {
		t.Fatalf("%v", got)
	}
}

func TestCPUTime(t *testing.T) {
	cpu, ok := parseStat("17 (a) b) S 1 1 1 0 -1 4194560 1 2 3 4 250 50 0 0 20 0 9 0 100 1 2")
	if !ok || cpu != 3*time.Second {
		t.Fatalf("%v, %v", cpu, ok)
	}
	for _, s := range []string{"", "17 (x) S 1 2", "17 (x) S 1 1 1 0 -1 0 1 2 3 4 a 50", "17 (x) S 1 1 1 0 -1 0 1 2 3 4 250 b"} {
		if _, ok := parseStat(s); ok {
			t.Errorf("%q parsed", s)
		}
	}
}

// This process is the client: it must not be taken for the server, and reading it gives plausible figures.
func TestOwnProcess(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if u := findListener(uint16(l.Addr().(*net.TCPAddr).Port)); u != nil {
		t.Errorf("took process %d, itself, for the server", u.pid)
	}
	u := readProcess(os.Getpid())
	if u == nil || u.rss < 1<<20 {
		t.Errorf("own usage %+v", u)
	}
}

func TestProcessorsAllowed(t *testing.T) {
	for list, want := range map[string]int{"0": 1, "0-3": 4, "0,2-3,7": 4, "": 0, "3-1": 0, "x": 0} {
		if n := parseAllowed("Name:\tx\nCpus_allowed_list:\t" + list + "\nMems_allowed:\t1\n"); n != want {
			t.Errorf("%q is %d processors", list, n)
		}
	}
	if u := ownUsage(); u == nil || u.cpus < 1 || u.limit < 1<<20 {
		t.Errorf("own usage %+v", u)
	}
}

func TestBusyTime(t *testing.T) {
	for stat, want := range map[string]time.Duration{
		"cpu  100 10 50 9000 500 1 2 37 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n": 2 * time.Second,
		"cpu  100 10 50 9000 500 1 2\n":                                  0,
		"cpu  100 10 50 9000 500 1 2 x 0 0\n":                            0,
		"":                                                               0,
	} {
		if got := parseBusy(stat); got != want {
			t.Errorf("%q: busy for %v", stat, got)
		}
	}
	if u := ownUsage(); u == nil || u.machine <= 0 {
		t.Errorf("the machine is busy for %+v", u)
	}
}
