package report

import "testing"

func TestSenderExtrapolatesTheTimestamp(t *testing.T) {
	var s Sender
	if _, _, _, ok := s.Report(90000, 0); ok {
		t.Error("reports before anything was sent")
	}
	start := uint32(1<<32 - 1000) // wraps within the test
	for frame := range 10 {
		for pkt := range 3 {
			s.Packet(start+uint32(frame)*3600, 1000, int64(frame)*40*ms+int64(pkt)*5*ms)
		}
	}
	s.Packet(start, 1000, 380*ms) // retransmitted: counts, but tells nothing of time
	ts, packets, octets, ok := s.Report(90000, 460*ms)
	if !ok || ts != start+460*90 || packets != 31 || octets != 31000 {
		t.Errorf("Report = %d, %d, %d, %v, want %d, 31, 31000, true", ts, packets, octets, ok, start+460*90)
	}
	if _, _, _, ok := s.Report(90000, 40*second); ok {
		t.Error("reports though nothing has been sent for half a minute")
	}
}

func TestSenderRestart(t *testing.T) {
	var s Sender
	s.Packet(1<<20, 10, 0)
	s.Restart()
	if _, _, _, ok := s.Report(48000, 0); ok {
		t.Error("reports the old clock")
	}
	s.Packet(5, 10, second) // behind the old timestamp
	if ts, packets, _, ok := s.Report(48000, 2*second); !ok || ts != 48005 || packets != 2 {
		t.Errorf("Report = %d, %d, %v, want 48005, 2, true", ts, packets, ok)
	}
}

func TestSenderDoesNotAllocate(t *testing.T) {
	var s Sender
	ts := uint32(0)
	if n := testing.AllocsPerRun(1000, func() {
		ts += 3000
		s.Packet(ts, 1000, int64(ts))
		s.Report(90000, int64(ts))
	}); n != 0 {
		t.Errorf("%v allocations per packet", n)
	}
}
