package loadtest

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"tablee/loadtest/payload"
	"tablee/loadtest/samples"
	"tablee/loadtest/turns"
)

const second = int64(time.Second)

// wiretap keeps what is published.
type wiretap struct{ packets []rtp.Packet }

func (w *wiretap) WriteRTP(h *rtp.Header, body []byte) error {
	w.packets = append(w.packets, rtp.Packet{Header: h.Clone(), Payload: bytes.Clone(body)})
	return nil
}

// take returns the packets of an SSRC since the last take of anything.
func (w *wiretap) take() map[uint32][]rtp.Packet {
	by := make(map[uint32][]rtp.Packet)
	for _, p := range w.packets {
		by[p.SSRC] = append(by[p.SSRC], p)
	}
	w.packets = nil
	return by
}

// SSRCs of the test: microphone, layers 10, 20, 30, retransmissions one more.
const micSSRC = 1

// publishing starts an upstream that publishes into a wiretap.
func publishing(t *testing.T) (*upstream, *wiretap) {
	t.Helper()
	set, err := samples.Load()
	if err != nil {
		t.Fatal(err)
	}
	w := &wiretap{}
	ids := map[string]uint8{uriMid: 1, uriRid: 2, uriRRid: 3, uriLevel: 4, uriTWCC: 5}
	b := &publication{micMid: "0", cameraMid: "1", mic: &bound{to: w, ssrc: micSSRC, pt: 111, extensions: ids}}
	for i := range set.Layers {
		ssrc := uint32(10 * (i + 1))
		b.camera = append(b.camera, &bound{to: w, ssrc: ssrc, rtx: ssrc + 1, pt: 96, ptRTX: 97, extensions: ids})
	}
	up := newUpstream(set, 3, Simulcast)
	u := &up
	u.camera.on = true
	if err := u.start(b, 42, rand.New(rand.NewPCG(1, 1)), 1); err != nil {
		t.Fatal(err)
	}
	return u, w
}

// play ticks like the loop does.
func play(u *upstream, from, to int64) {
	for now := from; now < to; {
		now = max(u.tick(now), now+1)
	}
}

// keys counts the frames and the key frames of a stream.
func keys(t *testing.T, packets []rtp.Packet) (frames, keys int) {
	t.Helper()
	for _, p := range packets {
		v, ok := payload.ReadVP8(p.Payload)
		if !ok {
			t.Fatalf("not VP8: % x", p.Payload[:8])
		}
		if v.Start {
			frames++
		}
		if v.Key {
			keys++
		}
	}
	return frames, keys
}

func TestPublishesThreeLayersInStep(t *testing.T) {
	u, w := publishing(t)
	play(u, 1, 8*second)
	by := w.take()
	for _, ssrc := range []uint32{10, 20, 30} {
		frames, key := keys(t, by[ssrc])
		if frames < 119 || frames > 121 || key != 2 {
			t.Errorf("layer %d: %d frames, %d key frames in 8 s", ssrc, frames, key)
		}
		for i, p := range by[ssrc] {
			if string(p.GetExtension(1)) != "1" || len(p.GetExtension(2)) != 1 || len(p.GetExtension(5)) != 2 || p.GetExtension(4) != nil {
				t.Fatalf("layer %d: extensions of %+v", ssrc, p.Header)
			}
			if i > 0 && p.SequenceNumber != by[ssrc][i-1].SequenceNumber+1 {
				t.Fatalf("layer %d: sequence breaks", ssrc)
			}
			s, ok := payload.ReadStamp(p.Payload)
			if ok != p.Marker || ok && (s.Num != 42 || uint32(s.Layer)*10 != ssrc) {
				t.Fatalf("layer %d: stamp %+v, %v in a packet with marker %v", ssrc, s, ok, p.Marker)
			}
		}
	}
	if got, want := u.packets.Load(), uint64(len(by[10])+len(by[20])+len(by[30])+len(by[micSSRC])); got != want {
		t.Errorf("counted %d of %d packets", got, want)
	}
}

func TestKeyFrameOnRequest(t *testing.T) {
	u, w := publishing(t)
	play(u, 1, second)
	w.take()
	u.answer(request{ssrc: 20, key: true}, second)
	play(u, second, second+frameEvery+1)
	by := w.take()
	if v, _ := payload.ReadVP8(by[20][0].Payload); !v.Key {
		t.Error("the next frame is no key frame")
	}
	if _, n := keys(t, by[10]); n != 0 {
		t.Error("another layer answered too")
	}
}

func TestOrdersBeforePublishingCount(t *testing.T) {
	u, w := publishing(t)
	u.camera.watch([]string{"h"}, second)
	b := &publication{mic: u.voice.out.bound}
	for _, l := range u.camera.layers {
		b.camera = append(b.camera, l.out.bound)
	}
	if err := u.start(b, 42, rand.New(rand.NewPCG(1, 1)), 1); err != nil {
		t.Fatal(err)
	}
	play(u, 1, second)
	if by := w.take(); len(by[10]) != 0 || len(by[20]) == 0 || len(by[30]) != 0 {
		t.Fatalf("%d, %d, %d packets with only h watched", len(by[10]), len(by[20]), len(by[30]))
	}
}

func TestPausedLayerComesBackWithAKeyFrame(t *testing.T) {
	u, w := publishing(t)
	play(u, 1, second)
	u.camera.watch([]string{"q"}, second)
	w.take()
	play(u, second, 2*second)
	by := w.take()
	if len(by[10]) == 0 || len(by[20]) != 0 || len(by[30]) != 0 {
		t.Fatalf("%d, %d, %d packets with only q watched", len(by[10]), len(by[20]), len(by[30]))
	}
	u.camera.watch([]string{"q", "f"}, second)
	play(u, 2*second, 2*second+frameEvery+1)
	by = w.take()
	if v, _ := payload.ReadVP8(by[30][0].Payload); !v.Key {
		t.Error("f comes back without a key frame")
	}
	if _, n := keys(t, by[10]); n != 0 {
		t.Error("q, watched all the time, begins again")
	}
}

// A retransmission is the packet as it was sent, stamp included, behind its sequence number (RFC 4588, section 4).
func TestRepairs(t *testing.T) {
	u, w := publishing(t)
	play(u, 1, second)
	sent := w.take()[30]
	for _, p := range []rtp.Packet{sent[len(sent)-1], sent[len(sent)-20]} {
		u.answer(request{ssrc: 30, nacks: []uint16{p.SequenceNumber}}, second)
		got := w.take()[31]
		if len(got) != 1 {
			t.Fatalf("%d retransmissions", len(got))
		}
		want := append([]byte{byte(p.SequenceNumber >> 8), byte(p.SequenceNumber)}, p.Payload...)
		if !bytes.Equal(got[0].Payload, want) || got[0].Timestamp != p.Timestamp || got[0].Marker != p.Marker || got[0].PayloadType != 97 {
			t.Errorf("sent %+v, again %+v", p.Header, got[0].Header)
		}
		if string(got[0].GetExtension(3)) != "f" || got[0].GetExtension(2) != nil {
			t.Errorf("extensions of %+v", got[0].Header)
		}
	}
	u.answer(request{ssrc: 30, nacks: []uint16{sent[0].SequenceNumber - 1, sent[0].SequenceNumber + 30000}}, second)
	if got := w.take(); len(got) != 0 {
		t.Errorf("sent %v again, which never was", got)
	}
}

func TestSpeaksInTurnsAndIsSilentBetween(t *testing.T) {
	u, w := publishing(t)
	u.talk([]turns.Spurt{{Start: time.Second, End: 3 * time.Second}, {Start: 5 * time.Second, End: 6 * time.Second}}, 10*second)
	play(u, 1, 20*second)
	talking, silent, marks := 0, 0, 0
	for _, p := range w.take()[micSSRC] {
		level := p.GetExtension(4)[0]
		_, stamped := payload.ReadStamp(p.Payload)
		switch {
		case level == levelTalking && stamped:
			talking++
		case level == levelSilent && bytes.Equal(p.Payload, payload.OpusSilence[:]):
			silent++
		default:
			t.Fatalf("level %d, stamped %v", level, stamped)
		}
		if p.Marker {
			marks++
		}
	}
	if talking < 149 || talking > 151 || marks != 2 || silent < 40 || silent > 50 {
		t.Errorf("%d packets of speech in %d spurts, %d of silence", talking, marks, silent)
	}
	u.stop()
	if len(u.logs) != 2 || u.logs[0].from < 11*second || u.logs[0].from > 11*second+2*voiceEvery || u.logs[1].to > 16*second {
		t.Errorf("log %+v", u.logs)
	}
}

func TestLateFramesAreLeftOut(t *testing.T) {
	u, w := publishing(t)
	play(u, 1, second)
	before := w.take()[10]
	u.tick(11 * second) // ten seconds of a stalled machine
	after := w.take()[10]
	if frames, _ := keys(t, after); frames > 4 {
		t.Errorf("%d frames in one go", frames)
	}
	step := after[0].Timestamp - before[len(before)-1].Timestamp
	if d := time.Duration(step) * time.Second / 90000; d < 9*time.Second || d > 11*time.Second {
		t.Errorf("timestamps moved by %v in ten seconds", d)
	}
}

func TestSenderReports(t *testing.T) {
	u, _ := publishing(t)
	if got := u.reports(nil, 1, time.Unix(0, 0)); len(got) != 0 {
		t.Fatalf("reports of nothing: %v", got)
	}
	play(u, 1, second)
	u.camera.watch([]string{"q"}, second)
	got := u.reports(nil, second, time.Unix(1, 500_000_000))
	if len(got) != 2 {
		t.Fatalf("%d reports of a voice and a layer", len(got))
	}
	r := got[1].(*rtcp.SenderReport)
	if r.SSRC != 10 || r.NTPTime>>32 != 2208988801 || r.NTPTime<<32>>32 != 1<<31 || r.PacketCount == 0 || r.OctetCount == 0 {
		t.Errorf("%+v", r)
	}
}
