package main

import (
	"fmt"
	"testing/synctest"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/gcc"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"tablee/sfu/estimate"
)

const (
	sequenceID = 1 // of the header extension
	mediaSSRC  = 1
	extension  = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
	tick       = 250 * time.Microsecond // of feedback's deltas
	epoch      = 64 * time.Millisecond  // of its reference time
	vector     = 7                      // packets in a chunk of two-bit symbols
)

// pion is Pion's estimator as a simulate.Sender, inside a synctest bubble. The simulator paces for both estimators, so
// Pion's own pacer is left out.
type pion struct {
	bwe    *gcc.SendSideBWE
	writer interceptor.RTPWriter
	now    int64
	err    error
}

func newPion(start int) (*pion, error) {
	bwe, err := gcc.NewSendSideBWE(gcc.SendSideBWEInitialBitrate(start), gcc.SendSideBWEMinBitrate(estimate.DefaultMin),
		gcc.SendSideBWEMaxBitrate(estimate.DefaultMax), gcc.SendSideBWEPacer(gcc.NewNoOpPacer()))
	if err != nil {
		return nil, fmt.Errorf("make Pion's estimator: %w", err)
	}
	p := &pion{bwe: bwe}
	p.writer = bwe.AddStream(&interceptor.StreamInfo{
		SSRC:                mediaSSRC,
		RTPHeaderExtensions: []interceptor.RTPHeaderExtension{{URI: extension, ID: sequenceID}},
	}, interceptor.RTPWriterFunc(func(*rtp.Header, []byte, interceptor.Attributes) (int, error) { return 0, nil }))
	return p, nil
}

// Advance lets the bubble's clock go on to now, and everything that waits in it happen.
func (p *pion) Advance(now int64) {
	if now > p.now {
		time.Sleep(time.Duration(now - p.now))
		p.now = now
	}
}

// Sent hands the packet through, as an interceptor sees it.
func (p *pion) Sent(_ int64, seq, size int) {
	h := &rtp.Header{Version: 2, SSRC: mediaSSRC, SequenceNumber: uint16(seq)}
	number, err := rtp.TransportCCExtension{TransportSequence: uint16(seq)}.Marshal()
	if err == nil {
		err = h.SetExtension(sequenceID, number)
	}
	if err == nil {
		_, err = p.writer.Write(h, make([]byte, size-h.MarshalSize()), nil)
	}
	p.keep(err)
}

// Feedback writes the message that a browser would send.
func (p *pion) Feedback(_, _ int64, first int, packets []estimate.Packet) {
	m := &rtcp.TransportLayerCC{MediaSSRC: mediaSSRC, BaseSequenceNumber: uint16(first),
		PacketStatusCount: uint16(len(packets))}
	last := time.Duration(-1)
	for start := 0; start < len(packets); start += vector {
		chunk := &rtcp.StatusVectorChunk{Type: rtcp.TypeTCCStatusVectorChunk, SymbolSize: rtcp.TypeTCCSymbolSizeTwoBit}
		for _, q := range packets[start:min(start+vector, len(packets))] {
			if !q.Received {
				chunk.SymbolList = append(chunk.SymbolList, rtcp.TypeTCCPacketNotReceived)
				continue
			}
			at := time.Duration(q.ArrivedAt)
			if last < 0 {
				last = at / epoch * epoch
				m.ReferenceTime = uint32(at/epoch) & 0xffffff
			}
			delta := (at - last) / tick * tick
			last += delta
			chunk.SymbolList = append(chunk.SymbolList, rtcp.TypeTCCPacketReceivedLargeDelta)
			m.RecvDeltas = append(m.RecvDeltas, &rtcp.RecvDelta{Type: rtcp.TypeTCCPacketReceivedLargeDelta,
				Delta: delta.Microseconds()})
		}
		m.PacketChunks = append(m.PacketChunks, chunk)
	}
	p.keep(p.bwe.WriteRTCP([]rtcp.Packet{m}, nil))
	synctest.Wait() // its goroutines have taken it
}

// Demand, Tick and Probe have nothing to do: Pion's estimator does not ask and does not probe.
func (p *pion) Demand(int, int) {}

func (p *pion) Tick(int64, int) {}

func (p *pion) Probe(int64) (estimate.Probe, bool) { return estimate.Probe{}, false }

// Rate is the estimate.
func (p *pion) Rate() int { return p.bwe.GetTargetBitrate() }

func (p *pion) keep(err error) {
	if p.err == nil {
		p.err = err
	}
}
