package loadtest

import (
	"encoding/binary"
	"time"

	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtcp"

	"tablee/loadtest/payload"
)

// feedbackEvery is how often a receiver tells when packets arrived, as libwebrtc does when it may send at least 218 kbit/s
// (feedback is to be 5 % of that, and comes every 50 to 250 ms).
const feedbackEvery = int64(50 * time.Millisecond)

// arrivals notes when packets with a transport-wide sequence number came, of whatever slot, and reports it: what the
// server estimates the line with (draft-holmer-rmcat-transport-wide-cc-extensions-01).
type arrivals struct {
	id     uint8 // of the header extension, 0 when it was not agreed on
	record *twcc.Recorder
	due    int64 // when the next report is, 0 while there is nothing to tell
}

// reset begins anew.
func (a *arrivals) reset(id uint8, sender uint32) {
	*a = arrivals{id: id, record: twcc.NewRecorder(sender)}
}

// note takes a packet, and says whether it is the first after a report.
func (a *arrivals) note(p *payload.RTP, now int64) (first bool) {
	if a.id == 0 {
		return false
	}
	x := p.Extension(a.id)
	if len(x) < 2 {
		return false
	}
	a.record.Record(p.SSRC, binary.BigEndian.Uint16(x), now/1000)
	if a.due != 0 {
		return false
	}
	a.due = now + feedbackEvery
	return true
}

// tick appends the report that is due.
func (a *arrivals) tick(now int64, out []rtcp.Packet) []rtcp.Packet {
	if a.due == 0 || now < a.due {
		return out
	}
	a.due = 0
	return append(out, a.record.BuildFeedbackPacket()...)
}
