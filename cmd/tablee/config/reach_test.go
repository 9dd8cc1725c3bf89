package config

import (
	"errors"
	"strings"
	"testing"
)

func TestWhatOneSettingLeavesToOthers(t *testing.T) {
	for _, c := range []struct {
		flags  string
		listen string
		mode   string
		turn   bool
		detect bool
		wrong  string
	}{
		{"", "localhost:8080", TLSOff, false, false, ""},
		{"domain=meet.example.org", ":443", TLSAuto, true, true, ""},
		{"domain=Meet.Example.org. listen=:8443", ":8443", TLSAuto, true, true, ""},
		{"domain=meet.example.org tls-mode=proxy", "localhost:8080", TLSProxy, true, true, ""},
		{"domain=meet.example.org tls-mode=proxy listen=:8080", "", "", false, false, "must be an address of this machine alone"},
		{"tls-mode=internal turn-mode=off network-detect=off", ":443", TLSInternal, false, false, ""},
		{"tls-mode=auto media-addresses=203.0.113.7", ":443", TLSAuto, true, false, ""},
		{"tls-mode=auto", ":443", TLSAuto, true, true, ""},
		{"tls-mode=auto network-detect=off", "", "", false, false, "domain must say a name"},
		{"tls-mode=files", "", "", false, false, "must name the files"},
		{"tls-mode=files tls-certificate=a tls-key=b", ":443", TLSFiles, true, true, ""},
		{"turn-mode=on", "localhost:8080", TLSOff, true, false, ""},
		{"network-mdns=Tablee.local", "localhost:8080", TLSOff, false, false, ""},
	} {
		flags := map[string]string{}
		for f := range strings.FieldsSeq(c.flags) {
			name, value, _ := strings.Cut(f, "=")
			flags[name] = value
		}
		got, err := Load(Source{NoFile: true, Flags: flags})
		if c.wrong != "" {
			if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s: error %v, want %q", c.flags, err, c.wrong)
			}
			continue
		}
		if err != nil || got.Listen != c.listen || got.TLS.Mode != c.mode || got.TURN.On != c.turn || got.Network.Detect != c.detect {
			t.Errorf("%s: got %+v, error %v", c.flags, got, err)
		}
	}
}

func TestReachSettingsThatAreRefused(t *testing.T) {
	for _, f := range []string{
		"domain=localhost", "domain=-a.example", "domain=a..example", "domain=192.0.2.1", "domain=exämple.org", "domain=a_b.example",
		"domain=" + strings.Repeat("a.", 130) + "example",
		"tls-mode=maybe", "tls-email=admin", "tls-email=a@b", "tls-email=<a@example.org>", "tls-http=80", "tls-ca=http://ca.example/dir",
		"tls-ca=https://me:secret@ca.example/dir", "tls-certificate=a\x00b", "turn-mode=yes", "turn-port=70000", "turn-bandwidth=5",
		"network-stun=stun.example.org", "network-stun=:3478", "network-stun=a.example:0", "network-dns=everywhere", "network-mdns=a.b", "network-mdns=",
		"network-map-ports=auto", "network-names=x",
	} {
		name, value, _ := strings.Cut(f, "=")
		if _, err := Load(Source{NoFile: true, Flags: map[string]string{name: value}}); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: error %v", f, err)
		}
	}
}
