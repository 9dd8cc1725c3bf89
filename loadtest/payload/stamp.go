package payload

import "encoding/binary"

// StampSize is the length of a stamp in bytes.
const StampSize = 16

// stampMagic are a stamp's first three bytes; the fourth is the layer.
var stampMagic = [3]byte{0x7b, 0x54, 0xe9}

// Numbers of layers in stamps, each the first of its kind: a camera has three, a screen two.
const (
	LayerVoice  = 0
	LayerCamera = 1
	LayerScreen = 4
)

// Stamp says who sent a frame and when, so that a receiver in the same process can compute its one-way latency, its
// true source and its true layer, whatever the server rewrote in the headers.
//
// It is the last StampSize bytes of the payload of a frame's last packet, where no decoder looks: in Opus it is padding
// (RFC 6716, section 3.2.5), in VP8 it follows the last partition, whose arithmetic decoder stops before it.
type Stamp struct {
	Layer uint8  // see above, from the smallest picture up
	Num   uint32 // the sender's number in the room, its CSRC in what others receive
	At    int64  // nanoseconds of the run's monotonic clock
}

// Append appends the stamp to a payload.
func (s Stamp) Append(dst []byte) []byte {
	dst = append(dst, stampMagic[0], stampMagic[1], stampMagic[2], s.Layer)
	dst = binary.BigEndian.AppendUint32(dst, s.Num)
	return binary.BigEndian.AppendUint64(dst, uint64(s.At))
}

// ReadStamp finds the stamp at the end of a payload; ok is false when there is none, as in what a browser sends.
func ReadStamp(payload []byte) (s Stamp, ok bool) {
	if len(payload) < StampSize {
		return Stamp{}, false
	}
	b := payload[len(payload)-StampSize:]
	if [3]byte(b[:3]) != stampMagic {
		return Stamp{}, false
	}
	s.Layer = b[3]
	s.Num = binary.BigEndian.Uint32(b[4:])
	s.At = int64(binary.BigEndian.Uint64(b[8:]))
	return s, true
}
