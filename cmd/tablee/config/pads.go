package config

// Pads says who else may use pads.
type Pads struct {
	APIKey string // of the Etherpad API, "" for none
}

// Bounds of the key: shorter ones can be guessed.
const (
	minAPIKey = 24
	maxAPIKey = 200
)

func padKeys() []Key {
	return []Key{{
		Name: "pads.etherpad_key", Value: "KEY", Default: "", kind: text, Secret: true,
		Allowed: "24 to 200 letters, digits, - and _; empty for none",
		Help:    "With a key, programs that use Etherpad's HTTP API (/api/1/…) may make and change pads of their own with it. It opens no other pad.",
		set: func(c *Config, value string) error {
			for _, r := range value {
				if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' {
					return errNotAllowed
				}
			}
			if value != "" && len(value) < minAPIKey || len(value) > maxAPIKey {
				return errNotAllowed
			}
			c.Pads.APIKey = value
			return nil
		},
	}}
}
