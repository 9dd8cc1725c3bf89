package negotiate

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pion/sdp/v3"
)

// Limits of an offer.
const (
	MaxSDP      = 128 << 10 // bytes
	MaxSections = 48        // m-lines
	MaxLayers   = 3         // simulcast layers of one section
	maxMid      = 16        // characters of a mid
)

// ErrOffer is an offer that this server cannot answer.
var ErrOffer = errors.New("the offer is not one that this server can answer")

// Offer is a client's offer.
type Offer struct {
	Sections  []Section
	Transport Transport
	mixed     bool // one- and two-byte header extensions may be mixed (RFC 8285, section 6)
}

// Transport is one side's half of a bundled transport.
type Transport struct {
	Ufrag, Pwd  string // RFC 8839, section 5.4
	Fingerprint string // "sha-256 AB:CD…" (RFC 8122, section 5)
	Setup       string // actpass, active or passive (RFC 8842, section 5)
}

// Parse reads an offer and checks it against the limits. Errors wrap ErrOffer.
func Parse(raw string) (*Offer, error) {
	if len(raw) > MaxSDP {
		return nil, fmt.Errorf("%w: it has %d bytes, at most %d are read", ErrOffer, len(raw), MaxSDP)
	}
	if n := strings.Count(raw, "\nm="); n > MaxSections { // before the parser allocates for them
		return nil, fmt.Errorf("%w: it has %d sections, at most %d are answered", ErrOffer, n, MaxSections)
	}
	var d sdp.SessionDescription
	if err := d.UnmarshalString(raw); err != nil {
		return nil, fmt.Errorf("%w: parse SDP: %w", ErrOffer, err)
	}
	o := &Offer{}
	o.Transport.read(d.Attributes)
	_, o.mixed = d.Attribute("extmap-allow-mixed")
	seen := map[string]bool{}
	for _, m := range d.MediaDescriptions {
		s, err := parseSection(m)
		if err != nil {
			return nil, err
		}
		if seen[s.Mid] {
			return nil, fmt.Errorf("%w: two sections have the mid %q", ErrOffer, s.Mid)
		}
		seen[s.Mid] = true
		o.Sections = append(o.Sections, s)
		o.Transport.read(m.Attributes)
	}
	if len(o.Sections) == 0 {
		return nil, fmt.Errorf("%w: it has no section", ErrOffer)
	}
	return o, nil
}

// read takes over what attributes say of the transport. Sections are bundled: the first to say something is right.
func (t *Transport) read(attributes []sdp.Attribute) {
	for _, a := range attributes {
		to := map[string]*string{"ice-ufrag": &t.Ufrag, "ice-pwd": &t.Pwd, "fingerprint": &t.Fingerprint, "setup": &t.Setup}[a.Key]
		if to != nil && *to == "" {
			*to = a.Value
		}
	}
}

// Clone returns a copy that does not keep the offer in memory.
func (t Transport) Clone() Transport {
	return Transport{strings.Clone(t.Ufrag), strings.Clone(t.Pwd), strings.Clone(t.Fingerprint), strings.Clone(t.Setup)}
}

// Check says what a transport lacks to be connected to. Errors wrap ErrOffer.
func (t *Transport) Check() error {
	switch {
	case len(t.Ufrag) < 4 || len(t.Ufrag) > 256 || len(t.Pwd) < 22 || len(t.Pwd) > 256:
		return fmt.Errorf("%w: it lacks ICE credentials (a=ice-ufrag of 4 to 256 characters, a=ice-pwd of 22 to 256)", ErrOffer)
	case t.Fingerprint == "":
		return fmt.Errorf("%w: it lacks a DTLS fingerprint (a=fingerprint)", ErrOffer)
	case t.Setup != "actpass" && t.Setup != "active" && t.Setup != "passive":
		return fmt.Errorf("%w: its DTLS role is %q (a=setup should be actpass)", ErrOffer, t.Setup)
	}
	return nil
}
