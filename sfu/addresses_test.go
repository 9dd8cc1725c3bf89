package sfu

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/pion/webrtc/v4"
)

// A server that is reached elsewhere says so in its next answers, and asks those outside to restart ICE.
func TestANewAddressIsAdvertised(t *testing.T) {
	inWorldOver(t, false, func(w *world) {
		a := w.join("r", "a", 3, 1)
		a.peer.moved(false)
		b := w.join("r", "b", 3, 1)
		public := netip.MustParseAddr("203.0.113.7")
		w.engine.SetAddresses([]netip.Addr{public})
		w.engine.SetAddresses([]netip.Addr{public}) // no change
		synctest.Wait()
		restarts := func(c *client) (n int) {
			for _, news := range c.news() {
				if news.Restart {
					n++
				}
			}
			return n
		}
		if n, m := restarts(a), restarts(b); n != 1 || m != 0 {
			t.Errorf("outside asked to restart %d times, in the house %d times", n, m)
		}
		offer, err := a.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: true})
		must(t, err)
		must(t, a.pc.SetLocalDescription(offer))
		answer, err := a.peer.Answer(Offer{SDP: a.pc.LocalDescription().SDP, Mic: "0", Camera: "1", Screen: "2"})
		must(t, err)
		if !strings.Contains(answer, " 203.0.113.7 50000 typ host") || !strings.Contains(answer, " 1.2.9.9 50000 typ host") {
			t.Errorf("the answer names other addresses:\n%s", answer)
		}
	})
}
