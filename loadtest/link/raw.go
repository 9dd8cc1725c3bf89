package link

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
)

// What tests of servers need that are to withstand anything: to say exactly which bytes go out, and to have them encrypted
// although they are nonsense. None of it is to be called concurrently with itself or with WriteRTP and WriteRTCP.

// Seal encrypts a whole RTP packet as it is; only its header must parse.
func (l *Link) Seal(packet []byte) ([]byte, error) {
	k := l.keys.Load()
	if k == nil {
		return nil, fmt.Errorf("encrypt a packet: %w", net.ErrClosed)
	}
	b, err := k.out.EncryptRTP(nil, packet, &k.sent)
	return bytes.Clone(b), err
}

// SealControl encrypts a whole RTCP packet as it is.
func (l *Link) SealControl(compound []byte) ([]byte, error) {
	k := l.keys.Load()
	if k == nil {
		return nil, fmt.Errorf("encrypt a packet: %w", net.ErrClosed)
	}
	return k.out.EncryptRTCP(nil, compound, nil)
}

// Send sends bytes to the server as they are, from the address that the server knows.
func (l *Link) Send(b []byte) error {
	to := l.remote.Load()
	if to == nil {
		return fmt.Errorf("send a packet: %w", net.ErrClosed)
	}
	_, err := l.socket.WriteToAddrPort(b, *to)
	return err
}

// Server is where media go; not valid before the link is connected.
func (l *Link) Server() netip.AddrPort {
	if to := l.remote.Load(); to != nil {
		return *to
	}
	return netip.AddrPort{}
}
