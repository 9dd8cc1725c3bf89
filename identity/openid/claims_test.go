package openid

import (
	"slices"
	"strings"
	"testing"
)

func TestClaims(t *testing.T) {
	claims := map[string]any{
		"name": "  ", "preferred_username": "anne", "n": 7.0, "groups": []any{"choir", 7.0, nil, "band"}, "one": "alone",
		"realm_access": map[string]any{"roles": []any{"admins"}}, "https://example.org/groups": []any{"dotted"}, "empty": []any{},
	}
	if got := text(claims, []string{"n", "missing", "name", "realm_access", "preferred_username"}); got != "anne" {
		t.Error(got)
	}
	for path, want := range map[string][]string{"groups": {"choir", "band"}, "one": {"alone"}, "realm_access.roles": {"admins"}, "https://example.org/groups": {"dotted"},
		"realm_access.none": nil, "groups.x": nil, "n": nil, "": nil, ".": nil} {
		if got, said := groups(claims, []string{path}); !slices.Equal(got, want) || said != (want != nil) {
			t.Errorf("%q is %q, %v", path, got, said)
		}
	}
	if _, said := groups(claims, []string{"empty"}); !said {
		t.Error("no groups are not the same as no claim")
	}
	var many []any
	for range 5000 {
		many = append(many, "x")
	}
	if got, _ := groups(map[string]any{"g": many}, []string{"g"}); len(got) != maxGroups {
		t.Error(len(got))
	}
	if in([]string{"a"}, []string{"A", "aa", "//a"}) || !in([]string{"a"}, []string{"/a"}) || in(nil, []string{""}) {
		t.Error("groups are mixed up")
	}
}

// FuzzTicket: whatever a browser sends as its ticket, what is read is what would be written.
func FuzzTicket(f *testing.F) {
	f.Add(newTicket("/r/choir").String())
	f.Add(newTicket("").String())
	f.Add("...")
	f.Add(strings.Repeat("A", 26) + "." + strings.Repeat("B", 26) + "." + strings.Repeat("c", 43) + ".!")
	f.Add(strings.Repeat(".", 2000))
	f.Fuzz(func(t *testing.T, value string) {
		got, ok := parseTicket(value)
		if ok && got.String() != value || !ok && got != (ticket{}) {
			t.Errorf("%q is read as %+v", value, got)
		}
		if ok && (len(got.state) != randomLength || len(got.to) > maxTo) {
			t.Errorf("%q goes beyond the bounds", value)
		}
	})
}
