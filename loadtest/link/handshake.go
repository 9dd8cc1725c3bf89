package link

import (
	"fmt"
	"net"

	"github.com/pion/dtls/v3"
	dtlsnet "github.com/pion/dtls/v3/pkg/net"
)

// handshake is DTLS.
func (l *Link) handshake(conn net.Conn, r Remote) (*dtls.Conn, error) {
	options := []dtls.Option{
		dtls.WithCertificates(l.cfg.Identity.certificate), dtls.WithInsecureSkipVerify(true), // verify does
		dtls.WithVerifyPeerCertificate(verify(r.Fingerprint)),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80),
		dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret), dtls.WithFlightInterval(retransmit),
		dtls.WithDisableRetransmitBackoff(true), // doubling leaves ten tries in a minute, too few where a third is lost
		dtls.WithLoggerFactory(quiet()),
	}
	var secure *dtls.Conn
	var err error
	packets := dtlsnet.PacketConnFromConn(conn)
	if r.Active {
		server := []dtls.ServerOption{dtls.WithClientAuth(dtls.RequireAnyClientCert)}
		for _, o := range options {
			server = append(server, o)
		}
		secure, err = dtls.ServerWithOptions(packets, conn.RemoteAddr(), server...)
	} else {
		client := []dtls.ClientOption{}
		for _, o := range options {
			client = append(client, o)
		}
		secure, err = dtls.ClientWithOptions(packets, conn.RemoteAddr(), client...)
	}
	if err != nil {
		return nil, fmt.Errorf("set up DTLS: %w", err)
	}
	if err := secure.HandshakeContext(l.ctx); err != nil {
		_ = secure.Close()
		return nil, fmt.Errorf("shake hands with DTLS: %w", err)
	}
	return secure, nil
}
