package loadtest

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"tablee/loadtest/payload"
)

// receiver is a downstream with a voice slot (SSRC 1) and a video slot (SSRC 2, retransmissions 3).
func receiver() (*downstream, chan struct{}) {
	wake := make(chan struct{}, 1)
	d := newDownstream(newClock(), wake)
	d.reset([]slot{{mid: "2", ssrc: 1}, {mid: "3", video: true, ssrc: 2, rtx: 3}}, 5, 99)
	return d, wake
}

// frame is a packet of a whole frame.
func frame(seq uint16, ssrc, csrc uint32, key bool, s payload.Stamp) *rtp.Packet {
	body := payload.AppendVP8(nil, true, seq, uint8(seq))
	tag := byte(1)
	if key {
		tag = 0
	}
	return &rtp.Packet{
		Header:  rtp.Header{Version: 2, Marker: true, PayloadType: 96, SequenceNumber: seq, Timestamp: uint32(seq) * 6000, SSRC: ssrc, CSRC: []uint32{csrc}},
		Payload: s.Append(append(body, tag, 2, 3)),
	}
}

func feed(t *testing.T, d *downstream, p *rtp.Packet) {
	t.Helper()
	b, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	d.packet(b)
}

func TestLatencyAndSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := receiver()
		for i := range uint16(20) {
			stamp := payload.Stamp{Layer: 1, Num: 9, At: d.clock.now()}
			time.Sleep(5 * time.Millisecond)
			feed(t, d, frame(i, 2, 9, i == 0, stamp))
			time.Sleep(61 * time.Millisecond)
		}
		// The first one was published before the slot turned to its source.
		if d.recent.Count() != 19 || d.recent.Max() != 5000 {
			t.Errorf("%d latencies, %d µs at most", d.recent.Count(), d.recent.Max())
		}
		s := d.sources[9]
		if s == nil || s.camera.frames != 20 || s.camera.first == 0 || d.total().Decodable != 20 {
			t.Errorf("source %+v, %+v", s, d.total())
		}
		if d.wrong+d.malformed+d.strangers != 0 {
			t.Errorf("complaints about a perfect stream: %+v", d)
		}
	})
}

func TestWrongSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := receiver()
		feed(t, d, frame(0, 2, 9, true, payload.Stamp{Num: 8}))
		if d.wrong != 1 {
			t.Errorf("a stamp of 8 under the CSRC 9: %d complaints", d.wrong)
		}
		d.announce("3", 7)
		for i := range uint16(30) { // two seconds to settle
			time.Sleep(66 * time.Millisecond)
			feed(t, d, frame(i+1, 2, 9, false, payload.Stamp{Num: 9}))
		}
		if d.wrong != 1 {
			t.Errorf("%d complaints before it could settle", d.wrong)
		}
		time.Sleep(time.Second)
		feed(t, d, frame(31, 2, 9, false, payload.Stamp{Num: 9}))
		if d.wrong != 2 {
			t.Errorf("%d complaints when signaling stays wrong", d.wrong)
		}
		d.forget()
		time.Sleep(5 * time.Second)
		feed(t, d, frame(32, 2, 9, false, payload.Stamp{Num: 9}))
		if d.wrong != 2 || d.announce("4", 1) {
			t.Errorf("%d complaints while signaling is unknown", d.wrong)
		}
	})
}

func TestLossIsAskedForAndRepaired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, wake := receiver()
		d.tick(d.clock.now(), 5, nil)
		for _, seq := range []uint16{0, 1, 3} {
			feed(t, d, frame(seq, 2, 9, seq == 0, payload.Stamp{Num: 9}))
		}
		<-wake
		time.Sleep(15 * time.Millisecond)
		out, next := d.tick(d.clock.now(), 5, nil)
		if len(out) != 1 || next-d.clock.now() > int64(100*time.Millisecond) {
			t.Fatalf("feedback %v, next in %v", out, time.Duration(next-d.clock.now()))
		}
		n := out[0].(*rtcp.TransportLayerNack)
		if n.SenderSSRC != 5 || n.MediaSSRC != 2 || len(n.Nacks) != 1 || n.Nacks[0].PacketID != 2 || n.Nacks[0].LostPackets != 0 {
			t.Fatalf("%+v", n)
		}
		again := frame(2, 2, 9, false, payload.Stamp{Num: 9})
		again.SSRC, again.PayloadType, again.SequenceNumber = 3, 97, 7000
		again.Payload = append([]byte{0, 2}, again.Payload...)
		feed(t, d, again)
		c := d.total()
		if c.Received != 4 || c.Expected != 4 || c.Repaired != 1 || c.LostBefore != 1 || c.Decodable != 4 {
			t.Errorf("%+v", c)
		}
		probe := &rtp.Packet{Header: rtp.Header{Version: 2, SSRC: 3, SequenceNumber: 7001}}
		feed(t, d, probe)
		if d.malformed != 0 {
			t.Error("a probe without media is no malformed packet")
		}
	})
}

func TestComplaints(t *testing.T) {
	d, _ := receiver()
	d.packet([]byte{1, 2, 3})
	broken := frame(0, 2, 9, true, payload.Stamp{})
	broken.Payload = []byte{0x80}
	feed(t, d, broken)
	feed(t, d, frame(0, 77, 9, true, payload.Stamp{}))
	if d.malformed != 2 || d.strangers != 1 {
		t.Errorf("%d malformed, %d of unknown streams", d.malformed, d.strangers)
	}
}

func TestVoicesAreHeardAnewAfterAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := receiver()
		seq := uint16(0)
		speak := func(packets int) {
			for range packets {
				seq++
				feed(t, d, &rtp.Packet{
					Header:  rtp.Header{Version: 2, SequenceNumber: seq, Timestamp: uint32(d.clock.now() / 1000 * 48 / 1000), SSRC: 1, CSRC: []uint32{4}},
					Payload: payload.Stamp{Num: 4, At: d.clock.now()}.Append([]byte{1}),
				})
				time.Sleep(20 * time.Millisecond)
			}
		}
		speak(50)
		time.Sleep(time.Second)
		second := d.clock.now()
		speak(50)
		s := d.sources[4]
		if s.voice != 100 || len(s.heard) != 2 || s.heard[1].came != second {
			t.Fatalf("%d packets, heard %+v", s.voice, s.heard)
		}
		if came, ok, long := s.heardOf(spoken{from: second, to: d.clock.now()}); !ok || came != second || long.n != 0 {
			t.Errorf("heard at %d, %v", came, ok)
		}
		if _, ok, _ := s.heardOf(spoken{from: second + 1, to: second + 2}); ok {
			t.Error("heard what was not said")
		}
		if d.gaps.n != 0 {
			t.Errorf("gaps %+v in speech without any", d.gaps)
		}
	})
}

func TestReportsToTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := receiver()
		if out := d.receiverReports(nil, d.clock.now(), 5); len(out) != 0 {
			t.Fatalf("reports of nothing: %v", out)
		}
		feed(t, d, frame(0, 2, 9, true, payload.Stamp{Num: 9}))
		d.senderReport(2, 0x0102030405060708, d.clock.now())
		time.Sleep(500 * time.Millisecond)
		out := d.receiverReports(nil, d.clock.now(), 5)
		r := out[0].(*rtcp.ReceiverReport)
		if len(out) != 1 || r.SSRC != 5 || len(r.Reports) != 1 {
			t.Fatalf("%+v", out)
		}
		if b := r.Reports[0]; b.SSRC != 2 || b.LastSenderReport != 0x03040506 || b.Delay != 1<<15 {
			t.Errorf("%+v", b)
		}
	})
}

func FuzzDownstream(f *testing.F) {
	b, err := frame(1, 2, 9, true, payload.Stamp{Num: 9}).Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte{0x80, 97, 0, 1, 0, 0, 0, 1, 0, 0, 0, 3, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		d, _ := receiver()
		d.packet(b)
		d.packet(b)
		if c := d.total(); c.Received > 1 {
			t.Fatalf("one packet is %d", c.Received)
		}
	})
}
