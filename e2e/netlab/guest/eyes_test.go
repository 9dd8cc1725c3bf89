package main

import (
	"image"
	"testing"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"

	"tablee/loadtest/samples"
)

// The eyes are held against what is to be seen: a real key frame in pieces, one with a piece missing, a grey one.
func TestEyes(t *testing.T) {
	set, err := samples.Load()
	if err != nil {
		t.Fatal(err)
	}
	pieces := (&codecs.VP8Payloader{}).Payload(300, set.Layers[0].Frames[0].Data)
	if len(pieces) < 3 {
		t.Fatalf("%d pieces", len(pieces))
	}
	try := func(missing int) (img image.Image) {
		var f picture
		for i, b := range pieces {
			if i != missing {
				img = f.add(&rtp.Packet{Header: rtp.Header{SequenceNumber: uint16(i), Timestamp: 7, Marker: i == len(pieces)-1}, Payload: b})
			}
		}
		return img
	}
	if img := try(-1); img == nil || !shows(img) {
		t.Error("a picture is not seen")
	}
	if try(1) != nil || try(0) != nil {
		t.Error("half a picture is seen")
	}
	if shows(image.NewYCbCr(image.Rect(0, 0, 64, 64), image.YCbCrSubsampleRatio420)) {
		t.Error("something is seen where nothing is")
	}
}
