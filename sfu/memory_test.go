package sfu

import (
	"testing"
	"time"
)

// stream sends packets of the lowest layer for a while, that many a second, of 1000 bytes.
func (s *seat) stream(d time.Duration, rate int) {
	for range int(d.Seconds() * float64(rate)) {
		s.d.pass(int64(time.Second) / int64(rate))
		s.take(s.packet(200, 96, "1", "q", append(frame(int(s.seqOf[200]), false, 180), make([]byte, 800)...)))
	}
}

// A history grows until it reaches back far enough, and is given back when its stream falls silent.
func TestAHistoryIsAsLargeAsItMustBe(t *testing.T) {
	d, a, _ := watch(t)
	ring := func() int { return a.in.sources["1"].streams[0].ring.Size() }
	a.stream(10*time.Second, 10)
	slow := ring()
	a.stream(10*time.Second, 100)
	fast := ring()
	if slow != leastBytes || fast < 100_000 || fast > 400_000 {
		t.Errorf("a history of 10 packets a second takes %d bytes, of 100 %d", slow, fast)
	}
	if lap := a.in.sources["1"].streams[0].ring.Lap(); lap < historySpan {
		t.Errorf("it reaches back %v", time.Duration(lap))
	}
	if got := d.engine.Stats().History; got != int64(fast) {
		t.Errorf("%d bytes are counted, there are %d", got, fast)
	}
	for range 15 {
		d.pass(reportPeriod)
	}
	if got := d.engine.Stats().History; got != 0 {
		t.Errorf("%d bytes are kept of a silent stream", got)
	}
	a.stream(time.Second, 10)
	if got := d.engine.Stats().History; got != leastBytes {
		t.Errorf("%d bytes are kept of a stream that goes on", got)
	}
	a.Close()
	if got := d.engine.Stats().History; got != 0 {
		t.Errorf("%d bytes are kept of somebody who left", got)
	}
}

// All histories together stay within their bound, and the picture goes on.
func TestHistoriesAreBounded(t *testing.T) {
	d, a, b := watch(t)
	d.engine.historyLimit = 40 << 10
	before := len(b.sent)
	a.stream(5*time.Second, 100)
	if got := d.engine.Stats().History; got == 0 || got > 40<<10 {
		t.Errorf("%d bytes, the limit is %d", got, 40<<10)
	}
	if n := len(b.sent) - before; n != 500 {
		t.Errorf("%d of 500 packets were forwarded", n)
	}
}
