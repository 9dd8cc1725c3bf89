package turn

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/stun/v4"

	"tablee/icetcp"
)

// Real ICE agents that can reach each other in one way only: the server's has the relay, or ICE-TCP, instead of a socket.

func quiet() logging.LoggerFactory {
	return &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}
}

// meet lets a client's agent find the server's, whose only socket is conn, and sends something both ways. candidates are
// what the server tells the client; it returns the pair that the client chose.
func meet(t *testing.T, conn net.PacketConn, client []ice.AgentOption, candidates ...string) *ice.CandidatePair {
	t.Helper()
	mux := ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: conn, Logger: quiet().NewLogger("")})
	defer mux.Close()
	server, err := ice.NewAgentWithOptions(ice.WithUDPMux(mux), ice.WithLoggerFactory(quiet()),
		ice.WithNetworkTypes([]ice.NetworkType{ice.NetworkTypeUDP4, ice.NetworkTypeUDP6}), ice.WithCandidateTypes([]ice.CandidateType{ice.CandidateTypeHost}))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	theirs, err := ice.NewAgentWithOptions(append(client, ice.WithLoggerFactory(quiet()))...)
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	for _, a := range []*ice.Agent{server, theirs} {
		done := make(chan struct{})
		if err := a.OnCandidate(func(c ice.Candidate) {
			if c == nil {
				close(done)
			}
		}); err != nil {
			t.Fatal(err)
		}
		if err := a.GatherCandidates(); err != nil {
			t.Fatal(err)
		}
		<-done
	}
	for _, text := range candidates {
		c, err := ice.UnmarshalCandidate(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := theirs.AddRemoteCandidate(c); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	accepted := make(chan *ice.Conn, 1)
	ufrag, pwd, err := theirs.GetLocalUserCredentials()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		c, err := server.Accept(ctx, ufrag, pwd)
		if err != nil {
			t.Error(err)
		}
		accepted <- c
	}()
	serverUfrag, serverPwd, err := server.GetLocalUserCredentials()
	if err != nil {
		t.Fatal(err)
	}
	ours, err := theirs.Dial(ctx, serverUfrag, serverPwd)
	if err != nil {
		t.Fatalf("the client finds no way: %v", err)
	}
	echo := <-accepted
	if echo == nil {
		t.FailNow()
	}
	go func() { _, _ = io.CopyN(echo, echo, 5*100) }()
	b := make([]byte, 100)
	for i := range 5 {
		want := fmt.Sprintf("%-100d", i) // no STUN, as media is not
		if _, err := ours.Write([]byte(want)); err != nil {
			t.Fatal(err)
		}
		if n, err := ours.Read(b); err != nil || string(b[:n]) != want {
			t.Fatalf("got %q, error %v", b[:n], err)
		}
	}
	pair, err := theirs.GetSelectedCandidatePair()
	if err != nil || pair == nil {
		t.Fatalf("no pair was chosen: %v", err)
	}
	return pair
}

func TestICEThroughTheRelay(t *testing.T) {
	for _, scheme := range []string{"turn:udp", "turn:tcp"} {
		t.Run(scheme, func(t *testing.T) {
			h := startSilent(t)
			c := Issue(testKey, "ice", time.Now())
			url := &stun.URI{Scheme: stun.SchemeTypeTURN, Host: "127.0.0.1", Port: int(h.udp["4"].Port()), Proto: stun.ProtoTypeUDP,
				Username: c.Username, Password: c.Password}
			if scheme != "turn:udp" {
				url.Proto, url.Port = stun.ProtoTypeTCP, int(h.tcp["4"].Port())
			}
			pair := meet(t, h.relay, []ice.AgentOption{
				ice.WithUrls([]*stun.URI{url}), ice.WithCandidateTypes([]ice.CandidateType{ice.CandidateTypeRelay}),
				ice.WithNetworkTypes([]ice.NetworkType{ice.NetworkTypeUDP4}),
			},
				// The client tries all, as browsers do; each answer must come from where it asked.
				"1 1 udp 2130706431 192.168.1.10 8443 typ host", "2 1 udp 2130706430 203.0.113.10 8443 typ host",
				"3 1 udp 2130706429 192.168.1.77 8443 typ host") // the last is forbidden, and does no harm
			if pair.Local.Type() != ice.CandidateTypeRelay {
				t.Errorf("the way is %v", pair)
			}
			if a := netip.MustParseAddr(pair.Local.Address()); !Relayed(a) {
				t.Errorf("the relayed address is %v", a)
			}
		})
	}
}

func TestICEOverTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	conn := icetcp.New(netip.MustParseAddrPort("203.0.113.10:443"))
	served := make(chan error, 1)
	go func() { served <- conn.Serve(l) }()
	pair := meet(t, conn, []ice.AgentOption{ice.WithNetworkTypes([]ice.NetworkType{ice.NetworkTypeTCP4}), ice.WithIncludeLoopback()},
		fmt.Sprintf("1 1 tcp 1671430143 127.0.0.1 %d typ host tcptype passive", port))
	if !pair.Local.NetworkType().IsTCP() {
		t.Errorf("the way is %v", pair)
	}
	_ = l.Close()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}
