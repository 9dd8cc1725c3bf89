package sfu

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// clean fails the test when a slot broke its promise.
func (w *world) clean() {
	w.t.Helper()
	for _, c := range w.all {
		c.mu.Lock()
		if len(c.wrong) > 0 {
			w.t.Errorf("%s: %v", c.id, c.wrong)
		}
		c.mu.Unlock()
	}
}

// filming makes c's camera send all layers, key frames when asked for, as a browser would.
type filming struct {
	c     *client
	keyed map[uint32]int
}

func film(c *client) *filming { return &filming{c, map[uint32]int{}} }

func (f *filming) frame(k int) {
	for i, e := range f.c.sender.GetParameters().Encodings {
		f.c.mu.Lock()
		asked := len(f.c.plis[uint32(e.SSRC)])
		f.c.mu.Unlock()
		f.c.film(k, i, k == 0 || asked > f.keyed[uint32(e.SSRC)])
		f.keyed[uint32(e.SSRC)] = asked
	}
}

func TestTwoMeet(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := w.join("r", "a", 3, 4), w.join("r", "b", 3, 4)
		b.peer.Demand([]Want{{ID: "a", Kind: Camera, Height: 180}})
		cam := film(a)
		w.run(3*time.Second, func(k int) {
			a.talk(k, 20)
			cam.frame(k)
		})
		if n := len(b.from(a.num, false)); n < 40 {
			t.Errorf("b heard %d packets of a, want 40 or more", n)
		}
		if n := len(b.from(a.num, true)); n < 40 {
			t.Errorf("b saw %d packets of a, want 40 or more", n)
		}
		if n := len(a.from(a.num, true)) + len(a.from(a.num, false)); n != 0 {
			t.Errorf("a got %d of its own packets", n)
		}
		w.clean()
	})
}

// Everybody sees a picture at once, though they come in a burst and key frames are asked for once a second only.
func TestLateJoinersSeeAPictureAtOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		a, first := w.join("r", "a", 3, 4), w.join("r", "first", 3, 4)
		first.peer.Demand([]Want{{ID: "a", Kind: Camera, Height: 180}})
		cam, k := film(a), 0
		w.run(5*time.Second, func(int) { cam.frame(k); k++ })
		var late []*client
		for i := range 5 {
			late = append(late, w.join("r", fmt.Sprint("late", i), 3, 4))
		}
		for _, c := range late {
			at := time.Now()
			c.peer.Demand([]Want{{ID: "a", Kind: Camera, Height: 180}})
			for len(c.from(a.num, true)) == 0 {
				if time.Since(at) > 250*time.Millisecond {
					t.Fatalf("%s waits for a picture for more than 250 ms", c.id)
				}
				cam.frame(k)
				k++
				time.Sleep(66 * time.Millisecond)
			}
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		for ssrc, at := range a.plis {
			for i := 1; i < len(at); i++ {
				if at[i]-at[i-1] < 990*time.Millisecond { // asked a second apart, arriving with a little jitter
					t.Errorf("key frames of %d were asked for at %v and %v", ssrc, at[i-1], at[i])
				}
			}
		}
	})
	// The slots' promise holds for replayed pictures too: checked in tookRTP.
}

// What is demanded before the connection stands is not sent into the void: the first packet that arrives is a key frame's.
func TestAPictureBeginsWithAKeyFrame(t *testing.T) {
	inWorld(t, func(w *world) {
		a, cams := w.join("r", "a", 3, 4), []*client{}
		first := w.join("r", "first", 3, 4)
		first.peer.Demand([]Want{{ID: "a", Kind: Camera, Height: 180}})
		cam, k := film(a), 0
		roll := func(d time.Duration) { w.run(d, func(int) { cam.frame(k); k++ }) }
		roll(time.Second)
		for i := range 5 {
			c := w.prepare("r", fmt.Sprint("late", i), 3, 4)
			c.negotiate()
			c.peer.Demand([]Want{{ID: "a", Kind: Camera, Height: 180}})
			cams = append(cams, c)
		}
		roll(3 * time.Second)
		for _, c := range cams {
			c.mu.Lock()
			for mid, r := range c.slots {
				if len(r.packets) > 0 && len(r.packets[0].Payload) > 100 && r.packets[0].Payload[6]&1 != 0 {
					t.Errorf("%s: slot %s begins with packet %d, which is not a key frame's", c.id, mid, r.packets[0].SequenceNumber)
				}
			}
			c.mu.Unlock()
			if len(c.from(a.num, true)) == 0 {
				t.Errorf("%s sees nothing", c.id)
			}
		}
	})
}

// Lost packets come back both ways, from senders and to receivers.
func TestLossIsRepairedOnTheWayIn(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := w.join("r", "a", 3, 4), w.join("r", "b", 3, 4)
		b.peer.Demand([]Want{{ID: "a", Kind: Camera, Height: 180}})
		cam := film(a)
		r := rand.New(rand.NewSource(1))
		w.setDrop(func(from, to string, x []byte) bool {
			return from[:6] == "1.2.1." && len(x) > 150 && r.Intn(100) < 5
		})
		w.run(10*time.Second, cam.frame)
		a.mu.Lock()
		defer a.mu.Unlock()
		asked := 0
		for _, n := range a.nacks {
			asked += n
		}
		if asked < 5 {
			t.Errorf("%d packets were asked for again, of some eight lost on the layer that is shown", asked)
		}
	})
}

func TestLoudestThreeAreHeard(t *testing.T) {
	inWorld(t, func(w *world) {
		var cs []*client
		for i := range 7 {
			cs = append(cs, w.join("r", fmt.Sprint("p", i), 3, 0))
		}
		// p0 to p3 speak, p0 loudest; p4 breathes; p5 and p6 are silent.
		level := []uint8{20, 30, 35, 45, 80, 127, 127}
		w.run(4*time.Second, func(k int) {
			for i, c := range cs {
				c.talk(k, level[i])
			}
		})
		for i, c := range cs {
			var heard []int
			for j, o := range cs {
				if len(c.from(o.num, false)) > 30 {
					heard = append(heard, j)
				}
			}
			want := []int{0, 1, 2}
			if i < 3 { // a main voice hears the spare in its own stead
				want = slices.DeleteFunc([]int{0, 1, 2, 3}, func(j int) bool { return j == i })
			}
			if !slices.Equal(heard, want) {
				t.Errorf("p%d hears %v, want %v", i, heard, want)
			}
			news := c.news()
			speaker := (*SpeakerNotice)(nil)
			for _, n := range news {
				if n.Speaker != nil {
					speaker = n.Speaker
				}
			}
			if speaker == nil || speaker.ID != "p0" || !slices.Equal(speaker.Talking, []string{"p0", "p1", "p2", "p3"}) {
				t.Errorf("p%d was told %+v, want p0 of p0 to p3", i, speaker)
			}
		}
		w.clean()
	})
}

// A voice that ends is followed by silence frames, so that decoders do not draw it out, and the slot can be used again.
func TestAVoiceEndsInSilence(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := w.join("r", "a", 3, 0), w.join("r", "b", 3, 0)
		k := 0
		say := func(level uint8, d time.Duration) {
			w.run(d, func(int) { k++; a.talk(k, level) })
		}
		say(20, time.Second)
		say(127, 3*time.Second)
		heard := len(b.from(a.num, false))
		say(127, 2*time.Second)
		if n := len(b.from(a.num, false)); n != heard {
			t.Errorf("%d packets of silence were forwarded", n-heard)
		}
		say(20, time.Second)
		if n := len(b.from(a.num, false)); n < heard+10 {
			t.Errorf("after a pause a's voice is not heard: %d packets", n-heard)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		silent := 0
		for _, r := range b.slots {
			for i, p := range r.packets {
				if string(p.Payload) == string(silence[:]) {
					silent++
					if p.SequenceNumber != r.packets[i-1].SequenceNumber+1 || p.Timestamp != r.packets[i-1].Timestamp+960 {
						t.Errorf("silence is numbered %d at %d after %d at %d", p.SequenceNumber, p.Timestamp, r.packets[i-1].SequenceNumber, r.packets[i-1].Timestamp)
					}
				}
			}
		}
		if silent != hushFrames {
			t.Errorf("%d frames of silence, want %d", silent, hushFrames)
		}
	})
}

func TestOnlyWhatIsShownIsSent(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b, c := w.join("r", "a", 3, 2), w.join("r", "b", 3, 2), w.join("r", "c", 3, 2)
		cams := []*filming{film(a), film(b), film(c)}
		k := 0
		roll := func(d time.Duration) {
			w.run(d, func(int) {
				for _, f := range cams {
					f.frame(k)
				}
				k++
			})
		}
		roll(time.Second)
		if n := len(b.from(a.num, true)); n != 0 {
			t.Errorf("%d packets were sent to somebody who shows nothing", n)
		}
		b.peer.Demand([]Want{{ID: "a", Kind: Camera, Height: 720}, {ID: "c", Kind: Camera, Height: 180}, {ID: "nobody", Kind: Camera, Height: 180}, {ID: "b", Kind: Camera, Height: 180}})
		roll(3 * time.Second)
		heights := map[uint32]int{}
		for _, num := range []uint32{a.num, c.num} {
			if ps := b.from(num, true); len(ps) > 0 {
				heights[num] = layerOf(ps[len(ps)-1].Payload)
			}
		}
		if heights[a.num] != 720 || heights[c.num] != 180 {
			t.Errorf("a is sent %d high and c %d, want 720 and 180", heights[a.num], heights[c.num])
		}
		if got := lastSend(a); !slices.Equal(got, []string{"f"}) {
			t.Errorf("a is told that %v are watched, want f", got)
		}
		if got := lastSend(b); len(got) != 0 {
			t.Errorf("b, whom nobody shows, is told that %v are watched", got)
		}
		b.peer.Demand([]Want{{ID: "c", Kind: Camera, Height: 180}})
		roll(500 * time.Millisecond)
		before := len(b.from(a.num, true))
		roll(time.Second)
		if n := len(b.from(a.num, true)) - before; n != 0 {
			t.Errorf("%d packets of a were sent after b stopped showing it", n)
		}
		if emptied := slices.ContainsFunc(b.news(), func(n Notice) bool {
			return slices.ContainsFunc(n.Slots, func(s SlotNotice) bool { return s.ID == "" })
		}); !emptied {
			t.Error("b was not told that a slot is empty")
		}
		a.peer.Close() // leaves
		c.peer.Demand([]Want{{ID: "b", Kind: Camera, Height: 360}})
		roll(time.Second)
		if n := len(c.from(b.num, true)); n == 0 {
			t.Error("after a left, c does not see b")
		}
		w.clean()
	})
}

// layerOf reads the height that client.film wrote into a frame.
func layerOf(payload []byte) int { return int(payload[14]) | int(payload[15])<<8 }

func lastSend(c *client) []string {
	var last []string
	for _, n := range c.news() {
		if n.Send != nil {
			last = n.Send.Camera
		}
	}
	return last
}

func TestSlotsGrowByANewOffer(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b, c := w.join("r", "a", 3, 1), w.join("r", "b", 3, 1), w.join("r", "c", 3, 1)
		fb, fc, k := film(b), film(c), 0
		roll := func(d time.Duration) {
			w.run(d, func(int) { fb.frame(k); fc.frame(k); k++ })
		}
		a.peer.Demand([]Want{{ID: "b", Kind: Camera, Height: 180}, {ID: "c", Kind: Camera, Height: 180}})
		roll(time.Second)
		if b, c := len(a.from(b.num, true)), len(a.from(c.num, true)); b == 0 || c != 0 {
			t.Fatalf("one slot shows %d packets of the first and %d of the second", b, c)
		}
		a.grow(0, 2)
		a.negotiate()
		before := len(a.from(b.num, true))
		roll(2 * time.Second)
		if n := len(a.from(c.num, true)); n == 0 {
			t.Error("the new slots show nothing")
		}
		if n := len(a.from(b.num, true)) - before; n < 25 {
			t.Errorf("the old slot was sent %d packets in two seconds", n)
		}
		w.clean()
	})
}

// A room of fifteen in a burst, for each loss: nobody stays unseen or unheard.
func TestFifteenAtOnce(t *testing.T) {
	for _, loss := range []int{0, 5, 30} {
		t.Run(fmt.Sprintf("%d%%", loss), func(t *testing.T) {
			inWorld(t, func(w *world) {
				r := rand.New(rand.NewSource(int64(loss)))
				w.setDrop(func(_, _ string, _ []byte) bool { return r.Intn(100) < loss })
				var cs []*client
				for i := range 15 {
					cs = append(cs, w.prepare("r", fmt.Sprint("p", i), 3, 14))
				}
				for _, c := range cs {
					c.negotiate()
				}
				var cams []*filming
				for i := range cs {
					cs[i] = w.connected(cs[i])
				}
				for _, c := range cs {
					cams = append(cams, film(c))
					var wants []Want
					for _, o := range cs {
						wants = append(wants, Want{ID: o.id, Kind: Camera, Height: 180})
					}
					c.peer.Demand(wants)
				}
				k := 0
				for who, c := range cs { // each speaks for a second, in turn
					w.run(time.Second, func(int) {
						for _, f := range cams {
							f.frame(k)
						}
						for i := range 3 { // 20 ms each, as people send: fewer packets may all be lost
							c.talk(3*k+i, 25)
						}
						k++
					})
					for _, o := range cs {
						if o != c && len(o.from(c.num, false)) == 0 {
							t.Errorf("%s did not hear p%d within a second", o.id, who)
						}
					}
				}
				for _, c := range cs {
					for _, o := range cs {
						if o != c && len(c.from(o.num, true)) == 0 {
							t.Errorf("%s never saw %s", c.id, o.id)
						}
					}
				}
				w.clean()
				t.Logf("%+v", w.engine.Stats())
			})
		})
	}
}

// A client that moves to another network offers again with new ICE credentials, and the meeting goes on.
func TestICERestartKeepsTheMeeting(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := w.join("r", "a", 3, 1), w.join("r", "b", 3, 1)
		b.peer.Demand([]Want{{ID: "a", Kind: Camera, Height: 180}})
		cam, k := film(a), 0
		roll := func(d time.Duration) { w.run(d, func(int) { cam.frame(k); k++ }) }
		roll(time.Second)
		offer, err := b.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: true})
		must(t, err)
		must(t, b.pc.SetLocalDescription(offer))
		answer, err := b.peer.Answer(Offer{SDP: b.pc.LocalDescription().SDP, Mic: "0", Camera: "1", Screen: "2"})
		must(t, err)
		must(t, b.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}))
		before := len(b.from(a.num, true))
		roll(5 * time.Second)
		if n := len(b.from(a.num, true)) - before; n < 60 {
			t.Errorf("after the restart b saw %d packets in five seconds, want 60 or more", n)
		}
		w.clean()
	})
}

// Senders learn how their packets arrive, and receivers how slots run against the clock.
func TestReports(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := w.join("r", "a", 3, 1), w.join("r", "b", 3, 1)
		b.peer.Demand([]Want{{ID: "a", Kind: Camera, Height: 180}})
		cam := film(a)
		w.run(5*time.Second, cam.frame)
		a.mu.Lock()
		rr := a.reports[a.ssrcOf(0)]
		a.mu.Unlock()
		if rr.FractionLost != 0 || rr.LastSequenceNumber&0xffff < 60 {
			t.Errorf("a was told %+v of its lowest layer", rr)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		var shown *received
		for _, r := range b.slots {
			if len(r.packets) > 0 {
				shown = r
			}
		}
		srs := b.senderReports[shown.ssrc]
		if len(srs) < 4 {
			t.Fatalf("%d sender reports in five seconds", len(srs))
		}
		first, last := srs[0], srs[len(srs)-1]
		ntp := float64(last.NTPTime-first.NTPTime) / (1 << 32)
		rtp := float64(last.RTPTime-first.RTPTime) / 90000
		if d := ntp - rtp; d > 0.1 || d < -0.1 {
			t.Errorf("reports say that %.2f s passed on the wall and %.2f s on the slot's clock", ntp, rtp)
		}
		if last.PacketCount < 50 || last.OctetCount < 50*200 {
			t.Errorf("reports count %d packets, %d bytes", last.PacketCount, last.OctetCount)
		}
	})
}

func TestTwoScreensAtOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b, c := w.join("r", "a", 3, 1), w.join("r", "b", 3, 1), w.join("r", "c", 3, 3)
		c.peer.Demand([]Want{{ID: "a", Kind: Screen, Height: 720}, {ID: "b", Kind: Screen, Height: 720}})
		w.run(4*time.Second, func(k int) {
			for _, s := range []*client{a, b} {
				p := rtp.Packet{Header: rtp.Header{Version: 2, Marker: true, SequenceNumber: uint16(k), Timestamp: uint32(k) * 6000}, Payload: frame(k, k%10 == 0, 720)}
				must(t, s.screen.WriteRTP(&p))
			}
		})
		for _, s := range []*client{a, b} {
			if n := len(c.from(s.num, true)); n < 20 {
				t.Errorf("c saw %d packets of %s's screen", n, s.id)
			}
		}
		w.clean()
	})
}
