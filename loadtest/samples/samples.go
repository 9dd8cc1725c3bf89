package samples

import (
	"bytes"
	_ "embed" // the samples themselves
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/pion/webrtc/v4/pkg/media/ivfreader"
)

var (
	//go:embed q.ivf
	quarter []byte
	//go:embed h.ivf
	half []byte
	//go:embed f.ivf
	full []byte
	//go:embed voice.ogg
	voice []byte
)

// Timing of the samples.
const (
	FrameTime = time.Second / 15      // between two pictures
	VoiceTime = 20 * time.Millisecond // of one voice packet
)

// MaxFragment is the most bytes of a frame that one packet carries: with descriptor, stamp and headers it stays under
// the 1200 bytes that browsers keep to.
const MaxFragment = 1130

// ErrSample is a sample that does not parse: the build is broken.
var ErrSample = errors.New("broken sample")

// Layer is one size of the camera's picture.
type Layer struct {
	RID           string
	Width, Height int
	Frames        []Frame // the first is a key frame, the others are not
}

// Frame is one encoded picture, cut into pieces of nearly equal size for packets.
type Frame struct {
	Data      []byte
	Fragments [][]byte
}

// Set is everything a participant publishes. It is read-only and shared by all.
type Set struct {
	Layers []Layer  // of a camera, smallest first: q, h, f
	Screen []Layer  // of a shared screen, smallest first: q, f; the camera's two larger pictures
	Single []Layer  // of a camera that sends one layer only, at SingleTime
	Voice  [][]byte // Opus packets
}

// Load parses the embedded samples.
func Load() (*Set, error) {
	var s Set
	for _, l := range []struct {
		rid  string
		data []byte
	}{{"q", quarter}, {"h", half}, {"f", full}} {
		layer, err := readIVF(l.data)
		if err != nil {
			return nil, fmt.Errorf("read video %s: %w", l.rid, err)
		}
		layer.RID = l.rid
		s.Layers = append(s.Layers, layer)
	}
	s.Screen = slices.Clone(s.Layers[1:])
	s.Screen[0].RID = "q"
	s.Single = []Layer{single(s.Layers[0])}
	var err error
	if s.Voice, err = readOgg(voice); err != nil {
		return nil, fmt.Errorf("read voice: %w", err)
	}
	return &s, nil
}

// Fit is how many layers of a picture an encoder would send on a line with this rate upwards in bits per second, 0 for
// no limit: as many as leave a fifth of it for the voice, retransmissions and headers, the smallest in any case. A browser
// finds out by estimating the bandwidth; participants, who do not, begin with what it would have come to.
func (s *Set) Fit(rate int) (layers int) {
	sum := 0
	for _, l := range s.Layers {
		bytes := 0
		for _, f := range l.Frames {
			bytes += len(f.Data)
		}
		sum += bytes * 8 * int(time.Second/FrameTime) / len(l.Frames)
		if rate > 0 && layers > 0 && sum > rate/5*4 {
			break
		}
		layers++
	}
	return layers
}

// readIVF reads a whole IVF file.
func readIVF(data []byte) (Layer, error) {
	r, h, err := ivfreader.NewWith(bytes.NewReader(data))
	if err != nil {
		return Layer{}, err
	}
	l := Layer{Width: int(h.Width), Height: int(h.Height)}
	for {
		frame, _, err := r.ParseNextFrame()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Layer{}, err
		}
		if len(frame) == 0 {
			return Layer{}, ErrSample
		}
		l.Frames = append(l.Frames, Frame{Data: frame, Fragments: cut(frame)})
	}
	if len(l.Frames) == 0 || !l.Frames[0].Key() {
		return Layer{}, ErrSample
	}
	return l, nil
}

// Key says whether the frame is a key frame (RFC 6386, section 9.1).
func (f Frame) Key() bool { return f.Data[0]&1 == 0 }

// cut divides a frame into as few pieces as fit, of nearly equal size.
func cut(frame []byte) [][]byte {
	n := (len(frame) + MaxFragment - 1) / MaxFragment
	out := make([][]byte, 0, n)
	for i := range n {
		out = append(out, frame[len(frame)*i/n:len(frame)*(i+1)/n])
	}
	return out
}
