// Package tablee_test holds the architecture: who may import whom, what a pure room must not contain, and how large
// things may grow. The table here is the table of docs/architecture.md; change both or none.
package tablee_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// module is the name in go.mod.
const module = "tablee"

// house is the table: each package falls under the longest path that fits. A package that falls under none fails,
// so that a new room is a decision.
var house = []rule{
	{room: "cmd/tablee", everything: true},
	{room: "cmd/tablee/cli"},
	{room: "cmd/tablee/config", allow: []string{"tablee/cmd/tablee/cli", "github.com/BurntSushi/toml"}},
	{room: "room"},
	{room: "ratelimit"},
	{room: "reply", allow: []string{"tablee/room"}},
	{room: "room/roomtest", allow: []string{"tablee/room"}},
	{room: "password", allow: []string{"golang.org/x/crypto/argon2"}},
	{room: "sfu", allow: []string{"tablee/sfu", "github.com/pion"}},
	{room: "sfu/*", allow: []string{"tablee/sfu/*"}, pure: true},
	{room: "sfu/direct", allow: []string{"tablee/sfu/negotiate", "tablee/sfu/srtp", "tablee/sfu/udp", "github.com/pion",
		"golang.org/x/sys/cpu"}},
	{room: "sfu/negotiate", allow: []string{"github.com/pion/sdp"}, pure: true},
	{room: "sfu/udp", allow: []string{"golang.org/x/sys/unix"}},
	{room: "signaling", allow: []string{"tablee/room", "tablee/ratelimit", "github.com/gorilla/websocket"}},
	{room: "turn", allow: []string{"github.com/pion"}},
	{room: "front"},
	{room: "icetcp", allow: []string{"github.com/pion/transport"}},
	{room: "certs", allow: []string{"github.com/caddyserver/certmagic", "github.com/mholt/acmez", "go.uber.org/zap"}},
	{room: "certs/acmetest", allow: []string{"tablee/testkit"}},
	{room: "testkit"},
	{room: "chat", allow: []string{"tablee/room"}},
	{room: "pad", allow: []string{"tablee/room", "tablee/pad/yjs", "github.com/gorilla/websocket"}},
	{room: "pad/yjs", pure: true},
	{room: "pad/format", allow: []string{"github.com/yuin/goldmark", "github.com/microcosm-cc/bluemonday", "golang.org/x/net/html"}},
	{room: "pad/api", allow: []string{"tablee/room", "tablee/ratelimit", "tablee/reply", "tablee/pad"}},
	{room: "files", allow: []string{"tablee/room", "tablee/ratelimit", "tablee/reply", "golang.org/x/text/unicode/norm", "golang.org/x/net/webdav", "golang.org/x/sys/unix"}},
	{room: "mirror"},
	{room: "jointoken", allow: []string{"tablee/room", "github.com/golang-jwt/jwt"}},
	{room: "webhook", allow: []string{"tablee/room"}},
	{room: "accounts", allow: []string{"tablee/room", "tablee/ratelimit"}},
	{room: "identity/openid", allow: []string{"tablee/room", "tablee/accounts", "github.com/coreos/go-oidc", "golang.org/x/oauth2"}},
	{room: "identity/openid/optest", allow: []string{"github.com/zitadel/oidc"}},
	{room: "identity/directory", allow: []string{"tablee/room", "tablee/accounts", "github.com/go-ldap/ldap"}},
	{room: "identity/proxy", allow: []string{"tablee/room", "tablee/accounts"}},
	{room: "store", allow: []string{"tablee/room", "tablee/files", "tablee/accounts", "tablee/jointoken", "tablee/webhook", "modernc.org/sqlite"}},
	{room: "network", allow: []string{"github.com/pion", "golang.org/x/net"}},
	{room: "web", allow: []string{"tablee/room", "tablee/ratelimit", "tablee/reply", "tablee/signaling", "tablee/pad", "tablee/files", "tablee/chat",
		"github.com/prometheus/client_golang"}},
	{room: "web/api", allow: []string{"tablee/room", "tablee/ratelimit", "tablee/reply", "tablee/accounts", "tablee/jointoken", "tablee/webhook", "tablee/web"}},
	{room: "web/build", allow: []string{"github.com/evanw/esbuild"}},
	{room: "bench/estimators", allow: []string{"tablee/sfu/estimate", "github.com/pion"}},
	{room: "e2e/netlab"},
	{room: "e2e/netlab/guest", allow: []string{"tablee/loadtest/samples", "tablee/signaling", "github.com/pion", "github.com/gorilla/websocket", "golang.org/x/image/vp8"}},
	{room: "e2e/provider", allow: []string{"tablee/identity/openid/optest"}},
	{room: "e2e/bundle", allow: []string{"github.com/evanw/esbuild"}},
	{room: "bench/reference", allow: []string{"tablee/signaling", "github.com/pion", "github.com/gorilla/websocket"}},
	{room: "e2e/faults", allow: []string{"tablee/loadtest", "tablee/signaling", "github.com/pion", "github.com/gorilla/websocket"}},
	{room: "loadtest", allow: []string{"tablee/signaling", "tablee/loadtest", "github.com/pion",
		"github.com/gorilla/websocket"}},
	{room: "loadtest/report", allow: []string{"tablee/loadtest/result"}, pure: true},
}

// pureFiles are pure rooms inside packages that are not.
var pureFiles = []string{
	"room/fold.go", "room/meeting.go", "room/member.go", "room/name.go", "room/profile.go", "room/role.go",
	"room/identity.go", "room/lobby.go", "room/poll.go", "room/settings.go", "signaling/orders.go",
	"signaling/bucket.go", "signaling/decode.go", "signaling/effect.go", "signaling/rules.go", "signaling/step.go",
	"chat/clean.go", "files/name.go", "files/quiet.go", "turn/bucket.go", "front/classify.go", "front/proxy.go",
	"identity/openid/claims.go", "webhook/event.go",
}

// Limits of size, in lines.
const (
	maxFileLines     = 500
	wishFuncLines    = 60
	maxFunctionLines = 80
)

// TestArchitecture holds the whole tree against the table and the rules of style.
func TestArchitecture(t *testing.T) {
	for _, p := range listPackages(t) {
		room := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		r, ok := ruleFor(house, room)
		switch {
		case room == "":
		case !ok:
			t.Errorf("the package %s is not in the table of arch_test.go: decide what it may import", room)
		default:
			report(t, checkImports(r, room, p.Imports))
		}
		files := parseFiles(t, p.Dir, slices.Concat(p.GoFiles, p.IgnoredGoFiles))
		report(t, checkStyle(files))
		if room != "" {
			report(t, checkPackageComment(room, files))
		}
		for _, f := range files {
			if ok && r.pure || slices.Contains(pureFiles, f.name) {
				report(t, checkPure(f))
			}
			for _, wish := range longFunctions(f, wishFuncLines) {
				t.Logf("to be shortened one day: %s", wish)
			}
		}
		report(t, checkLines(append(files, parseFiles(t, p.Dir, slices.Concat(p.TestGoFiles, p.XTestGoFiles))...)))
	}
}

// TestPureFilesExist keeps the list above from outliving what it names.
func TestPureFilesExist(t *testing.T) {
	for _, name := range pureFiles {
		if _, err := os.Stat(filepath.FromSlash(name)); err != nil {
			t.Errorf("arch_test.go lists a pure file that is not there: %v", err)
		}
	}
}

func report(t *testing.T, sentences []string) {
	t.Helper()
	for _, s := range sentences {
		t.Error(s)
	}
}

// listed is what we need of `go list -json`.
type listed struct {
	ImportPath, Dir                                    string
	Imports                                            []string
	GoFiles, IgnoredGoFiles, TestGoFiles, XTestGoFiles []string
}

func listPackages(t *testing.T) []listed {
	t.Helper()
	readFolders(t)
	cmd := exec.Command("go", "list", "-e",
		"-json=ImportPath,Dir,Imports,GoFiles,IgnoredGoFiles,TestGoFiles,XTestGoFiles", "./...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 2 {
		t.Fatalf("go list shows only %d packages", len(all))
	}
	return all
}

// readFolders visits every folder that may hold a package: `go test` caches results by what a test itself opened, and
// would not notice what go list sees.
func readFolders(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git" || d.Name() == "data") {
			return filepath.SkipDir
		}
		if errors.Is(err, os.ErrNotExist) { // another test's scratch folder that went away meanwhile
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// parseFiles reads the Go files of one folder; their names become relative to the root, with slashes.
func parseFiles(t *testing.T, dir string, names []string) []source {
	t.Helper()
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	var all []source
	for _, name := range names {
		path := filepath.Join(dir, name)
		relative, err := filepath.Rel(root, path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parseSource(filepath.ToSlash(relative), string(text))
		if err != nil {
			t.Errorf("%s cannot be parsed: %v", relative, err)
			continue
		}
		all = append(all, f)
	}
	return all
}
