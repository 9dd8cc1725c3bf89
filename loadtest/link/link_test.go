package link

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/logging"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/transport/v5/vnet"
)

func TestStates(t *testing.T) {
	for s, want := range map[State]string{Connecting: "connecting", Connected: "connected", Failed: "failed", Closed: "closed"} {
		if s.String() != want {
			t.Errorf("%d is %q", s, s)
		}
	}
}

func virtualNet(t *testing.T, wan *vnet.Router, ip string) *vnet.Net {
	t.Helper()
	n, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{ip}})
	if err == nil {
		err = wan.AddNet(n)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A server that does not answer is a failure that says so, in time, and leaves nothing behind.
func TestNobodyAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wan, err := vnet.NewRouter(&vnet.RouterConfig{CIDR: "10.0.0.0/8", LoggerFactory: logging.NewDefaultLoggerFactory()})
		if err != nil {
			t.Fatal(err)
		}
		net := virtualNet(t, wan, "10.0.0.1")
		if err := wan.Start(); err != nil {
			t.Fatal(err)
		}
		id, err := NewIdentity()
		if err != nil {
			t.Fatal(err)
		}
		changed := make(chan struct{}, 10)
		var why error
		l, err := New(Config{
			Identity: id, Net: net, Media: func([]byte) {}, Control: func([]byte) {},
			Changed: func() { changed <- struct{}{} }, Failure: func(err error) { why = err },
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(l.Ufrag) < 4 || len(l.Pwd) < 22 {
			t.Errorf("credentials %q %q", l.Ufrag, l.Pwd)
		}
		begin := time.Now()
		if err := l.Start(Remote{
			Ufrag: "abcd", Pwd: "0123456789012345678901", Fingerprint: "sha-256 00",
			Candidates: []string{"1 1 udp 2130706431 10.0.0.99 9 typ host"},
		}); err != nil {
			t.Fatal(err)
		}
		if err := l.WriteRTP(&rtp.Header{Version: 2}, nil); err != nil {
			t.Errorf("a packet before there is a connection: %v", err)
		}
		<-changed
		if l.State() != Failed || time.Since(begin) > time.Minute {
			t.Errorf("%v after %v: %v", l.State(), time.Since(begin), why)
		}
		l.Close()
		l.Close()
		if err := wan.Stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestCandidatesThatAreNone(t *testing.T) {
	id, err := NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	l, err := New(Config{Identity: id, Changed: func() {}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := l.Start(Remote{Candidates: []string{"nonsense"}}); err == nil || !strings.Contains(err.Error(), `"nonsense"`) {
		t.Errorf("%v", err)
	}
}

func TestFingerprints(t *testing.T) {
	a, err := NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	raw := a.certificate.Certificate
	for want, ok := range map[string]bool{
		"sha-256 " + a.Fingerprint: true, "SHA-256 " + strings.ToLower(a.Fingerprint): true, "sha-256 " + b.Fingerprint: false,
		"sha-256": false, "md4 " + a.Fingerprint: false, "": false,
	} {
		if err := verify(want)(raw, nil); (err == nil) != ok || err != nil && !errors.Is(err, ErrFingerprint) {
			t.Errorf("%q: %v", want, err)
		}
	}
	if err := verify("sha-256 "+a.Fingerprint)(nil, nil); !errors.Is(err, ErrFingerprint) {
		t.Errorf("no certificate: %v", err)
	}
}

// What came before the keys is delivered in its order with them, and no more of it is kept than was promised.
func TestEarlyMedia(t *testing.T) {
	in, out := testKeys(t), testKeys(t)
	var got []uint16
	l := &Link{cfg: Config{Media: func(b []byte) {
		var h rtp.Header
		if _, err := h.Unmarshal(b); err != nil {
			t.Error(err)
		}
		got = append(got, h.SequenceNumber)
	}, Control: func([]byte) { t.Error("RTCP") }}}
	packet := func(seq uint16) []byte {
		b, err := out.sealRTP(&rtp.Header{Version: 2, SequenceNumber: seq, SSRC: 7}, []byte{1, 2, 3})
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Clone(b)
	}
	for i := range uint16(maxEarly + 10) {
		l.media(packet(i))
	}
	if len(got) != 0 || len(l.early) != maxEarly {
		t.Fatalf("%d came, %d wait", len(got), len(l.early))
	}
	l.open(in)
	l.media(packet(maxEarly + 10))
	if len(got) != maxEarly+1 || got[0] != 0 || got[1] != 1 || got[maxEarly] != maxEarly+10 || l.early != nil {
		t.Errorf("%d came", len(got))
	}
	l.media([]byte{0x80, 96, 1}) // cut
	l.media(make([]byte, 100))   // forged
	if len(got) != maxEarly+1 {
		t.Error("a forged packet came through")
	}
}

// A packet is taken for RTCP by its type, and decrypted as that.
func TestControl(t *testing.T) {
	in, out := testKeys(t), testKeys(t)
	var got []byte
	l := &Link{cfg: Config{Media: func([]byte) { t.Error("RTP") }, Control: func(b []byte) { got = b }}}
	l.open(in)
	plain, err := rtcp.Marshal([]rtcp.Packet{&rtcp.PictureLossIndication{SenderSSRC: 1, MediaSSRC: 2}})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := out.out.EncryptRTCP(nil, plain, nil)
	if err != nil {
		t.Fatal(err)
	}
	l.media(sealed)
	if !bytes.Equal(got, plain) {
		t.Errorf("% x", got)
	}
}

// The way of a received packet allocates nothing.
func TestReceivingDoesNotAllocate(t *testing.T) {
	in, out := testKeys(t), testKeys(t)
	n := 0
	l := &Link{cfg: Config{Media: func([]byte) { n++ }}}
	l.open(in)
	seq := uint16(0)
	body, b := make([]byte, 1000), make([]byte, maxPacket)
	h := rtp.Header{Version: 2, SSRC: 7}
	if got := testing.AllocsPerRun(500, func() {
		seq++
		h.SequenceNumber = seq
		sealed, err := out.sealRTP(&h, body)
		if err != nil {
			t.Fatal(err)
		}
		l.media(b[:copy(b, sealed)])
	}); got > 0 {
		t.Errorf("%v allocations a packet, sealing and opening", got)
	}
	if n != 501 {
		t.Errorf("%d of 501 came", n)
	}
}
