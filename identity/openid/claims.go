package openid

import (
	"slices"
	"strings"
)

// What a provider says about somebody. Claims are where its admin has put them: at the top, or inside objects
// ("realm_access.roles", as Keycloak has it).

// Bounds of what is read.
const (
	maxGroups  = 1000
	maxSubject = 255 // bytes (OpenID Connect Core 1.0, section 2)
)

// Names of claims that are looked for when the settings name none.
func defaultLogins() []string { return []string{"preferred_username", "nickname"} }
func defaultNames() []string  { return []string{"name", "display_name", "preferred_username"} }
func defaultGroups() []string { return []string{"groups", "roles", "realm_access.roles"} }

// lookUp finds a claim by its name, or else by its way through objects; nil for none.
func lookUp(claims map[string]any, path string) any {
	if v, ok := claims[path]; ok { // such as "https://example.org/groups", which has dots of its own
		return v
	}
	outer, rest, ok := strings.Cut(path, ".")
	if !ok {
		return nil
	}
	inner, ok := claims[outer].(map[string]any)
	if !ok {
		return nil
	}
	return lookUp(inner, rest)
}

// text is the first of the claims that is a text with something in it.
func text(claims map[string]any, paths []string) string {
	for _, p := range paths {
		if s, ok := lookUp(claims, p).(string); ok && strings.TrimSpace(s) != "" {
			return s
		}
	}
	return ""
}

// groups are all that the claims name. said is false when there is no such claim at all.
func groups(claims map[string]any, paths []string) (all []string, said bool) {
	for _, p := range paths {
		switch v := lookUp(claims, p).(type) {
		case string:
			all, said = append(all, v), true
		case []any:
			said = true
			for _, x := range v {
				if s, ok := x.(string); ok && len(all) < maxGroups {
					all = append(all, s)
				}
			}
		}
	}
	return all, said
}

// in says if one of the groups is wanted. Keycloak writes groups as paths, "/choir".
func in(wanted, all []string) bool {
	return slices.ContainsFunc(all, func(g string) bool {
		return slices.Contains(wanted, g) || slices.Contains(wanted, strings.TrimPrefix(g, "/"))
	})
}
