package samples

import (
	"encoding/binary"
	"time"
)

// Cameras other than a browser's, to measure servers with.

// SingleTime is the time between two pictures of Set.Single, which is 300 kbit/s.
const (
	SingleTime = time.Second / 30
	singleRate = 300_000 // bits per second
)

// FanOutPackets is how many packets a second a camera of FanOut sends, and FanOutSize how many bytes of payload each has
// with descriptor and stamp: 1150 as the server sends it, with a header of 12 bytes and the source's number.
const (
	FanOutPackets = 2000
	FanOutSize    = 1150 - 16
)

// single is the smallest layer at twice its pace, made up to 300 kbit/s with zeros behind the last partition, where no
// decoder looks.
func single(of Layer) Layer {
	bytes := 0
	for _, f := range of.Frames {
		bytes += len(f.Data)
	}
	perFrame := int(singleRate / 8 * int64(SingleTime) / int64(time.Second))
	more := make([]byte, max(0, perFrame-bytes/len(of.Frames)))
	out := Layer{RID: of.RID, Width: of.Width, Height: of.Height}
	for _, f := range of.Frames {
		data := append(append(make([]byte, 0, len(f.Data)+len(more)), f.Data...), more...)
		out.Frames = append(out.Frames, Frame{Data: data, Fragments: cut(data)})
	}
	return out
}

// FanOut is a camera whose frames have so many packets, all of the same size. What is in them is no picture, but begins as
// one does; descriptor and stamp are as large as given.
func FanOut(packets, descriptor, stamp int) (l Layer, every time.Duration) {
	every = time.Second * time.Duration(packets) / FanOutPackets
	l = Layer{RID: "q", Width: 320, Height: 180}
	frame := func(head []byte) Frame {
		data := make([]byte, packets*(FanOutSize-descriptor)-stamp)
		copy(data, head)
		f := Frame{Data: data}
		for rest := data; len(rest) > 0; {
			n := min(len(rest), FanOutSize-descriptor)
			f.Fragments, rest = append(f.Fragments, rest[:n]), rest[n:]
		}
		return f
	}
	// The frame tag and what follows it in a key frame (RFC 6386, section 9.1).
	key := []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a}
	key = binary.LittleEndian.AppendUint16(key, uint16(l.Width))
	key = binary.LittleEndian.AppendUint16(key, uint16(l.Height))
	l.Frames = append(l.Frames, frame(key))
	delta := frame([]byte{0x11})
	for range FanOutPackets/packets - 1 {
		l.Frames = append(l.Frames, delta)
	}
	return l, every
}
