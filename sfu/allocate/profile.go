package allocate

// Profile is what a meeting may cost, as data. network.md's table says for which line each is.
type Profile struct {
	Name         string
	Screen       Limit
	Speaker      Limit
	Thumbnail    Limit
	Thumbnails   int // pictures of the class Thumbnail that one receiver is sent
	Voices       int // sent at once
	OpusRate     int // bit/s, of the payload
	OpusFrame    int // ms
	UplinkShare  int // percent of the host's line that media may use
	UplinkWanted int // bit/s of the host's line for fifteen people, fourteen outside
}

// Limit bounds one picture.
type Limit struct {
	Height int // pixels at most; 0 for none of the class
	Rate   int // bit/s that it is expected to cost at that height
}

// The profiles' names.
const (
	Normal = "normal"
	Frugal = "frugal"
	Voice  = "voice"
)

// Profiles returns all, from the largest to the smallest.
func Profiles() [3]Profile {
	return [3]Profile{
		{
			Name: Normal, Screen: Limit{1080, 1_000_000}, Speaker: Limit{720, 500_000}, Thumbnail: Limit{180, 120_000},
			Thumbnails: 8, Voices: 3, OpusRate: 32_000, OpusFrame: 20, UplinkShare: 80, UplinkWanted: 26_000_000,
		},
		{
			Name: Frugal, Screen: Limit{720, 250_000}, Speaker: Limit{360, 250_000}, Thumbnail: Limit{180, 80_000},
			Thumbnails: 2, Voices: 2, OpusRate: 24_000, OpusFrame: 20, UplinkShare: 80, UplinkWanted: 8_000_000,
		},
		{
			Name: Voice, Voices: 2, OpusRate: 16_000, OpusFrame: 60, UplinkShare: 75, UplinkWanted: 1_000_000,
		},
	}
}

// ProfileNamed returns the profile with that name.
func ProfileNamed(name string) (Profile, bool) {
	for _, p := range Profiles() {
		if p.Name == name {
			return p, true
		}
	}
	return Profile{}, false
}

// Limit returns the bound of a class.
func (p Profile) Limit(c Class) Limit {
	switch c {
	case Screen:
		return p.Screen
	case Speaker:
		return p.Speaker
	default:
		return p.Thumbnail
	}
}

// Want returns the height to allocate for a picture that is shown at that height: 0 when the profile has none.
func (p Profile) Want(c Class, height int) int { return max(min(height, p.Limit(c).Height), 0) }

// packetOverhead is what each voice packet costs beside its payload, in bytes: Ethernet 14, IPv4 20, UDP 8, RTP with two
// extensions, SRTP's tag 16 (network.md counts 58 without the extensions' padding).
const packetOverhead = 58

// VoiceRate is what one voice costs on the wire, in bit/s.
func (p Profile) VoiceRate() int { return p.OpusRate + packetOverhead*8*1000/p.OpusFrame }

// MaxCopies is the most that Copies says.
const MaxCopies = 2

// RepairFrom is the share of loss from which a voice is worth a repair.
const RepairFrom = 0.02

// The shares of loss from which each packet of a voice carries one or two of the frames before it again (RFC 2198). Below, Opus
// makes good what is lost by itself (RFC 6716, section 2.1.7).
const (
	oneCopyFrom   = RepairFrom
	twoCopiesFrom = 0.08
	// ceases is the part of these shares below which it ends, so that it does not flap.
	ceases = 0.5
)

// Copies is how many frames are to go with each packet again at a loss, given how many did before: none in the profile voice,
// whose line would not carry them.
func (p Profile) Copies(loss float64, before int) int {
	worth := func(n int, from float64) bool { return loss >= from || before >= n && loss >= from*ceases }
	switch {
	case p.Name == Voice:
		return 0
	case worth(2, twoCopiesFrom):
		return 2
	case worth(1, oneCopyFrom):
		return 1
	}
	return 0
}

// CopiesRate is what the copies of one voice cost on the wire, in bit/s.
func (p Profile) CopiesRate(copies int) int {
	if copies == 0 {
		return 0
	}
	return copies*(p.OpusRate+redHead*8*1000/p.OpusFrame) + 8*1000/p.OpusFrame
}

// redHead is the header of each frame that goes again, in bytes; that of the packet's own takes one more.
const redHead = 4
