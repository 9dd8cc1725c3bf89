package rtcp

import (
	"math/rand"
	"testing"

	pion "github.com/pion/rtcp"

	"tablee/sfu/history"
)

// datagram is what a browser sends every 50 ms or so: a report, feedback about 60 packets, a NACK.
func datagram() []byte {
	rnd := rand.New(rand.NewSource(8))
	deltas := make([]Delta, 60)
	for i := range deltas {
		if deltas[i] = Delta(rnd.Intn(20)); rnd.Intn(20) == 0 {
			deltas[i] = Lost
		}
	}
	deltas[59] = 1
	b := AppendReceiverReport(nil, 1, make([]Block, 4))
	b = AppendTransportFeedback(b, FeedbackInfo{Base: 5}, deltas)
	return AppendNACK(b, 1, 2, []history.NackPair{{PID: 4, BLP: 3}, {PID: 99}})
}

func BenchmarkRead(b *testing.B) {
	d, seqs := datagram(), make([]uint16, 0, 17)
	b.ReportAllocs()
	for b.Loop() {
		sum(d, seqs)
	}
}

func BenchmarkReadPion(b *testing.B) {
	d := datagram()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pion.Unmarshal(d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	blocks, pairs := make([]Block, 4), make([]history.NackPair, 2)
	deltas := randomDeltas(rand.New(rand.NewSource(9)), 60)
	dst := make([]byte, 0, 1500)
	b.ReportAllocs()
	for b.Loop() {
		d := AppendReceiverReport(dst[:0], 1, blocks)
		d = AppendTransportFeedback(d, FeedbackInfo{}, deltas)
		AppendNACK(d, 1, 2, pairs)
	}
}
