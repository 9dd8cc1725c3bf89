package rtcp

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"testing"

	pion "github.com/pion/rtcp"

	"tablee/sfu/history"
	"tablee/sfu/report"
)

// compound has a packet of each kind, and some that are skipped.
func compound() []byte {
	blocks := []Block{{SSRC: 1, Block: report.Block{FractionLost: 2, TotalLost: 3, LastSequence: 4, Jitter: 5, LastSR: 6, DelaySinceLastSR: 7}}, {SSRC: 8}}
	b := AppendSenderReport(nil, SenderInfo{1, 2, 3, 4, 5}, blocks)
	b = AppendCNAME(b, 1, "who@where")
	b = AppendReceiverReport(b, 1, blocks)
	b = AppendNACK(b, 1, 2, []history.NackPair{{PID: 65530, BLP: 0x8001}, {PID: 9}})
	b = AppendPLI(b, 1, 2)
	b = AppendFIR(b, 1, []FIREntry{{2, 3}, {4, 5}})
	b = AppendTransportFeedback(b, FeedbackInfo{1, 2, 65535, 100, 7}, []Delta{4, Lost, 1000, -3})
	b = append(b, 2<<6|15, typePSFeedback, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 1, 2, 3, 4, 0, 0, 0, 9) // REMB
	return AppendBYE(b, []uint32{1, 2, 3})
}

func TestKindsInOrder(t *testing.T) {
	var it Iterator
	it.Reset(compound())
	var got []Kind
	for it.Next() {
		got = append(got, it.Kind())
		if it.Kind() == KindOther && it.Type() != typeSDES && (it.Type() != typePSFeedback || it.Format() != 15) {
			t.Errorf("type %d, format %d is unknown", it.Type(), it.Format())
		}
	}
	want := []Kind{KindSenderReport, KindOther, KindReceiverReport, KindNACK, KindPLI, KindFIR, KindTransportFeedback, KindOther, KindBYE}
	if it.Err() != nil || !slices.Equal(got, want) {
		t.Errorf("%v (%v), want %v", got, it.Err(), want)
	}
	if it.Next() {
		t.Error("goes on after the end")
	}
}

// Cut anywhere, what is whole stands, and the rest is an error.
func TestTruncation(t *testing.T) {
	whole := compound()
	ends := map[int]int{0: 0} // length: packets
	var it Iterator
	it.Reset(whole)
	for n := 1; it.Next(); n++ {
		ends[len(whole)-len(it.rest)] = n
	}
	before := 0
	for size := range len(whole) + 1 {
		n, ours, _ := compare(t, slices.Clone(whole[:size]))
		if at, ok := ends[size]; ok {
			before = at
			if ours != nil {
				t.Errorf("%d whole packets: %v", at, ours)
			}
		} else if !errors.Is(ours, ErrShort) {
			t.Errorf("%d bytes: %v, want ErrShort", size, ours)
		}
		if n != before {
			t.Errorf("%d bytes: %d packets, want %d", size, n, before)
		}
	}
}

func TestMalformed(t *testing.T) {
	for _, c := range []struct {
		name, hex string
		want      error
	}{
		{"version 1", "40c90001 00000001", ErrVersion},
		{"length beyond the end", "80c90002 00000001", ErrShort},
		{"padding of nothing", "a0c90001 00000000", ErrPadding},
		{"padding without a body", "a0ca0000", ErrPadding},
		{"padding longer than the body", "a0c90001 00000005", ErrPadding},
		{"padding eats the SSRC", "a0c90001 00000001", ErrBody},
		{"SR without sender info", "80c80001 00000001", ErrBody},
		{"SR with fewer blocks than it counts", "81c80006 000000010000000000000000000000000000000000000000", ErrBody},
		{"RR without SSRC", "80c90000", ErrBody},
		{"RR with fewer blocks than it counts", "81c90001 00000001", ErrBody},
		{"BYE with fewer sources than it counts", "82cb0001 00000001", ErrBody},
		{"BYE with a reason beyond its end", "81cb0002 00000001 04616263", ErrBody},
		{"NACK without pairs", "81cd0002 00000001 00000002", ErrBody},
		{"NACK with half a pair", "a1cd0003 00000001 00000002 00050002", ErrBody},
		{"PLI without media SSRC", "81ce0001 00000001", ErrBody},
		{"FIR without entries", "84ce0002 00000001 00000000", ErrBody},
		{"FIR with half an entry", "84ce0003 00000001 00000000 00000001", ErrBody},
		{"TWCC without a fixed part", "8fcd0003 00000001 00000002 00000001", ErrBody},
		{"TWCC without chunks", "8fcd0004 00000001 00000002 00000001 00000100", ErrBody},
		{"TWCC with too few chunks", "8fcd0005 00000001 00000002 00000009 00000100 00010002", ErrBody},
		{"TWCC with too few deltas", "8fcd0005 00000001 00000002 00000003 00000100 20030101", ErrBody},
		{"TWCC with half a large delta", "afcd0005 00000001 00000002 00000001 00000100 40010101", ErrBody},
		{"TWCC about 4097 packets", "8fcd0005 00000001 00000002 00001001 00000100 10010000", ErrStatuses},
	} {
		b, err := hex.DecodeString(string(bytes.ReplaceAll([]byte(c.hex), []byte(" "), nil)))
		if err != nil {
			t.Fatal(err)
		}
		if n, got, _ := compare(t, append(AppendPLI(nil, 1, 2), b...)); n != 1 || !errors.Is(got, c.want) {
			t.Errorf("%s: %d packets, %v; want 1, %v", c.name, n, got, c.want)
		}
		if c.want == ErrShort {
			continue
		}
		if n, got, _ := compare(t, AppendPLI(b, 1, 2)); n != 0 || !errors.Is(got, c.want) {
			t.Errorf("%s: the walk went on, %d packets, %v", c.name, n, got)
		}
	}
}

func TestWhatIsTolerated(t *testing.T) {
	for _, c := range []struct{ name, hex string }{
		{"a PLI with something after it", "81ce0003 00000001 00000002 00000003"},
		{"a report with an extension", "80c90002 00000001 00000002"},
		{"an RR with padding", "a0c90002 00000001 00000004"},
		{"a BYE of nobody", "80cb0000"},
		{"a BYE with a reason", "81cb0002 00000001 03616263"},
		{"TWCC about nothing", "8fcd0004 00000001 00000002 00000000 00000100"},
		{"TWCC of nothing but losses", "8fcd0005 00000001 00000002 00001000 00000100 10000000"},
		{"TWCC with empty runs", "8fcd0006 00000001 00000002 00000001 00000100 00002000 20010a00"},
		{"TWCC with reserved statuses", "8fcd0005 00000001 00000002 00000005 00000100 60050000"},
		{"TWCC with a reserved status in a vector", "8fcd0005 00000001 00000002 00000002 00000100 f4000100"},
		{"TWCC with a vector of one bit beyond its count", "8fcd0005 00000001 00000002 00000001 00000100 bfff0100"},
		{"TWCC with a vector of two bits beyond its count", "8fcd0005 00000001 00000002 00000001 00000100 d5550100"},
		{"TWCC padded in the middle", "afcd0005 00000001 00000002 00000001 00000100 20010901"},
	} {
		b, err := hex.DecodeString(string(bytes.ReplaceAll([]byte(c.hex), []byte(" "), nil)))
		if err != nil {
			t.Fatal(err)
		}
		if n, got, _ := compare(t, AppendPLI(b, 1, 2)); n != 2 || got != nil {
			t.Errorf("%s: %d packets, %v", c.name, n, got)
		}
	}
}

func TestManyAreSplit(t *testing.T) {
	blocks := make([]Block, 70)
	pairs := make([]history.NackPair, 300)
	entries := make([]FIREntry, 300)
	ssrcs := make([]uint32, 70)
	b := AppendSenderReport(nil, SenderInfo{SSRC: 5}, blocks)
	b = AppendNACK(b, 1, 2, pairs)
	b = AppendFIR(b, 1, entries)
	b = AppendBYE(b, ssrcs)
	got := map[Kind]int{}
	var it Iterator
	for it.Reset(b); it.Next(); {
		switch it.Kind() {
		case KindSenderReport:
			got[it.Kind()] += it.SenderReport().Len()
		case KindReceiverReport:
			got[it.Kind()] += it.ReceiverReport().Len()
			if it.ReceiverReport().SSRC() != 5 {
				t.Error("the second report is from somebody else")
			}
		case KindNACK:
			got[it.Kind()] += it.NACK().Len()
		case KindFIR:
			got[it.Kind()] += it.FIR().Len()
		case KindBYE:
			got[it.Kind()] += it.BYE().Len()
		}
	}
	if it.Err() != nil || got[KindSenderReport] != 31 || got[KindReceiverReport] != 39 || got[KindNACK] != 300 || got[KindFIR] != 300 || got[KindBYE] != 70 {
		t.Errorf("%v, %v", got, it.Err())
	}
	if b := AppendBYE(AppendFIR(AppendNACK(nil, 1, 2, nil), 1, nil), nil); len(b) != 0 {
		t.Errorf("requests for nothing: %x", b)
	}
	if b := AppendReceiverReport(nil, 7, nil); len(b) != 8 {
		t.Errorf("a report of nothing: %x", b)
	}
	long := AppendCNAME(nil, 1, string(make([]byte, 300)))
	if err := new(pion.SourceDescription).Unmarshal(long); err != nil {
		t.Errorf("a long name: %v", err)
	}
}

func TestViewOfAnotherKindPanics(t *testing.T) {
	var it Iterator
	it.Reset(AppendPLI(nil, 1, 2))
	it.Next()
	defer func() {
		if recover() == nil {
			t.Error("a PLI was read as a NACK")
		}
	}()
	it.NACK()
}

// sum reads everything, so that nothing is optimised away.
func sum(b []byte, seqs []uint16) (n uint32) {
	var it Iterator
	for it.Reset(b); it.Next(); {
		switch it.Kind() {
		case KindSenderReport:
			r := it.SenderReport()
			n += r.Info().SSRC
			for i := range r.Len() {
				n += r.Block(i).SSRC
			}
		case KindReceiverReport:
			r := it.ReceiverReport()
			for i := range r.Len() {
				n += r.Block(i).SSRC
			}
		case KindNACK:
			p := it.NACK()
			for i := range p.Len() {
				for _, s := range p.Pair(i).Seqs(seqs[:0]) {
					n += uint32(s)
				}
			}
		case KindFIR:
			p := it.FIR()
			for i := range p.Len() {
				n += p.Entry(i).SSRC
			}
		case KindPLI:
			n += it.PLI().MediaSSRC()
		case KindBYE:
			for i := range it.BYE().Len() {
				n += it.BYE().Source(i)
			}
		case KindTransportFeedback:
			s := it.TransportFeedback().Statuses()
			for st, ok := s.Next(); ok; st, ok = s.Next() {
				n += st.Arrival
			}
		}
	}
	return n
}

func TestDoesNotAllocate(t *testing.T) {
	b, seqs := compound(), make([]uint16, 0, 17)
	if n := testing.AllocsPerRun(100, func() { sum(b, seqs) }); n != 0 {
		t.Errorf("%v allocations to read", n)
	}
	blocks, pairs, entries, ssrcs := make([]Block, 3), make([]history.NackPair, 3), make([]FIREntry, 3), make([]uint32, 3)
	deltas := []Delta{1, Lost, 300}
	dst := make([]byte, 0, 1500)
	if n := testing.AllocsPerRun(100, func() {
		b := AppendSenderReport(dst[:0], SenderInfo{}, blocks)
		b = AppendCNAME(AppendReceiverReport(b, 1, blocks), 1, "name")
		b = AppendFIR(AppendPLI(AppendNACK(b, 1, 2, pairs), 1, 2), 1, entries)
		AppendBYE(AppendTransportFeedback(b, FeedbackInfo{}, deltas), ssrcs)
	}); n != 0 {
		t.Errorf("%v allocations to write", n)
	}
}

// FuzzIterator reads anything, and compares with Pion.
func FuzzIterator(f *testing.F) {
	f.Add(compound())
	f.Add(AppendTransportFeedback(nil, FeedbackInfo{1, 2, 65535, 1<<24 - 1, 7}, []Delta{4, Lost, Lost, 1000, -3, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9}))
	f.Add([]byte{0x8f, 205, 0, 6, 0, 0, 0, 1, 0, 0, 0, 2, 255, 255, 0, 9, 0, 0, 1, 0, 0, 0, 0xd5, 0xd9, 0x20, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1})
	f.Add([]byte{0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 255, 255, 0, 0, 1, 0, 0x1f, 0xff, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		n, _, _ := compare(t, b)
		if n > len(b)/headerSize {
			t.Fatalf("%d packets in %d bytes", n, len(b))
		}
		sum(b, nil)
	})
}

// FuzzTransportFeedback writes any deltas and reads them back.
func FuzzTransportFeedback(f *testing.F) {
	f.Add([]byte{0, 1, 128, 0, 255, 255, 1, 0, 127, 255, 0, 200}, uint16(65533))
	f.Add(bytes.Repeat([]byte{128, 0}, 40), uint16(3))
	f.Fuzz(func(t *testing.T, data []byte, base uint16) {
		var deltas []Delta
		for ; len(data) >= 2 && len(deltas) < MaxStatuses; data = data[2:] {
			d := Delta(int16(binary.BigEndian.Uint16(data)))
			if d == MinDelta {
				d = Lost
			}
			deltas = append(deltas, d)
		}
		var it Iterator
		it.Reset(AppendTransportFeedback(nil, FeedbackInfo{Base: base, Reference: 1}, deltas))
		if !it.Next() {
			t.Fatal(it.Err())
		}
		at := uint32(256)
		s := it.TransportFeedback().Statuses()
		for i, d := range deltas {
			st, ok := s.Next()
			if d != Lost {
				at += uint32(d)
			}
			if !ok || st.Seq != base+uint16(i) || st.Received != (d != Lost) || st.Received && st.Arrival != at {
				t.Fatalf("packet %d: %+v, %v; delta %d", i, st, ok, d)
			}
		}
		if _, ok := s.Next(); ok || it.Next() {
			t.Fatal("there is more")
		}
	})
}
