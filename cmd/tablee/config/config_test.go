package config

import (
	"errors"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tablee/cmd/tablee/cli"
)

var update = flag.Bool("update", false, "write the golden files")

func TestDefaultsSuitASmallMachine(t *testing.T) {
	got, err := Load(Source{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Listen:  "localhost:8080",
		Data:    "./data",
		TLS:     TLS{Mode: TLSOff, HTTP: ":80"},
		Media:   Media{Port: 8443, Voices: 3, Profile: "normal"},
		TURN:    TURN{Port: 3478, Bandwidth: 8000},
		Network: Network{DNS: "off", MDNS: "off"},
		Rooms:   Rooms{Open: "guest", Max: 1000, MaxParticipants: 25, MaxParticipantsTotal: 50},
		Files: Files{Quota: 20 << 30, Room: 2 << 30, Drop: 4 << 30, Member: 5 << 30, Group: 10 << 30, Floor: 512 << 20, TrashDays: 30, Drops: true,
			Rate: 1_000_000, QuietFrom: 120, QuietTo: 300},
		Mirror: Mirror{Backups: true, Pads: true},
		Login:  Login{Trust: 168 * time.Hour, LDAP: LDAP{Filter: "(uid=%s)", ID: "entryUUID"}, SSO: SSO{Basic: true}},
	}
	got.turnMode, got.detectMode, got.mapMode = "", "", ""
	if !reflect.DeepEqual(got, want) {
		t.Errorf("defaults are %+v, not %+v", got, want)
	}
}

// sample gives every key a value that is not its default, as text and as TOML.
func sample() map[string][2]string {
	return map[string][2]string{
		"listen":                       {":9000", `":9000"`},
		"data":                         {"elsewhere", `"elsewhere"`},
		"media.port":                   {"9001", `9001`},
		"media.addresses":              {"203.0.113.7,2001:db8::7", `["203.0.113.7", "2001:db8::7"]`},
		"domain":                       {"meet.example.org,two.example.org", `["meet.example.org", "two.example.org"]`},
		"tls.mode":                     {"internal", `"internal"`},
		"tls.certificate":              {"/etc/cert.pem", `"/etc/cert.pem"`},
		"tls.key":                      {"/etc/key.pem", `"/etc/key.pem"`},
		"tls.email":                    {"admin@example.org", `"admin@example.org"`},
		"tls.http":                     {":8000", `":8000"`},
		"tls.ca":                       {"https://ca.example/dir", `"https://ca.example/dir"`},
		"tls.ca_roots":                 {"/etc/roots.pem", `"/etc/roots.pem"`},
		"turn.mode":                    {"on", `"on"`},
		"turn.port":                    {"3479", `3479`},
		"turn.bandwidth":               {"500", `500`},
		"network.detect":               {"on", `"on"`},
		"network.map_ports":            {"on", `"on"`},
		"network.stun":                 {"stun.example.org:3478", `["stun.example.org:3478"]`},
		"network.names":                {"lan.example.org", `["lan.example.org"]`},
		"network.dns":                  {":5353", `":5353"`},
		"network.mdns":                 {"tablee", `"tablee"`},
		"media.transport":              {"stock", `"stock"`},
		"media.voices":                 {"5", `5`},
		"media.uplink":                 {"8000", `8000`},
		"media.profile":                {"frugal", `"frugal"`},
		"name":                         {"Chorale", `"Chorale"`},
		"welcome":                      {"Bonsoir à tous.", `"Bonsoir à tous."`},
		"rooms.open":                   {"member", `"member"`},
		"rooms.max":                    {"7", `7`},
		"rooms.max_participants":       {"6", `6`},
		"rooms.max_participants_total": {"26", `26`},
		"log.level":                    {"debug", `"debug"`},
		"files.quota":                  {"100", `100`},
		"files.room_quota":             {"11", `11`},
		"files.drop_quota":             {"12", `12`},
		"files.member_quota":           {"13", `13`},
		"files.group_quota":            {"15", `15`},
		"files.floor":                  {"14", `14`},
		"files.trash_days":             {"3", `3`},
		"files.drops":                  {"nobody", `"nobody"`},
		"files.meeting_rate":           {"500", `500`},
		"files.quiet":                  {"23:30-04:15", `"23:30-04:15"`},
		"login.trust_hours":            {"5", `5`},
		"oidc.issuer":                  {"https://id.example.org", `"https://id.example.org"`},
		"oidc.name":                    {"Home", `"Home"`},
		"oidc.client_id":               {"tablee", `"tablee"`},
		"oidc.client_secret":           {"s3cret", `"s3cret"`},
		"oidc.scopes":                  {"openid,groups", `["openid", "groups"]`},
		"oidc.login_claims":            {"nickname", `["nickname"]`},
		"oidc.name_claims":             {"name", `["name"]`},
		"oidc.group_claims":            {"roles", `["roles"]`},
		"oidc.allowed_groups":          {"choir,band", `["choir", "band"]`},
		"oidc.admin_groups":            {"admins", `["admins"]`},
		"oidc.logout":                  {"on", `"on"`},
		"oidc.ca_roots":                {"/etc/roots.pem", `"/etc/roots.pem"`},
		"ldap.url":                     {"ldaps://ldap.example.org", `"ldaps://ldap.example.org"`},
		"ldap.name":                    {"Home", `"Home"`},
		"ldap.start_tls":               {"on", `"on"`},
		"ldap.ca_roots":                {"/etc/roots.pem", `"/etc/roots.pem"`},
		"ldap.bind_dn":                 {"cn=x", `"cn=x"`},
		"ldap.bind_password":           {"s3cret", `"s3cret"`},
		"ldap.base":                    {"ou=users", `"ou=users"`},
		"ldap.filter":                  {"(cn=%s)", `"(cn=%s)"`},
		"ldap.admin_filter":            {"(cn=admin)", `"(cn=admin)"`},
		"ldap.admin_group":             {"cn=admins", `"cn=admins"`},
		"ldap.id_attribute":            {"uid", `"uid"`},
		"ldap.name_attributes":         {"sn", `["sn"]`},
		"sso.header":                   {"Ynh-User", `"Ynh-User"`},
		"sso.name_header":              {"Ynh-User-Fullname", `"Ynh-User-Fullname"`},
		"sso.groups_header":            {"Remote-Groups", `"Remote-Groups"`},
		"sso.proxies":                  {"10.0.0.1,10.1.0.0/16", `["10.0.0.1", "10.1.0.0/16"]`},
		"sso.basic":                    {"off", `"off"`},
		"sso.secret":                   {"s3cret", `"s3cret"`},
		"sso.allowed_groups":           {"choir", `["choir"]`},
		"sso.admin_groups":             {"admins", `["admins"]`},
		"sso.name":                     {"Home", `"Home"`},
		"mirror.url":                   {"https://cloud.example.org/dav/ada", `"https://cloud.example.org/dav/ada"`},
		"mirror.user":                  {"ada", `"ada"`},
		"mirror.password":              {"s3cret", `"s3cret"`},
		"mirror.folder":                {"pads,files,homes,room/choir,group/Board", `"pads,files,homes,room/choir,group/Board"`},
		"mirror.ca_roots":              {"/etc/roots.pem", `"/etc/roots.pem"`},
		"pads.etherpad_key":            {"abcdefghijklmnopqrstuvwxyz", `"abcdefghijklmnopqrstuvwxyz"`},
		"webhooks.private":             {"yes", `"yes"`},
	}
}

func TestEveryKeyByFileEnvironmentAndFlag(t *testing.T) {
	base, err := Load(Source{NoFile: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range Keys() {
		value, ok := sample()[k.Name]
		if !ok {
			t.Errorf("the test has no sample for the key %s", k.Name)
			continue
		}
		dir := t.TempDir()
		write(t, filepath.Join(dir, "one.toml"), k.Name+" = "+value[1])
		ways := map[string]Source{
			"file":        {Dir: dir, Flags: map[string]string{"config": "one.toml"}},
			"environment": {Dir: dir, Env: []string{k.Env() + "=" + value[0]}},
			"flag":        {Dir: dir, Flags: map[string]string{k.Flag(): value[0]}},
		}
		var first *Config
		for way, source := range ways {
			got, err := Load(source)
			if err != nil {
				t.Errorf("%s by %s: %v", k.Name, way, err)
				continue
			}
			got.File = ""
			if reflect.DeepEqual(got, base) {
				t.Errorf("%s by %s changes nothing", k.Name, way)
			}
			if first == nil {
				first = &got
			} else if !reflect.DeepEqual(got, *first) {
				t.Errorf("%s by %s gives %+v, another way %+v", k.Name, way, got, *first)
			}
		}
	}
}

func TestPrecedence(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, FileName), "[media]\nport = 1001\naddresses = ['192.0.2.1']\n[rooms]\nmax = 1002")
	s := Source{Dir: dir, Env: []string{"PATH=/bin", "TABLEE_MEDIA_PORT=2001", "TABLEE_MEDIA_ADDRESSES=192.0.2.2"}}
	check := func(port, rooms int, address string) {
		t.Helper()
		got, err := Load(s)
		if err != nil {
			t.Fatal(err)
		}
		if got.Media.Port != port || got.Rooms.Max != rooms || got.File != FileName ||
			!slices.Equal(got.Media.Addresses, []netip.Addr{netip.MustParseAddr(address)}) {
			t.Errorf("got %+v", got)
		}
	}
	check(2001, 1002, "192.0.2.2")
	s.Flags = map[string]string{"media-port": "3001", "rooms-max": "3002", "media-addresses": "192.0.2.3"}
	check(3001, 3002, "192.0.2.3")
}

func TestWhereTheFileIs(t *testing.T) {
	dir := t.TempDir()
	load := func(want string, s Source) {
		t.Helper()
		s.Dir = dir
		got, err := Load(s)
		if err != nil {
			t.Fatal(err)
		}
		if got.File != want {
			t.Errorf("read %q, not %q", got.File, want)
		}
	}
	load("", Source{})
	write(t, filepath.Join(dir, "data", FileName), "")
	load(filepath.Join("data", FileName), Source{})
	load("", Source{Flags: map[string]string{"data": "other"}})
	load("", Source{Env: []string{"TABLEE_DATA=other"}})
	write(t, filepath.Join(dir, FileName), "")
	load(FileName, Source{})
	load("", Source{NoFile: true})
	write(t, filepath.Join(dir, "mine.toml"), "")
	load("mine.toml", Source{Env: []string{"TABLEE_CONFIG=mine.toml"}})
	load("mine.toml", Source{Env: []string{"TABLEE_CONFIG=gone.toml"}, Flags: map[string]string{"config": "mine.toml"}})

	_, err := Load(Source{Dir: dir, Flags: map[string]string{"config": "gone.toml"}})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a named file that is not there gives %v", err)
	}
}

func TestFileErrors(t *testing.T) {
	big := strings.Repeat("# comment\n", maxFileSize/10+1)
	cases := []struct{ file, want string }{
		{"\nlisten = 8080", "x.toml:2: listen is an integer; it must be a string"},
		{"[media]\nport = '8443'", "x.toml:2: media.port is a string; it must be an integer"},
		{"media.port = 99999", `x.toml:1: media.port is "99999"; allowed is a port from 0 to 65535`},
		{"media.port = 84.43", "media.port is a number with a fraction; it must be an integer"},
		{"media.port = true", "media.port is true or false; it must be an integer"},
		{"[data]", "x.toml:1: data is a section; it must be a string"},
		{"[[rooms]]\nmax = 3", "x.toml:1: there is no key rooms"},
		{"rooms = 3", "x.toml:1: there is no key rooms"},
		{"data = 2026-11-23", "data is a date or time; it must be a string"},
		{"media.addresses = '192.0.2.1'", "media.addresses is a string; it must be a list of strings"},
		{"media.addresses = [4]", "media.addresses is a list; it must be a list of strings"},
		{"media.addresses = ['home.example']", `"home.example"; allowed is up to 16 IP addresses`},
		{"# hm\n\n[media]\nprot = 1", "x.toml:4: there is no key media.prot; did you mean media.port?"},
		{"rooms.max_participant = 9", "x.toml:1: there is no key rooms.max_participant; did you mean rooms.max_participants?"},
		{"lisen = ':80'", "x.toml:1: there is no key lisen; did you mean listen?"},
		{"[nothing]", "x.toml:1: there is no key nothing"},
		{"[media]\n[media.deep.er]\nx = 1", "there is no key media.deep"},
		{"\"rooms.max\" = 3", `there is no key "rooms.max"`},
		{"listen = ", "x.toml:1: "},
		{"a = 1\na = 2", "x.toml:2: "},
		{"log.level = 'loud'", `log.level is "loud"; allowed is one of debug, info, warn, error`},
		{"data = '" + strings.Repeat("d", 5000) + "'", "dddd\"…; allowed is"},
		{big, "larger than 65536 bytes"},
	}
	for _, c := range cases {
		_, err := readTOML(strings.NewReader(c.file), "x.toml", Keys())
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.40q gives %v, not %q", c.file, err, c.want)
		}
	}
}

func TestFileErrorsAreToldTogether(t *testing.T) {
	_, err := readTOML(strings.NewReader("lisen = ':80'\nmedia.port = -1\nlog.levle = 'x'"), "x.toml", Keys())
	for _, want := range []string{"x.toml:1: ", "x.toml:2: ", "x.toml:3: "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}

func TestValues(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat("192.0.2.1,", maxAddresses+1), ",")
	cases := []struct{ key, bad, good string }{
		{"listen", "8080", ":8080"},
		{"listen", "localhost", "localhost:0"},
		{"listen", "localhost:65536", "localhost:65535"},
		{"listen", "localhost:http", "[::1]:8080"},
		{"listen", "http://localhost:8080", "meet.example:443"},
		{"listen", "", "0.0.0.0:80"},
		{"data", "", "."},
		{"data", "a\x00b", "/srv/tablee"},
		{"media.port", "-1", "0"},
		{"media.port", "65536", "65535"},
		{"media.port", "1e3", "1000"},
		{"media.addresses", "0.0.0.0", "192.0.2.1"},
		{"media.addresses", "224.0.0.1", "2001:db8::1"},
		{"media.addresses", "fe80::1%eth0", "192.0.2.1, 192.0.2.2"},
		{"media.addresses", many, ""},
		{"media.voices", "0", "1"},
		{"media.voices", "33", "16"},
		{"media.uplink", "-1", "8000"},
		{"media.profile", "cheap", "voice"},
		{"rooms.max", "0", "1"},
		{"rooms.max", "100001", "100000"},
		{"rooms.max_participants", "1", "2"},
		{"rooms.max_participants", "501", "50"},
		{"rooms.max_participants_total", "1001", "1000"},
		{"rooms.max_participants_total", "1", "25"},
		{"log.level", "INFO", "info"},
		{"files.quota", "-1", "0"},
		{"files.trash_days", "0", "1"},
		{"files.drops", "some", "everyone"},
		{"files.meeting_rate", "-1", "0"},
		{"files.quiet", "2-5", "02:00-05:00"},
		{"pads.etherpad_key", "too-short", "abcdefghijklmnopqrstuvwxyz"},
		{"webhooks.private", "maybe", "yes"},
		{"pads.etherpad_key", "abcdefghijklmnopqrstuvwxyz é", ""},
		{"mirror.url", "http://cloud.example.org/", "https://cloud.example.org/remote.php/dav/files/ada/Tablee"},
		{"mirror.url", "https://ada:x@cloud.example.org/", "http://127.0.0.1:8080/dav/Home"},
		{"mirror.folder", "everything", "pads"},
		{"mirror.folder", "room/", "room/choir"},
		{"mirror.folder", "group/a/b", "group/a b"},
		{"mirror.user", "a:b", "ada"},
		{"files.quiet", "02:00", "22:00-05:00"},
		{"files.quiet", "25:00-26:00", "00:00-00:00"},
		{"log.level", "info+3", "error"},
		{"rooms.open", "host", "admin"},
		{"name", strings.Repeat("é", 65), strings.Repeat("é", 64)},
		{"welcome", "a\tb", strings.Repeat("é", 500)},
	}
	for _, c := range cases {
		i := slices.IndexFunc(Keys(), func(k Key) bool { return k.Name == c.key })
		k := Keys()[i]
		if _, err := Load(Source{NoFile: true, Flags: map[string]string{k.Flag(): c.good}}); err != nil {
			t.Errorf("%s %q is refused: %v", c.key, c.good, err)
		}
		_, err := Load(Source{NoFile: true, Env: []string{k.Env() + "=" + c.bad}})
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), k.Env()) ||
			!strings.Contains(err.Error(), c.key) || !strings.Contains(err.Error(), k.Allowed) {
			t.Errorf("%s %q gives %v", c.key, c.bad, err)
		}
	}
	_, err := Load(Source{NoFile: true, Flags: map[string]string{"rooms-max-participants": "51"}})
	if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "rooms.max_participants_total, which is 50") {
		t.Errorf("a room larger than the server gives %v", err)
	}
}

func TestUnknownEnvironment(t *testing.T) {
	_, err := Load(Source{NoFile: true, Env: []string{"TABLEE_MEDIAPORT=7"}})
	want := "there is no environment variable TABLEE_MEDIAPORT; did you mean TABLEE_MEDIA_PORT?"
	if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v", err)
	}
}

// TestWeakerSettingsAreCheckedToo: what a flag hides today is read tomorrow.
func TestWeakerSettingsAreCheckedToo(t *testing.T) {
	s := Source{NoFile: true, Env: []string{"TABLEE_ROOMS_MAX=lots"}, Flags: map[string]string{"rooms-max": "3"}}
	if _, err := Load(s); !errors.Is(err, ErrInvalid) {
		t.Errorf("a wrong environment variable under a right flag gives %v", err)
	}
}

func TestTheTableIsWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Keys() {
		if k.Help == "" || k.Allowed == "" || k.Value == "" || k.set == nil || !strings.HasSuffix(k.Help, ".") {
			t.Errorf("%s is not fully described", k.Name)
		}
		for _, name := range []string{k.Name, k.Env(), "--" + k.Flag()} {
			if seen[name] {
				t.Errorf("%s is there twice", name)
			}
			seen[name] = true
		}
	}
}

func TestHelpIsAsWeWantIt(t *testing.T) {
	golden(t, filepath.Join("testdata", "options.txt"), cli.Help{Usage: "tablee serve [options]", Options: Options()}.String())
}

// TestDocumentation holds docs/configuration.md against the table; run with -update to write its reference part.
func TestDocumentation(t *testing.T) {
	path := filepath.Join("..", "..", "..", "docs", "configuration.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const mark = "<!-- from here on written by `go test ./cmd/tablee/config -update` -->\n"
	head, _, found := strings.Cut(string(page), mark)
	if !found {
		t.Fatalf("docs/configuration.md has lost its line %q", mark)
	}
	golden(t, path, head+mark+"\n"+Markdown()+"\n## A file with everything\n\n```toml\n"+Example()+"```\n")
}

func TestExampleIsTheDefault(t *testing.T) {
	uncommented := strings.ReplaceAll(Example(), "# ", "")
	all, err := readTOML(strings.NewReader(uncommented), "x.toml", Keys())
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != len(Keys()) {
		t.Errorf("the example has %d of %d keys", len(all), len(Keys()))
	}
	got, err := merge(all)
	if err != nil {
		t.Fatal(err)
	}
	want, err := Load(Source{NoFile: true})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the example is %+v, the default %+v", got, want)
	}
}

// FuzzReadTOML holds that a file is either refused with ErrInvalid or gives settings that can be applied.
func FuzzReadTOML(f *testing.F) {
	f.Add("listen = ':80'\n[media]\nport = 1\naddresses = ['::1']\n")
	f.Add("[rooms]\nmax = 3\nmax_participants = 4\n[log]\nlevel = 'warn'")
	f.Add("[[media]]\n\"\" = {a.b = [1, 2.0, {}]}")
	f.Add("media = {port = 1}\nrooms.max = 0x10")
	f.Add("a = \"\"\"\n[media]\nb = \"\"\"")
	f.Fuzz(func(t *testing.T, src string) {
		all, err := readTOML(strings.NewReader(src), "x.toml", Keys())
		if err != nil {
			if !errors.Is(err, ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		for _, s := range all {
			if err := s.apply(&Config{}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		write(t, path, got)
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not up to date: run go test ./cmd/tablee/config -update and look at what changed", path)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
