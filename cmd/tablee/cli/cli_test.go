package cli

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func options() []Option {
	return []Option{
		{Name: "listen", Value: "HOST:PORT", Default: "localhost:8080", Help: "Where the page is served."},
		{Name: "media-port", Value: "N", Help: "UDP port."},
	}
}

func TestParse(t *testing.T) {
	cases := []struct {
		line    string
		options map[string]string
		rest    []string
	}{
		{"", map[string]string{}, nil},
		{"--listen :80", map[string]string{"listen": ":80"}, nil},
		{"--listen=:80 -media-port=7", map[string]string{"listen": ":80", "media-port": "7"}, nil},
		{"--listen= x", map[string]string{"listen": ""}, []string{"x"}},
		{"http://h/r/a --media-port 7 more", map[string]string{"media-port": "7"}, []string{"http://h/r/a", "more"}},
		{"--media-port --listen", map[string]string{"media-port": "--listen"}, nil},
		{"-- --listen", map[string]string{}, []string{"--listen"}},
		{"-", map[string]string{}, []string{"-"}},
	}
	for _, c := range cases {
		got, err := Parse(strings.Fields(c.line), options())
		if err != nil {
			t.Errorf("%q: %v", c.line, err)
			continue
		}
		if !reflect.DeepEqual(got.Options, c.options) || !reflect.DeepEqual(got.Rest, c.rest) {
			t.Errorf("%q gives %v and %q, not %v and %q", c.line, got.Options, got.Rest, c.options, c.rest)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	cases := map[string]string{
		"--medai-port 7":        "there is no option --medai-port; did you mean --media-port?",
		"--lisen=:80":           "there is no option --lisen; did you mean --listen?",
		"--unheard-of":          "there is no option --unheard-of",
		"--listen":              "--listen needs a value",
		"--listen a --listen b": "--listen is given twice",
	}
	for line, want := range cases {
		_, err := Parse(strings.Fields(line), options())
		var usage *UsageError
		if !errors.As(err, &usage) || usage.Message != want {
			t.Errorf("%q gives %v, not %q", line, err, want)
		}
	}
	for _, line := range []string{"--help", "-h", "--listen :1 --help"} {
		if _, err := Parse(strings.Fields(line), options()); !errors.Is(err, ErrHelp) {
			t.Errorf("%q gives %v, not ErrHelp", line, err)
		}
	}
}

func TestNearest(t *testing.T) {
	words := []string{"serve", "loadtest", "version", "help", "rooms.max_participants"}
	cases := map[string]string{
		"serv":                   "serve",
		"sevre":                  "serve",
		"load-test":              "loadtest",
		"verison":                "version",
		"rooms.maxparticipant":   "rooms.max_participants",
		"hlep":                   "help",
		"x":                      "",
		"":                       "",
		"nothing":                "",
		strings.Repeat("s", 900): "",
	}
	for word, want := range cases {
		if got := Nearest(word, words); got != want {
			t.Errorf("Nearest(%q) is %q, not %q", word, got, want)
		}
	}
}

func TestHelp(t *testing.T) {
	got := Help{
		Usage:   "tablee serve [options]",
		Intro:   "Starts the server, and does so with a paragraph that is long enough to need a second line in the terminal.",
		Options: options(),
		Notes:   []string{"See the manual."},
	}.String()
	want := `Usage: tablee serve [options]

Starts the server, and does so with a paragraph that is long enough to need a
second line in the terminal.

Options:
  --listen HOST:PORT
      Where the page is served. Default: localhost:8080.
  --media-port N
      UDP port.

See the manual.
`
	if got != want {
		t.Errorf("help is\n%s\nnot\n%s", got, want)
	}
}

// FuzzParse holds that nothing typed is lost: an option is in Options, or the line is refused.
func FuzzParse(f *testing.F) {
	f.Add("--listen\x00:80\x00--media-port=7\x00rest")
	f.Add("--\x00--listen")
	f.Add("---=\x00-\x00--=x")
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(line, "\x00")
		got, err := Parse(args, options())
		if err != nil {
			return
		}
		if n := len(got.Rest) + 2*len(got.Options) + 1; n < len(args) {
			t.Fatalf("%q loses something: %v", args, got)
		}
	})
}
