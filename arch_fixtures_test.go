package tablee_test

import (
	"slices"
	"strings"
	"testing"
)

// The checker itself is tested, so that a rule that has stopped biting is noticed.

func TestImportRules(t *testing.T) {
	cases := []struct {
		room, imports string
		allowed       bool
	}{
		{"room", "sort", true},
		{"room", "encoding/json", true},
		{"room", "tablee/store", false},
		{"room", "github.com/pion/rtp", false},
		{"cmd/tablee", "tablee/sfu", true},
		{"cmd/tablee/cli", "tablee/sfu", false},
		{"cmd/tablee/config", "github.com/BurntSushi/toml", true},
		{"sfu", "github.com/pion/webrtc/v4", true},
		{"sfu", "tablee/sfu/rewrite", true},
		{"sfu", "tablee/signaling", false},
		{"sfu", "tablee/room", false},
		{"sfu/rewrite", "tablee/sfu/packet", true},
		{"sfu/rewrite", "tablee/sfu", false},
		{"sfu/rewrite", "github.com/pion/rtp", false},
		{"signaling", "tablee/room", true},
		{"signaling", "tablee/rooms", false},
		{"signaling", "tablee/sfu", false},
		{"signaling", "tablee/chat", false},
		{"chat", "tablee/signaling", false},
		{"store", "modernc.org/sqlite", true},
		{"store", "tablee/chat", false},
		{"web", "tablee/signaling", true},
		{"web", "tablee/sfu", false},
		{"web", "github.com/evanw/esbuild/pkg/api", false},
		{"web/build", "github.com/evanw/esbuild/pkg/api", true},
		{"loadtest", "tablee/signaling", true},
		{"loadtest", "tablee/room", false},
		{"loadtest", "tablee/sfu", false},
	}
	for _, c := range cases {
		r, ok := ruleFor(house, c.room)
		if !ok {
			t.Errorf("no rule for %s", c.room)
			continue
		}
		if wrong := checkImports(r, c.room, []string{c.imports}); (len(wrong) == 0) != c.allowed {
			t.Errorf("%s importing %s: %q", c.room, c.imports, wrong)
		}
	}
	for _, room := range []string{"helpers", "rooms", "cmd/other"} {
		if r, ok := ruleFor(house, room); ok {
			t.Errorf("%s falls under %s", room, r.room)
		}
	}
	if r, _ := ruleFor(house, "sfu/rewrite"); !r.pure {
		t.Error("sfu/rewrite is not pure")
	}
	if r, _ := ruleFor(house, "sfu"); r.pure {
		t.Error("sfu is pure")
	}
}

func TestPureRules(t *testing.T) {
	cases := []struct{ source, want string }{
		{`import "time"; func f(now time.Time) time.Duration { return time.Second }`, ""},
		{`import "net/netip"; var a netip.Addr`, ""},
		{`import "time"; func f() { time.Now() }`, "uses time.Now"},
		{`import "time"; func f() { g := time.Since; _ = g }`, "uses time.Since"},
		{`import t "time"; func f() { <-t.After(1) }`, "uses time.After"},
		{`import t "time"; func f() { t.NewTicker(1) }`, "uses time.NewTicker"},
		{`import . "time"; func f() { Now() }`, "imports time with a dot"},
		{`func f() { go f() }`, "starts a goroutine"},
		{`func f() { var c chan int; _ = c }`, "uses a channel"},
		{`import "sync"`, "imports sync"},
		{`import "sync/atomic"`, "imports sync/atomic"},
		{`import "net"`, "imports net"},
		{`import "net/http"`, "imports net/http"},
		{`import "os"`, "imports os"},
		{`import "math/rand/v2"`, "imports math/rand/v2"},
		{`import "log/slog"`, "imports log/slog"},
	}
	for _, c := range cases {
		expect(t, c.source, checkPure(parse(t, c.source)), c.want)
	}
}

func TestStyleRules(t *testing.T) {
	long := "func f() {\n" + strings.Repeat("\t_ = 1\n", maxFunctionLines-1) + "}"
	cases := []struct{ source, want string }{
		{`func init() {}`, "an init function"},
		{`type t int; func (t) init() {}`, ""},
		{long, "f has 81 lines"},
		{strings.Replace(long, "\t_ = 1\n", "", 1), ""},
		{`var ErrX = errors.New("x")`, ""},
		{`var ErrY = fmt.Errorf("y: %w", ErrX)`, ""},
		{"//go:embed dist\nvar files embed.FS", ""},
		{`var pattern = regexp.MustCompile("x")`, ""},
		{`var table = map[string]int{"a": 1}; func f() int { return table["a"] }`, ""},
		{`var magic = []byte("x")`, ""},
		{`var _ I = (*T)(nil)`, ""},
		{`var table = []int{1}; func f() { table := 3; table = 4; _ = table }`, ""},
		{`var table = []int{1}; func f() { for _, table := range x { table.y = 4 } }`, ""},
		{`var files embed.FS`, "files is, or may become, state"},
		{`var mu sync.Mutex`, "mu is, or may become, state"},
		{`var mu = sync.Mutex{}`, "mu is, or may become, state"},
		{`var n atomic.Int64`, "n is, or may become, state"},
		{`var n = atomic.Int64{}`, "n is, or may become, state"},
		{`var cache = make(map[string]int)`, "cache is, or may become, state"},
		{`var p = &T{}`, "p is, or may become, state"},
		{`var a, b = 1, build()`, "b is, or may become, state"},
		{`var n = 1; func f() { n = 2 }`, "f writes to the package variable n"},
		{`var n = 1; func f() { n++ }`, "writes to the package variable n"},
		{`var table = map[string]int{}; func f() { table["x"] = 1 }`, "writes to the package variable table"},
		{`var table = map[string]int{}; func f() { delete(table, "x") }`, "writes to the package variable table"},
		{`var s = T{}; func f() { s.a[1].b += 2 }`, "writes to the package variable s"},
		{`var s = T{}; func f() { g(&s) }`, "writes to the package variable s"},
	}
	for _, c := range cases {
		expect(t, c.source, checkStyle([]source{parse(t, c.source)}), c.want)
	}
	across := []source{parse(t, `var n = 1`), parse(t, `func f() { n = 2 }`)}
	expect(t, "two files", checkStyle(across), "writes to the package variable n")
}

func TestSizeAndDocRules(t *testing.T) {
	full := parse(t, strings.Repeat("// a line\n", maxFileLines-1))
	expect(t, "a full file", checkLines([]source{full}), "")
	over := parse(t, strings.Repeat("// a line\n", maxFileLines))
	expect(t, "an overfull file", checkLines([]source{over}), "has 501 lines")

	silent, _ := parseSource("x/doc.go", "package x\n")
	expect(t, "no comment", checkPackageComment("x", []source{silent}), "x has no doc.go")
	elsewhere, _ := parseSource("x/a.go", "// Package x is.\npackage x\n")
	expect(t, "comment in another file", checkPackageComment("x", []source{elsewhere}), "x has no doc.go")
	good, _ := parseSource("x/doc.go", "// Package x is.\npackage x\n")
	expect(t, "comment", checkPackageComment("x", []source{good}), "")
}

func parse(t *testing.T, text string) source {
	t.Helper()
	f, err := parseSource("x.go", "package x\n"+text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return f
}

// expect wants one sentence that contains want, or none for "".
func expect(t *testing.T, what string, got []string, want string) {
	t.Helper()
	if want == "" && len(got) > 0 {
		t.Errorf("%.60q is blamed: %q", what, got)
	}
	if want != "" && !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, want) }) {
		t.Errorf("%.60q gives %q, not %q", what, got, want)
	}
}
