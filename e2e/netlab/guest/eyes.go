package main

import (
	"bytes"
	"image"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"golang.org/x/image/vp8"
)

// picture puts key frames together, and decodes them.
type picture struct {
	whole bool
	next  uint16
	at    uint32
	data  []byte
}

// add takes a packet, and returns the key frame that it completes.
func (f *picture) add(p *rtp.Packet) image.Image {
	var d codecs.VP8Packet
	part, err := d.Unmarshal(p.Payload)
	if err != nil {
		return nil
	}
	if d.S == 1 && d.PID == 0 {
		f.whole, f.at, f.data = len(part) > 0 && part[0]&1 == 0, p.Timestamp, nil
	} else if p.SequenceNumber != f.next || p.Timestamp != f.at {
		f.whole = false
	}
	f.next = p.SequenceNumber + 1
	f.data = append(f.data, part...)
	if !p.Marker || !f.whole {
		return nil
	}
	f.whole = false
	return decode(f.data)
}

// decode decodes a key frame, nil when it is none.
func decode(data []byte) image.Image {
	v := vp8.NewDecoder()
	v.Init(bytes.NewReader(data), len(data))
	if _, err := v.DecodeFrameHeader(); err != nil {
		return nil
	}
	img, err := v.DecodeFrame()
	if err != nil {
		return nil
	}
	return img
}

// shows says if there is something to be seen in a picture, which is not all of one brightness.
func shows(img image.Image) bool {
	y, ok := img.(*image.YCbCr)
	if !ok || img.Bounds().Dx() < 16 {
		return false
	}
	low, high := byte(255), byte(0)
	for row := range img.Bounds().Dy() {
		for _, v := range y.Y[row*y.YStride : row*y.YStride+img.Bounds().Dx()] {
			low, high = min(low, v), max(high, v)
		}
	}
	return high-low > 40
}
