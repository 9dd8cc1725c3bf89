package link

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/stun/v4"
)

// A participant roams when a phone leaves the Wi-Fi for 4G: its address is another from one packet to the next, and what
// was under way to the old one is lost. Browsers do then what they do on any network that comes up while they talk: they
// check the way from the new address, with the old credentials, and nominate it at once (RFC 8445, section 7.3.1.5); they
// send again when the server has answered, and nominate with every further check. There is no offer, no ICE restart and no
// handshake.

// nominateAgain is the time between two checks of a way that has been answered on, as in libwebrtc.
const nominateAgain = 480 * time.Millisecond

// peerReflexive is the priority of a way that nobody announced (RFC 8445, section 5.1.2).
const peerReflexive = 110<<24 | 65535<<8 | 255

// errRoam is a link that cannot roam.
var errRoam = errors.New("the link is not connected")

// roaming is a change of address under way.
type roaming struct {
	key      [8]byte     // the first bytes of the transaction ids of its checks
	answered atomic.Bool // the server knows the new address
}

// unknown says whether the server does not know the address yet.
func (r *roaming) unknown() bool { return r != nil && !r.answered.Load() }

// Roam moves the link to a new address, in the background.
func (l *Link) Roam() error {
	to := l.remote.Load()
	if l.State() != Connected || to == nil {
		return fmt.Errorf("roam: %w", errRoam)
	}
	c, err := l.cfg.open()
	if err != nil {
		return fmt.Errorf("roam: %w", err)
	}
	if err := l.socket.move(c); err != nil {
		return fmt.Errorf("roam: %w", err)
	}
	r := &roaming{}
	id := stun.NewTransactionID()
	copy(r.key[:], id[:])
	l.roaming.Store(r)
	l.running.Go(func() { l.arrive(r, *to) })
	return nil
}

// arrive nominates the new way until media come on it. ICE gives the link up if none ever do.
func (l *Link) arrive(r *roaming, to netip.AddrPort) {
	ctx, end := context.WithTimeout(l.ctx, failed)
	defer end()
	again := time.NewTimer(0)
	defer again.Stop()
	for n := uint32(0); l.roaming.Load() == r; n++ {
		select {
		case <-again.C:
		case <-ctx.Done():
			return
		}
		if m, err := l.nomination(r, n); err == nil {
			_, _ = l.socket.WriteToAddrPort(m.Raw, to) // a lost one is sent again
		}
		again.Reset(pace)
		if r.answered.Load() {
			again.Reset(nominateAgain)
		}
	}
}

// nomination is a check that nominates the way it takes.
func (l *Link) nomination(r *roaming, n uint32) (*stun.Message, error) {
	id := [stun.TransactionIDSize]byte(binary.BigEndian.AppendUint32(r.key[:], n))
	m, err := stun.Build(stun.BindingRequest, stun.NewTransactionIDSetter(id), stun.NewUsername(l.server.Ufrag+":"+l.Ufrag),
		ice.UseCandidate(), ice.AttrControlling(1), ice.PriorityAttr(peerReflexive),
		stun.NewShortTermIntegrity(l.server.Pwd), stun.Fingerprint)
	if err != nil {
		return nil, fmt.Errorf("build a check: %w", err)
	}
	return m, nil
}

// answered takes an answer to a check, be it ours or ICE's.
func (l *Link) answered(b []byte) {
	if r := l.roaming.Load(); r != nil && len(b) >= 20 && bytes.Equal(b[8:16], r.key[:]) {
		r.answered.Store(true)
	}
}
