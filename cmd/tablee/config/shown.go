package config

import (
	"fmt"
	"strings"
)

// Shown is one setting as it is shown to an admin. Value is as it was typed, and empty when it is a secret; Set tells then
// that there is one.
type Shown struct {
	Key
	Value, Place string
	Set          bool
}

// ByDefault says that nobody has made the setting.
func (s Shown) ByDefault() bool { return s.Place == defaultPlace }

// Kind is how the value is asked for: number, choice, secret or text.
func (s Shown) Kind() string {
	switch {
	case s.kind == integer:
		return "number"
	case s.Choices != nil:
		return "choice"
	case s.Secret:
		return "secret"
	}
	return "text"
}

// hidden stands for a secret: who looks over an admin's shoulder must not read it.
const hidden = "•••"

// Show lists all settings, their values as they were typed but for secrets, and where they were made. Errors are those of Load.
func Show(s Source) ([]Shown, error) {
	keys := Keys()
	_, layers, err := read(s, keys)
	if err != nil {
		return nil, err
	}
	var all []Shown
	for _, k := range keys {
		one := Shown{Key: k, Place: defaultPlace}
		for _, layer := range layers {
			for _, set := range layer {
				if set.key.Name == k.Name {
					one.Value, one.Place = strings.Join(set.values, ", "), set.place
					if k.Secret && one.Value != "" {
						one.Value = hidden
					}
				}
			}
		}
		one.Set = one.Value != ""
		if k.Secret {
			one.Value = ""
		}
		all = append(all, one)
	}
	return all, nil
}

// With is c with other values, by the names of their keys and as they would be typed on the command line. Only keys that are
// Live have other values while the server runs. Errors wrap ErrInvalid, and say what is allowed.
func (c Config) With(values map[string]string) (Config, error) {
	left := len(values)
	for _, k := range Keys() {
		value, there := values[k.Name]
		if !there {
			continue
		}
		left--
		if !k.Live {
			return c, invalidf("%s needs a restart; change it in the settings file", k.Name)
		}
		if err := k.set(&c, value); err != nil {
			return c, invalidf("%s is %s; allowed is %s", k.Name, shown(value), k.Allowed)
		}
	}
	if left > 0 {
		return c, invalidf("there are settings among them that there are not; /api/v1/server/settings lists all")
	}
	return c, c.agree()
}

// agree says what is wrong between two settings.
func (c Config) agree() error {
	if c.Rooms.MaxParticipants > c.Rooms.MaxParticipantsTotal {
		return fmt.Errorf("%w: rooms.max_participants is %d, more than rooms.max_participants_total, which is %d",
			ErrInvalid, c.Rooms.MaxParticipants, c.Rooms.MaxParticipantsTotal)
	}
	return nil
}
