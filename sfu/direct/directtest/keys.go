package directtest

import (
	"context"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"net"

	"github.com/pion/dtls/v3"
	"github.com/pion/logging"

	"tablee/sfu/srtp"
)

// Master is a master key and salt of one direction.
type Master struct {
	Profile   srtp.Profile
	Key, Salt []byte
}

// sealing protects what the client sends.
type sealing struct {
	ours, theirs Master
	keys         *srtp.Keys
	rtp          map[uint32]*srtp.Outbound
	rtcp         srtp.OutboundRTCP
}

// shake runs the DTLS handshake and exports the keys (RFC 5764, section 4.2).
func (c *Client) shake(ctx context.Context) error {
	p := pipe{c, make(chan struct{})}
	stop := context.AfterFunc(ctx, func() { _ = p.Close() })
	defer stop()
	c.mu.Lock()
	active := c.remote.setup == "passive"
	c.mu.Unlock()
	secure, err := c.conn(p, active)
	if err != nil {
		return fmt.Errorf("set up DTLS: %w", err)
	}
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = secure.Close()
		return fmt.Errorf("shake hands by DTLS: %w", err)
	}
	chosen, ok := secure.SelectedSRTPProtectionProfile()
	state, known := secure.ConnectionState()
	if !ok || !known {
		return errors.New("shake hands by DTLS: no SRTP profile was chosen")
	}
	profile := srtp.Profile(chosen)
	k, s := profile.KeySize(), profile.SaltSize()
	raw, err := state.ExportKeyingMaterial("EXTRACTOR-dtls_srtp", nil, 2*(k+s))
	if err != nil {
		return fmt.Errorf("export the SRTP keys: %w", err)
	}
	client := Master{profile, raw[:k], raw[2*k : 2*k+s]}
	server := Master{profile, raw[k : 2*k], raw[2*k+s:]}
	if !active {
		client, server = server, client
	}
	keys, err := srtp.NewKeys(profile, client.Key, client.Salt, false)
	if err != nil {
		return fmt.Errorf("derive the client's keys: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.secure = secure
	c.seal.ours, c.seal.theirs, c.seal.keys, c.seal.rtp = client, server, keys, map[uint32]*srtp.Outbound{}
	c.seal.rtcp.Init(keys)
	return nil
}

// conn is the client's end of DTLS, which begins the handshake when it is active.
func (c *Client) conn(p pipe, active bool) (*dtls.Conn, error) {
	to := net.UDPAddrFromAddrPort(c.cfg.Server)
	both := []dtls.Option{
		dtls.WithCertificates(c.cert), dtls.WithInsecureSkipVerify(true),
		dtls.WithVerifyPeerCertificate(func([][]byte, [][]*x509.Certificate) error { return nil }),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80),
		dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret),
		dtls.WithFlightInterval(2 * checkPeriod),
		dtls.WithLoggerFactory(&logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}),
	}
	if active {
		var o []dtls.ClientOption
		for _, x := range both {
			o = append(o, x)
		}
		return dtls.ClientWithOptions(p, to, o...)
	}
	o := []dtls.ServerOption{dtls.WithClientAuth(dtls.RequireAnyClientCert), dtls.WithInsecureSkipVerifyHello(true)}
	for _, x := range both {
		o = append(o, x)
	}
	return dtls.ServerWithOptions(p, to, o...)
}

// Keys are the client's own and the server's. Each pair is used in one direction.
func (c *Client) Keys() (ours, theirs Master) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seal.ours, c.seal.theirs
}

// SealRTP protects a plain packet in place; its capacity must hold srtp.MaxOverhead more bytes.
func (c *Client) SealRTP(b []byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ssrc := binary.BigEndian.Uint32(b[8:])
	o := c.seal.rtp[ssrc]
	if o == nil {
		o = &srtp.Outbound{}
		o.Init(c.seal.keys, ssrc)
		c.seal.rtp[ssrc] = o
	}
	header := 12 + 4*int(b[0]&0x0f)
	if b[0]&0x10 != 0 {
		header += 4 + 4*int(binary.BigEndian.Uint16(b[header+2:]))
	}
	return o.Seal(b, header)
}

// SealRTCP protects a plain RTCP packet in place; its capacity must hold srtp.MaxOverhead more bytes.
func (c *Client) SealRTCP(b []byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seal.rtcp.Seal(b)
}
