package config

// Webhooks says where meetings may be told of.
type Webhooks struct {
	Private bool // this machine and private networks, too
}

func webhookKeys() []Key {
	return []Key{{
		Name: "webhooks.private", Value: "WORD", Default: "no", kind: text,
		Allowed: "yes or no",
		Help: "Whether webhooks may lead to this machine and to private networks, and to http:// addresses. With no, an admin of the page " +
			"cannot make this server call other machines of the house.",
		set: func(c *Config, value string) error {
			if value != "yes" && value != "no" {
				return errNotAllowed
			}
			c.Webhooks.Private = value == "yes"
			return nil
		},
	}}
}
