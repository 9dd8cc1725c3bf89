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
		c, d := w.prepare("r", "c", 3, 1), w.prepare("r", "d", 3, 1) // c has its answer, and is not in; d has not asked yet
		first, err := c.pc.CreateOffer(nil)
		must(t, err)
		must(t, c.pc.SetLocalDescription(first))
		_, err = c.peer.Answer(Offer{SDP: c.pc.LocalDescription().SDP, Mic: "0", Camera: "1", Screen: "2"})
		must(t, err)
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
		for who, want := range map[*client]int{a: 1, b: 0, c: 1, d: 0} {
			if n := restarts(who); n != want {
				t.Errorf("%s was asked to restart %d times, want %d: outside and on the way in once, in the house never", who.id, n, want)
			}
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
