package config

import (
	"errors"
	"strconv"
	"strings"
	"testing"
)

func loaded(t *testing.T) Config {
	t.Helper()
	c, err := Load(Source{NoFile: true})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLiveSettings(t *testing.T) {
	c, err := loaded(t).With(map[string]string{"media.uplink": "8000", "rooms.open": "member", "files.quota": "3", "files.quiet": "22:00-05:00", "name": "Chorale"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Media.Uplink != 8000 || c.Rooms.Open != "member" || c.Files.Quota != 3<<20 || c.Files.QuietFrom != 22*60 || c.Name != "Chorale" {
		t.Errorf("got %+v", c)
	}
	for _, bad := range []map[string]string{
		{"listen": ":80"}, {"media.upling": "3"}, {"media.uplink": "-1"}, {"media.uplink": ""}, {"rooms.open": "host"}, {"rooms.max_participants": "51"},
	} {
		if _, err := loaded(t).With(bad); !errors.Is(err, ErrInvalid) {
			t.Errorf("%v gives %v", bad, err)
		}
	}
}

// TestBoundsOfLiveNumbers: what the admin page is told of a number's bounds is what is taken.
func TestBoundsOfLiveNumbers(t *testing.T) {
	for _, k := range Keys() {
		if !k.Live {
			continue
		}
		if k.kind == integer {
			for n, ok := range map[int]bool{k.Low: true, k.High: true, k.Low - 1: false, k.High + 1: false} {
				if err := k.set(&Config{}, strconv.Itoa(n)); (err == nil) != ok {
					t.Errorf("%s = %d: %v", k.Name, n, err)
				}
			}
		}
		for _, word := range k.Choices {
			if err := k.set(&Config{}, word); err != nil {
				t.Errorf("%s = %s: %v", k.Name, word, err)
			}
		}
		if err := k.set(&Config{}, k.Default); err != nil {
			t.Errorf("%s refuses its own default: %v", k.Name, err)
		}
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	const secret = "abcdefghijklmnopqrstuvwxyz"
	all, err := Show(Source{NoFile: true, Env: []string{"TABLEE_PADS_ETHERPAD_KEY=" + secret}})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if strings.Contains(s.Value, secret) {
			t.Errorf("%s is shown", s.Name)
		}
		if s.Name == "pads.etherpad_key" && (!s.Set || s.ByDefault()) {
			t.Errorf("got %+v", s)
		}
	}
}
