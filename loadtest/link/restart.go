package link

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
)

// ICE restarts (RFC 8445, section 9) look for the way to the server anew, with new credentials: the server asks for one when
// it is reached at another address. The keys of DTLS stay, and so does the socket; media go to the old address until
// another one has been nominated, as they do in browsers.

// Restart begins one: Ufrag and Pwd are others, and belong into the next offer. Resume takes the answer to it.
func (l *Link) Restart() error {
	if err := l.agent.Restart("", ""); err != nil {
		return fmt.Errorf("restart ICE: %w", err)
	}
	var err error
	if l.Ufrag, l.Pwd, err = l.agent.GetLocalUserCredentials(); err != nil {
		return fmt.Errorf("read ICE credentials: %w", err)
	}
	if err := l.agent.GatherCandidates(); err != nil {
		return fmt.Errorf("gather candidates again: %w", err)
	}
	return nil
}

// Resume goes on with the answer to a restart.
func (l *Link) Resume(r Remote) error {
	if r.Fingerprint != l.server.Fingerprint {
		return fmt.Errorf("restart ICE: %w", ErrFingerprint)
	}
	l.server = r
	if err := l.agent.SetRemoteCredentials(r.Ufrag, r.Pwd); err != nil {
		return fmt.Errorf("take the server's ICE credentials: %w", err)
	}
	return l.offered(r.Candidates)
}

// offered hands the server's candidates to ICE.
func (l *Link) offered(candidates []string) error {
	for _, line := range candidates {
		c, err := ice.UnmarshalCandidate(line)
		if err != nil {
			return fmt.Errorf("read the candidate %q: %w", line, err)
		}
		if err := l.agent.AddRemoteCandidate(c); err != nil {
			return fmt.Errorf("add a candidate: %w", err)
		}
	}
	return nil
}

// view is the socket as ICE has it from one restart to the next: ICE closes it, and the socket stays open.
type view struct {
	*socket
	ended atomic.Bool
}

// ReadFromAddrPort implements ice.AddrPortReaderWriter. ICE reads a view only after the one before has returned.
func (v *view) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	for !v.ended.Load() {
		n, from, err := v.socket.ReadFromAddrPort(b)
		if late := net.Error(nil); !errors.As(err, &late) || !late.Timeout() {
			return n, from, err
		}
		if v.ended.Load() {
			break
		}
		if err := v.socket.SetReadDeadline(time.Time{}); err != nil { // it was meant for the view before
			return 0, netip.AddrPort{}, err
		}
		if v.ended.Load() { // and this one's own may just have been lifted
			break
		}
	}
	return 0, netip.AddrPort{}, net.ErrClosed
}

// ReadFrom implements net.PacketConn.
func (v *view) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := v.ReadFromAddrPort(b)
	if err != nil {
		return 0, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

// Close implements net.PacketConn.
func (v *view) Close() error {
	v.ended.Store(true)
	return v.socket.SetReadDeadline(time.Unix(1, 0)) // wakes who reads
}
