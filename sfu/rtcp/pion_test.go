package rtcp

import (
	"errors"
	"math/rand"
	"slices"
	"testing"

	pion "github.com/pion/rtcp"

	"tablee/sfu/history"
	"tablee/sfu/report"
)

// kindOfPion is the kind that we should have found.
func kindOfPion(p pion.Packet) Kind {
	switch p.(type) {
	case *pion.SenderReport:
		return KindSenderReport
	case *pion.ReceiverReport:
		return KindReceiverReport
	case *pion.Goodbye:
		return KindBYE
	case *pion.TransportLayerNack:
		return KindNACK
	case *pion.TransportLayerCC:
		return KindTransportFeedback
	case *pion.PictureLossIndication:
		return KindPLI
	case *pion.FullIntraRequest:
		return KindFIR
	}
	return KindOther
}

func sameBlocks(n int, block func(int) Block, want []pion.ReceptionReport) bool {
	return n == len(want) && !slices.ContainsFunc(want, func(w pion.ReceptionReport) bool {
		b := block(slices.Index(want, w))
		return b.SSRC != w.SSRC || b.FractionLost != w.FractionLost || b.TotalLost != w.TotalLost || b.Jitter != w.Jitter ||
			b.LastSequence != w.LastSequenceNumber || b.LastSR != w.LastSenderReport || b.DelaySinceLastSR != w.Delay
	})
}

// statuses reads pion's form of a feedback.
func statuses(p *pion.TransportLayerCC) (all []Status) {
	arrival, deltas := p.ReferenceTime<<8, p.RecvDeltas
	add := func(symbol uint16) {
		if len(all) == int(p.PacketStatusCount) {
			return
		}
		s := Status{Seq: p.BaseSequenceNumber + uint16(len(all))}
		if symbol == smallDelta || symbol == largeDelta {
			arrival += uint32(deltas[0].Delta / 250)
			deltas = deltas[1:]
			s.Received, s.Arrival = true, arrival
		}
		all = append(all, s)
	}
	for _, c := range p.PacketChunks {
		switch c := c.(type) {
		case *pion.RunLengthChunk:
			for range c.RunLength {
				add(c.PacketStatusSymbol)
			}
		case *pion.StatusVectorChunk:
			for _, symbol := range c.SymbolList {
				add(symbol)
			}
		}
	}
	return all
}

func walk(f TransportFeedback) (all []Status) {
	s := f.Statuses()
	for st, ok := s.Next(); ok; st, ok = s.Next() {
		all = append(all, st)
	}
	return all
}

// same says whether the packet that it stands at says what want says.
func same(it *Iterator, want pion.Packet) bool {
	switch want := want.(type) {
	case *pion.SenderReport:
		r := it.SenderReport()
		return r.Info() == SenderInfo{want.SSRC, want.NTPTime, want.RTPTime, want.PacketCount, want.OctetCount} &&
			sameBlocks(r.Len(), r.Block, want.Reports)
	case *pion.ReceiverReport:
		r := it.ReceiverReport()
		return r.SSRC() == want.SSRC && sameBlocks(r.Len(), r.Block, want.Reports)
	case *pion.Goodbye:
		var got []uint32
		for i := range it.BYE().Len() {
			got = append(got, it.BYE().Source(i))
		}
		return slices.Equal(got, want.Sources)
	case *pion.TransportLayerNack:
		var got []pion.NackPair
		p := it.NACK()
		for i := range p.Len() {
			got = append(got, pion.NackPair{PacketID: p.Pair(i).PID, LostPackets: pion.PacketBitmap(p.Pair(i).BLP)})
		}
		return p.SenderSSRC() == want.SenderSSRC && p.MediaSSRC() == want.MediaSSRC && slices.Equal(got, want.Nacks)
	case *pion.PictureLossIndication:
		return it.PLI().SenderSSRC() == want.SenderSSRC && it.PLI().MediaSSRC() == want.MediaSSRC
	case *pion.FullIntraRequest:
		var got []pion.FIREntry
		for i := range it.FIR().Len() {
			e := it.FIR().Entry(i)
			got = append(got, pion.FIREntry{SSRC: e.SSRC, SequenceNumber: e.Seq})
		}
		return it.FIR().SenderSSRC() == want.SenderSSRC && slices.Equal(got, want.FIR)
	case *pion.TransportLayerCC:
		f := it.TransportFeedback()
		return f.SenderSSRC() == want.SenderSSRC && f.MediaSSRC() == want.MediaSSRC && f.Base() == want.BaseSequenceNumber &&
			f.Reference() == want.ReferenceTime && f.Count() == want.FbPktCount && slices.Equal(walk(f), statuses(want))
	}
	return true
}

// compare reads b in both ways. Where both accept a packet they must agree; Pion takes padding for contents, except in
// congestion feedback.
func compare(t *testing.T, b []byte) (packets int, ours, theirs error) {
	t.Helper()
	var it Iterator
	it.Reset(b)
	for rest := b; it.Next(); packets++ {
		own := rest[:len(rest)-len(it.rest)]
		rest = it.rest
		read, err := pion.Unmarshal(own)
		if theirs = errors.Join(theirs, err); err != nil {
			continue
		}
		if len(read) != 1 || it.Kind() != kindOfPion(read[0]) {
			t.Fatalf("kind %d, Pion has %T of %x", it.Kind(), read[0], own)
		}
		if padded := own[0]&0x20 != 0; (!padded || it.Kind() == KindTransportFeedback) && !same(&it, read[0]) {
			t.Fatalf("differs from Pion's %+v of %x", read[0], own)
		}
	}
	return packets, it.Err(), theirs
}

func randomBlocks(rnd *rand.Rand, n int) (ours []Block, theirs []pion.ReceptionReport) {
	for range n {
		b := Block{SSRC: rnd.Uint32(), Block: report.Block{FractionLost: uint8(rnd.Uint32()), TotalLost: rnd.Uint32() >> 8,
			LastSequence: rnd.Uint32(), Jitter: rnd.Uint32(), LastSR: rnd.Uint32(), DelaySinceLastSR: rnd.Uint32()}}
		ours = append(ours, b)
		theirs = append(theirs, pion.ReceptionReport{SSRC: b.SSRC, FractionLost: b.FractionLost, TotalLost: b.TotalLost,
			LastSequenceNumber: b.LastSequence, Jitter: b.Jitter, LastSenderReport: b.LastSR, Delay: b.DelaySinceLastSR})
	}
	return ours, theirs
}

// randomPacket appends a packet in our way and returns it in Pion's.
func randomPacket(rnd *rand.Rand, dst []byte) ([]byte, pion.Packet) {
	a, b := rnd.Uint32(), rnd.Uint32()
	switch rnd.Intn(7) {
	case 0:
		ours, theirs := randomBlocks(rnd, rnd.Intn(32))
		info := SenderInfo{a, rnd.Uint64(), rnd.Uint32(), rnd.Uint32(), b}
		return AppendSenderReport(dst, info, ours), &pion.SenderReport{SSRC: a, NTPTime: info.NTP, RTPTime: info.RTPTime,
			PacketCount: info.Packets, OctetCount: b, Reports: theirs}
	case 1:
		ours, theirs := randomBlocks(rnd, rnd.Intn(32))
		return AppendReceiverReport(dst, a, ours), &pion.ReceiverReport{SSRC: a, Reports: theirs}
	case 2:
		var ours []history.NackPair
		theirs := &pion.TransportLayerNack{SenderSSRC: a, MediaSSRC: b}
		for range 1 + rnd.Intn(maxEntries) {
			p := history.NackPair{PID: uint16(rnd.Uint32()), BLP: uint16(rnd.Uint32())}
			ours = append(ours, p)
			theirs.Nacks = append(theirs.Nacks, pion.NackPair{PacketID: p.PID, LostPackets: pion.PacketBitmap(p.BLP)})
		}
		return AppendNACK(dst, a, b, ours), theirs
	case 3:
		return AppendPLI(dst, a, b), &pion.PictureLossIndication{SenderSSRC: a, MediaSSRC: b}
	case 4:
		var ours []FIREntry
		theirs := &pion.FullIntraRequest{SenderSSRC: a}
		for range 1 + rnd.Intn(20) {
			e := FIREntry{rnd.Uint32(), uint8(rnd.Uint32())}
			ours = append(ours, e)
			theirs.FIR = append(theirs.FIR, pion.FIREntry{SSRC: e.SSRC, SequenceNumber: e.Seq})
		}
		return AppendFIR(dst, a, ours), theirs
	case 5:
		name := string(make([]byte, rnd.Intn(40)))
		return AppendCNAME(dst, a, name), &pion.SourceDescription{Chunks: []pion.SourceDescriptionChunk{{Source: a,
			Items: []pion.SourceDescriptionItem{{Type: pion.SDESCNAME, Text: name}}}}}
	default:
		ssrcs := make([]uint32, 1+rnd.Intn(31))
		for i := range ssrcs {
			ssrcs[i] = rnd.Uint32()
		}
		return AppendBYE(dst, ssrcs), &pion.Goodbye{Sources: ssrcs}
	}
}

func TestWritesAndReadsAsPionDoes(t *testing.T) {
	rnd := rand.New(rand.NewSource(6))
	for range 2000 {
		var ours []byte
		var packets []pion.Packet
		for range 1 + rnd.Intn(5) {
			var p pion.Packet
			ours, p = randomPacket(rnd, ours)
			packets = append(packets, p)
		}
		theirs, err := pion.Marshal(packets)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(ours, theirs) {
			t.Fatalf("wrote\n%x, Pion\n%x", ours, theirs)
		}
		if n, ours, theirs := compare(t, ours); n != len(packets) || ours != nil || theirs != nil {
			t.Fatalf("read %d of %d packets: %v, %v", n, len(packets), ours, theirs)
		}
	}
}

// randomDeltas has long and short runs of each status.
func randomDeltas(rnd *rand.Rand, n int) []Delta {
	deltas := make([]Delta, 0, n)
	for len(deltas) < n {
		kind, run := rnd.Intn(3), 1+rnd.Intn(1<<rnd.Intn(7))
		for range min(run, n-len(deltas)) {
			d := Lost
			switch kind {
			case 1:
				d = Delta(rnd.Intn(256))
			case 2:
				d = Delta(rnd.Intn(1<<16)) + MinDelta
			}
			deltas = append(deltas, d)
		}
	}
	deltas[n-1] = MaxDelta // Pion refuses feedback that ends with its chunks
	return deltas
}

func TestPionReadsOurTransportFeedback(t *testing.T) {
	rnd := rand.New(rand.NewSource(7))
	for range 3000 {
		deltas := randomDeltas(rnd, 1+rnd.Intn(300))
		info := FeedbackInfo{rnd.Uint32(), rnd.Uint32(), uint16(rnd.Uint32()), rnd.Uint32() >> 8, uint8(rnd.Uint32())}
		b := AppendTransportFeedback(nil, info, deltas)
		if n, ours, theirs := compare(t, b); n != 1 || ours != nil || theirs != nil {
			t.Fatalf("%v, %v of %x", ours, theirs, b)
		}
		var it Iterator
		it.Reset(b)
		it.Next()
		at, size := info.Reference<<8, 0
		for i, st := range walk(it.TransportFeedback()) {
			if deltas[i] != Lost {
				at += uint32(deltas[i])
				size += deltas[i].Size()
			}
			if st.Seq != info.Base+uint16(i) || st.Received != (deltas[i] != Lost) || st.Received && st.Arrival != at {
				t.Fatalf("packet %d of %v: %+v", i, deltas, st)
			}
		}
		if bound := FeedbackBound(len(deltas), size); len(b) > bound {
			t.Fatalf("%d bytes, more than the bound of %d", len(b), bound)
		}
	}
}
