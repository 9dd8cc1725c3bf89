package files_test

import (
	"fmt"
	"strings"
	"testing"

	"tablee/files"
	"tablee/room"
)

// The matrix of rights, as data: what is said at the top, in a folder and in a folder of it, and what comes of it. It goes
// over every combination of a base and one grant for each kind of name in each of two folders.
func TestLevelIn(t *testing.T) {
	who := files.Who{Member: "member/bo", Groups: []string{"group/choir", "group/board"}}
	grant := func(node, who, level string) files.Grant {
		l, ok := files.ParseLevel(level)
		if !ok {
			t.Fatal(level)
		}
		return files.Grant{Node: node, Who: who, Level: l}
	}
	for _, c := range []struct {
		why    string
		base   files.Level
		owner  string // of the folder a
		grants []files.Grant
		want   string
	}{
		{"nothing said", files.None, "", nil, "none"},
		{"the base is inherited", files.Write, "", nil, "write"},
		{"said above, valid below", files.None, "", []files.Grant{grant("", "member/bo", "read")}, "read"},
		{"a folder takes back", files.Write, "", []files.Grant{grant("a", "all", "none")}, "none"},
		{"a folder gives", files.None, "", []files.Grant{grant("a", "group/choir", "write")}, "write"},
		{"the nearest folder has the last word", files.None, "", []files.Grant{grant("a", "member/bo", "none"), grant("b", "all", "read")}, "read"},
		{"the member outweighs the group", files.None, "", []files.Grant{grant("a", "group/choir", "write"), grant("a", "member/bo", "read")}, "read"},
		{"the group outweighs everyone", files.None, "", []files.Grant{grant("a", "all", "write"), grant("a", "group/choir", "none")}, "none"},
		{"of two groups, what gives more", files.None, "", []files.Grant{grant("a", "group/board", "none"), grant("a", "group/choir", "write")}, "write"},
		{"others' rights are not mine", files.None, "", []files.Grant{grant("a", "member/ada", "manage"), grant("b", "group/x", "write")}, "none"},
		{"who manages the space cannot be locked out", files.Manage, "", []files.Grant{grant("b", "member/bo", "none")}, "manage"},
		{"who made a folder manages it", files.Write, "member/bo", nil, "manage"},
		{"but not where they may only read", files.Read, "member/bo", nil, "read"},
		{"nor where they were let go", files.None, "member/bo", nil, "none"},
		{"a grant below what one made has the last word", files.Write, "member/bo", []files.Grant{grant("b", "member/bo", "read")}, "read"},
	} {
		grants := map[string][]files.Grant{}
		for _, g := range c.grants {
			grants[g.Node] = append(grants[g.Node], g)
		}
		way := []files.Step{{}, {ID: "a", Owner: c.owner}, {ID: "b"}}
		if got := files.LevelIn(c.base, way, grants, who).String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.why, got, c.want)
		}
		if got := files.LevelIn(c.base, way, grants, files.Who{}); got != c.base {
			t.Errorf("%s: nobody has %v", c.why, got)
		}
	}
	for base := files.None; base <= files.Manage; base++ { // all of two folders × three kinds of names × what they say
		for _, name := range []string{"member/bo", "group/choir", "all"} {
			for a := files.None; a <= files.Manage; a++ {
				for b := files.None; b <= files.Manage; b++ {
					grants := map[string][]files.Grant{"a": {{Node: "a", Who: name, Level: a}}, "b": {{Node: "b", Who: name, Level: b}}}
					want := b
					if base == files.Manage {
						want = files.Manage
					}
					if got := files.LevelIn(base, []files.Step{{}, {ID: "a"}, {ID: "b"}}, grants, who); got != want {
						t.Errorf("base %v, %s: %v then %v gives %v", base, name, a, b, got)
					}
				}
			}
		}
	}
}

const choir = "/api/v1/files/team/choir"

// folder makes one and returns its id.
func (h *house) folder(as, base, name, in string) string {
	h.t.Helper()
	return h.idOf(h.json(as, "POST", base, `{"name":"`+name+`","folder":"`+in+`"}`).want(h.t, 201, ""))
}

func (h *house) putIn(as, base, name, folder, content string) answer {
	h.t.Helper()
	return h.ask(as, "POST", base+"/upload?name="+name+"&folder="+folder, strings.NewReader(content))
}

func (h *house) idOf(a answer) string {
	_, rest, _ := strings.Cut(a.body, `"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

func (h *house) say(as, base, folder string, pairs ...string) answer {
	h.t.Helper()
	var rights []string
	for i := 0; i < len(pairs); i += 2 {
		rights = append(rights, fmt.Sprintf(`{"who":%q,"level":%q}`, pairs[i], pairs[i+1]))
	}
	return h.json(as, "PUT", base+"/"+folder+"/rights", `{"rights":[`+strings.Join(rights, ",")+`]}`)
}

// dav asks by WebDAV as a member.
func (h *house) davAs(as, method, path, body string, headers ...string) answer {
	h.t.Helper()
	return h.ask("", method, path, strings.NewReader(body), append([]string{"Authorization", basic(as)}, headers...)...)
}

// Each level, by each way in: the API, tus and WebDAV say the same.
func TestRightsByEveryWay(t *testing.T) {
	h := open(t, limits())
	inner := h.folder("ada", choir, "Scores", "")
	file := h.idOf(h.putIn("ada", choir, "alto.txt", inner, "la").want(t, 201, ""))
	for _, level := range []string{"none", "read", "write", "manage"} {
		h.say("ada", choir, inner, "group/choir", level).want(t, 204, "")
		may := func(at string) bool {
			return strings.Index("none read write manage", level) >= strings.Index("none read write manage", at)
		}
		check := func(what, needed string, a answer) {
			t.Helper()
			if ok := a.StatusCode < 300; ok != may(needed) {
				t.Errorf("%s with %s: %d %s", what, level, a.StatusCode, a.body)
			}
			if !may("read") && a.StatusCode != 404 && a.StatusCode != 409 && a.StatusCode < 500 {
				t.Errorf("%s with %s tells that something is there: %d %s", what, level, a.StatusCode, a.body)
			}
		}
		name := "x-" + level
		check("list", "read", h.ask("bo", "GET", choir+"?folder="+inner, nil))
		check("read", "read", h.ask("bo", "GET", choir+"/"+file+"/content", nil))
		check("zip", "read", h.ask("bo", "GET", choir+"/"+inner+"/zip", nil))
		check("dav read", "read", h.davAs("bo", "GET", "/dav/Groups/Choir/Scores/alto.txt", ""))
		check("dav list", "read", h.davAs("bo", "PROPFIND", "/dav/Groups/Choir/Scores/", "", "Depth", "1"))
		check("upload", "write", h.putIn("bo", choir, name+"-a", inner, "x"))
		check("tus", "write", h.ask("bo", "POST", choir+"/tus", nil, "Upload-Length", "5", "Upload-Metadata", meta(name+"-t", "folder", inner)))
		check("folder", "write", h.json("bo", "POST", choir, `{"name":"`+name+`-f","folder":"`+inner+`"}`))
		check("rename", "write", h.json("bo", "PATCH", choir+"/"+file, `{"name":"alto.txt"}`))
		check("dav put", "write", h.davAs("bo", "PUT", "/dav/Groups/Choir/Scores/"+name, "x"))
		check("dav mkcol", "write", h.davAs("bo", "MKCOL", "/dav/Groups/Choir/Scores/"+name+"-d", ""))
		check("dav move", "write", h.davAs("bo", "MOVE", "/dav/Groups/Choir/Scores/alto.txt", "", "Destination", h.url+"/dav/Groups/Choir/Scores/alto2.txt"))
		if may("write") {
			h.davAs("bo", "MOVE", "/dav/Groups/Choir/Scores/alto2.txt", "", "Destination", h.url+"/dav/Groups/Choir/Scores/alto.txt").want(t, 201, "")
		}
		check("rights", "manage", h.ask("bo", "GET", choir+"/"+inner+"/rights", nil))
		check("link", "manage", h.json("bo", "POST", choir+"/"+inner+"/links", `{}`))
		found := h.ask("bo", "GET", choir+"?q=alto", nil)
		zip := h.ask("bo", "GET", choir+"/zip", nil)
		top := h.list("bo", choir)
		if got := strings.Contains(found.body, "alto"); got != may("read") {
			t.Errorf("search with %s: %s", level, found.body)
		}
		if got := strings.Contains(zip.body, "alto"); got != may("read") {
			t.Errorf("an archive of the whole with %s holds it: %v", level, got)
		}
		if got := strings.Contains(top.names(), "Scores"); got != may("read") {
			t.Errorf("the top with %s: %s", level, top.names())
		}
	}
	h.ask("cy", "GET", choir, nil).want(t, 404, room.CodeFileUnknown) // in no group: the space is not there
	h.ask("di", "GET", choir+"/"+file, nil).want(t, 404, room.CodeFileUnknown)
	h.ask("", "GET", choir, nil).want(t, 401, room.CodeAccountNeeded)
	h.davAs("cy", "PROPFIND", "/dav/Groups/Choir/", "").want(t, 404, "")
}

// Who may change a folder, but not something in it, cannot take that away with the folder.
func TestAFolderWithinHoldsOn(t *testing.T) {
	h := open(t, limits())
	outer := h.folder("ada", choir, "Outer", "")
	inner := h.folder("ada", choir, "Inner", outer)
	h.say("ada", choir, inner, "member/id-bo", "read").want(t, 204, "")
	h.ask("bo", "DELETE", choir+"/"+outer, nil).want(t, 403, room.CodeForbidden)
	h.davAs("bo", "DELETE", "/dav/Groups/Choir/Outer", "").want(t, 405, "")
	h.json("bo", "PATCH", choir+"/"+outer, `{"name":"Mine"}`).want(t, 403, room.CodeForbidden)
	h.say("bo", choir, inner, "member/id-bo", "manage").want(t, 403, room.CodeForbidden)
	h.say("ada", choir, inner, "member/nobody", "read").want(t, 404, room.CodeAccountUnknown)
	h.say("ada", choir, inner, "all", "king").want(t, 400, room.CodeBadMessage)
	h.ask("ada", "DELETE", choir+"/"+outer, nil).want(t, 204, "")
}

// A folder of one's home, shared with a member, a group, everyone: it is in their list, and by WebDAV.
func TestSharedWithMe(t *testing.T) {
	h := open(t, limits())
	const home = "/api/v1/files/user/id-ada"
	folder := h.folder("ada", home, "Garden", "")
	h.putIn("ada", home, "plan.txt", folder, "beans").want(t, 201, "")
	h.putIn("ada", home, "diary.txt", "", "mine").want(t, 201, "")
	h.ask("di", "GET", home, nil).want(t, 404, room.CodeFileUnknown)
	h.say("ada", home, folder, "group/board", "write").want(t, 204, "")
	places := h.ask("di", "GET", "/api/v1/files", nil).want(t, 200, "")
	if !strings.Contains(places.body, folder) || !strings.Contains(places.body, `"by":"ada"`) {
		t.Errorf("di sees %s", places.body)
	}
	if cy := h.ask("cy", "GET", "/api/v1/files", nil); strings.Contains(cy.body, folder) {
		t.Errorf("cy sees %s", cy.body)
	}
	if got := h.list("di", home).names(); got != "Garden" {
		t.Errorf("di sees %q at the top of ada's", got)
	}
	if di := h.list("di", home+"?folder="+folder); di.Usage.Used != 0 || di.Usage.Quota != 0 {
		t.Errorf("di is told how full ada's home is: %+v", di.Usage)
	}
	if ada := h.list("ada", home); ada.Usage.Used != 9 || ada.Usage.Quota == 0 {
		t.Errorf("ada is told %+v", ada.Usage)
	}
	h.putIn("di", home, "x.txt", "", "x").want(t, 403, room.CodeForbidden)
	h.putIn("di", home, "compost.txt", folder, "x").want(t, 201, "")
	h.ask("di", "DELETE", home+"/"+folder, nil).want(t, 403, room.CodeForbidden)
	if a := h.davAs("di", "GET", "/dav/Shared/Garden/plan.txt", "").want(t, 200, ""); a.body != "beans" {
		t.Errorf("by WebDAV: %q", a.body)
	}
	h.davAs("di", "PUT", "/dav/Shared/Garden/seeds.txt", "peas").want(t, 201, "")
	h.davAs("di", "GET", "/dav/Shared/Garden/diary.txt", "").want(t, 404, "")
	h.davAs("di", "GET", "/dav/Shared/diary.txt", "").want(t, 404, "")
	h.davAs("di", "DELETE", "/dav/Shared/Garden", "").want(t, 405, "")
	if top := h.davAs("di", "PROPFIND", "/dav/Shared/", "", "Depth", "1"); !strings.Contains(top.body, "/dav/Shared/Garden/") {
		t.Error(top.body)
	}
	h.say("ada", home, folder).want(t, 204, "")
	h.davAs("di", "GET", "/dav/Shared/Garden/plan.txt", "").want(t, 404, "")
}

// A list says of each folder whether the asker may share it, so that a page offers it where it works.
func TestAListSaysWhatMayBeShared(t *testing.T) {
	h := open(t, limits())
	adas, bos := h.folder("ada", choir, "Ada's", ""), h.folder("bo", choir, "Bo's", "")
	h.putIn("bo", choir, "x.txt", "", "x").want(t, 201, "")
	for _, c := range []struct{ who, folder, may string }{
		{"ada", "", "share: Ada's Bo's"}, {"bo", "", "Bo's"}, {"ada", bos, "share:"}, {"bo", bos, "share:"}, {"bo", adas, ""},
	} {
		l := h.list(c.who, choir+"?folder="+c.folder)
		said := []string{}
		if l.May.Share {
			said = append(said, "share:")
		}
		for _, e := range l.Entries {
			if e.Share {
				said = append(said, e.Name)
			}
			if rights := h.ask(c.who, "GET", choir+"/"+e.ID+"/rights", nil); (rights.StatusCode == 200) != e.Share {
				t.Errorf("%s is told %v of %s, and gets %d", c.who, e.Share, e.Name, rights.StatusCode)
			}
		}
		if got := strings.Join(said, " "); got != c.may {
			t.Errorf("%s in %q may %q, want %q", c.who, c.folder, got, c.may)
		}
	}
	h.ask("ada", "DELETE", choir+"/"+adas, nil).want(t, 204, "")
	if l := h.list("ada", choir+"?trash"); len(l.Entries) != 1 || l.Entries[0].Share {
		t.Errorf("what is in the trash is shared: %+v", l.Entries)
	}
}
