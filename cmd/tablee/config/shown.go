package config

import "strings"

// Shown is one setting as it is shown to an admin.
type Shown struct{ Name, Value, Place, Help string }

// Default says that nobody has made the setting.
func (s Shown) Default() bool { return s.Place == defaultPlace }

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
		one := Shown{Name: k.Name, Place: defaultPlace, Help: k.Help}
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
		all = append(all, one)
	}
	return all, nil
}
