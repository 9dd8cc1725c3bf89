package direct

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/fingerprint"
	dtlsnet "github.com/pion/dtls/v3/pkg/net"
	"github.com/pion/logging"

	"tablee/sfu/srtp"
)

// Retransmission is when a handshake message is first sent again; it doubles each time. With Pion's second, a line that
// loses a third of its packets has too few tries before everybody gives up; a few needless repeats on a slow one cost little.
const Retransmission = 100 * time.Millisecond

// handshakePatience is how long a handshake may take: browsers give up sooner.
const handshakePatience = time.Minute

// exporterLabel is the label of DTLS-SRTP (RFC 5764, section 4.2).
const exporterLabel = "EXTRACTOR-dtls_srtp"

// keys protect what one participant sends and is sent.
type keys struct {
	out *srtp.Keys

	inside sync.Mutex // guards what opens packets
	rtp    srtp.Inbound
	rtcp   srtp.InboundRTCP

	outside sync.Mutex // guards what protects RTCP
	rtcpOut srtp.OutboundRTCP
}

// open opens a packet in place.
func (k *keys) open(kind Kind, b []byte) ([]byte, error) {
	k.inside.Lock()
	defer k.inside.Unlock()
	if kind == RTCP {
		return k.rtcp.Open(b)
	}
	return k.rtp.Open(b)
}

// sealRTCP protects an RTCP packet in place.
func (k *keys) sealRTCP(b []byte) ([]byte, error) {
	k.outside.Lock()
	defer k.outside.Unlock()
	return k.rtcpOut.Seal(b)
}

// master is what protects packets, as DTLS-SRTP agrees on it (RFC 5764): a profile, and a key and a salt for each direction.
type master struct {
	profile               srtp.Profile
	localKey, localSalt   []byte
	remoteKey, remoteSalt []byte
}

// handshaker is how keys are agreed on: by DTLS, on a connection that ICE has made. It is all that this package asks of DTLS.
type handshaker interface {
	// handshake returns the keys and what holds the connection open.
	handshake(ctx context.Context) (master, *dtls.Conn, error)
}

// handshake agrees on the keys, and installs them.
func (l *Link) handshake() {
	ctx, cancel := context.WithTimeout(l.ctx, handshakePatience)
	defer cancel()
	m, secure, err := l.handshaker().handshake(ctx)
	if err == nil {
		err = l.install(m, secure)
	}
	if err != nil {
		if l.ctx.Err() == nil {
			l.port.counters.Handshake.Add(1)
			l.to.Lost()
		}
		return
	}
	l.to.Connected()
}

// install makes the keys those of the connection.
func (l *Link) install(m master, secure *dtls.Conn) error {
	k := &keys{}
	var err error
	if k.out, err = srtp.NewKeys(m.profile, m.localKey, m.localSalt, l.port.fast); err != nil {
		return fmt.Errorf("derive our keys: %w", err)
	}
	in, err := srtp.NewKeys(m.profile, m.remoteKey, m.remoteSalt, l.port.fast)
	if err != nil {
		return fmt.Errorf("derive the client's keys: %w", err)
	}
	k.rtp.Init(in)
	k.rtcp.Init(in)
	k.rtcpOut.Init(k.out)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = secure.Close()
		return ErrClosed
	}
	l.secure = secure
	l.keys.Store(k)
	return nil
}

// dtlsHandshake is the handshaker over an ICE connection.
type dtlsHandshake struct {
	link   *Link
	client bool   // we begin
	print  string // the client's fingerprint
}

func (l *Link) handshaker() handshaker {
	l.mu.Lock()
	defer l.mu.Unlock()
	return dtlsHandshake{link: l, client: l.local.Setup == "active", print: l.remote.Fingerprint}
}

// handshake implements handshaker.
func (h dtlsHandshake) handshake(ctx context.Context) (master, *dtls.Conn, error) {
	p := h.link.port
	conn := dtlsnet.PacketConnFromConn(h.link.conn)
	both := []dtls.Option{
		dtls.WithCertificates(*p.cfg.Certificate),
		dtls.WithSRTPProtectionProfiles(p.profiles...),
		dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret),
		dtls.WithInsecureSkipVerify(true), // certificates are self-signed: the fingerprint in the offer is what is checked
		dtls.WithVerifyPeerCertificate(h.verify),
		dtls.WithFlightInterval(Retransmission),
		dtls.WithLoggerFactory(&logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}),
	}
	var secure *dtls.Conn
	var err error
	if h.client {
		var o []dtls.ClientOption
		for _, x := range both {
			o = append(o, x)
		}
		secure, err = dtls.ClientWithOptions(conn, h.link.conn.RemoteAddr(), o...)
	} else {
		o := []dtls.ServerOption{
			dtls.WithClientAuth(dtls.RequireAnyClientCert),
			dtls.WithInsecureSkipVerifyHello(true), // ICE has shown already that the client is where it says it is
		}
		for _, x := range both {
			o = append(o, x)
		}
		secure, err = dtls.ServerWithOptions(conn, h.link.conn.RemoteAddr(), o...)
	}
	if err != nil {
		return master{}, nil, fmt.Errorf("begin the DTLS handshake: %w", err)
	}
	m, err := h.agree(ctx, secure)
	if err != nil {
		_ = secure.Close()
		return master{}, nil, err
	}
	return m, secure, nil
}

// agree runs the handshake and exports the keys.
func (h dtlsHandshake) agree(ctx context.Context, secure *dtls.Conn) (master, error) {
	if err := secure.HandshakeContext(ctx); err != nil {
		return master{}, fmt.Errorf("shake hands by DTLS: %w", err)
	}
	chosen, ok := secure.SelectedSRTPProtectionProfile()
	if !ok {
		return master{}, errors.New("shake hands by DTLS: the client offers no SRTP profile that this server speaks")
	}
	m := master{profile: srtp.Profile(chosen)}
	state, ok := secure.ConnectionState()
	if !ok {
		return master{}, errors.New("export the SRTP keys: the handshake has no state")
	}
	k, s := m.profile.KeySize(), m.profile.SaltSize()
	raw, err := state.ExportKeyingMaterial(exporterLabel, nil, 2*(k+s))
	if err != nil {
		return master{}, fmt.Errorf("export the SRTP keys: %w", err)
	}
	clientKey, serverKey, clientSalt, serverSalt := raw[:k], raw[k:2*k], raw[2*k:2*k+s], raw[2*k+s:]
	if h.client {
		m.localKey, m.localSalt, m.remoteKey, m.remoteSalt = clientKey, clientSalt, serverKey, serverSalt
	} else {
		m.localKey, m.localSalt, m.remoteKey, m.remoteSalt = serverKey, serverSalt, clientKey, clientSalt
	}
	return m, nil
}

// errFingerprint is a certificate that is not the one that signaling named: somebody is in between.
var errFingerprint = errors.New("the client's certificate is not the one of its offer")

// verify checks the client's certificate against the fingerprint of the offer (RFC 8122, section 5).
func (h dtlsHandshake) verify(raw [][]byte, _ [][]*x509.Certificate) error {
	if len(raw) == 0 {
		return errFingerprint
	}
	algorithm, want, _ := strings.Cut(h.print, " ")
	hash, err := fingerprint.HashFromString(algorithm)
	if err != nil {
		return fmt.Errorf("%w: %w", errFingerprint, err)
	}
	if hash != crypto.SHA256 && hash != crypto.SHA384 && hash != crypto.SHA512 {
		return fmt.Errorf("%w: %s is not safe", errFingerprint, algorithm)
	}
	cert, err := x509.ParseCertificate(raw[0])
	if err != nil {
		return fmt.Errorf("read the client's certificate: %w", err)
	}
	got, err := fingerprint.Fingerprint(cert, hash)
	if err != nil {
		return fmt.Errorf("take the fingerprint of the client's certificate: %w", err)
	}
	if !strings.EqualFold(got, want) {
		return errFingerprint
	}
	return nil
}
