package room

// Profiles: what a meeting may cost the host's line. docs/bandwidth.md says for which line each is.
const (
	ProfileNormal = "normal"
	ProfileFrugal = "frugal"
	ProfileVoice  = "voice"
)

// ValidProfile tells whether p is a profile that a room may have; "" is one: the server's own (media.profile).
func ValidProfile(p string) bool {
	switch p {
	case "", ProfileNormal, ProfileFrugal, ProfileVoice:
		return true
	}
	return false
}
