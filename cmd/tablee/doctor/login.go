package doctor

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"tablee/cmd/tablee/login"
)

// loginTimeout bounds how long the ways in are asked.
const loginTimeout = 15 * time.Second

// login asks the OpenID provider and the LDAP directory, when there are any.
func (e *examination) login(ctx context.Context) (all []Check) {
	ways, err := login.New(e.Config.Login, func(*http.Request) bool { return true }, slog.New(slog.DiscardHandler))
	if err != nil {
		return one("login", "Logins elsewhere", Fail, "Mend the settings that are named; docs/login.md has examples.", "%v.", err)
	}
	ctx, cancel := context.WithTimeout(ctx, loginTimeout)
	defer cancel()
	found := ways.Probe(ctx)
	for _, w := range [][2]string{{"oidc", "OpenID provider"}, {"ldap", "LDAP directory"}} {
		failure, asked := found[w[0]]
		switch {
		case !asked:
		case failure != nil:
			all = append(all, one(w[0], w[1], Fail, "Until then nobody can log in by it; local accounts work. docs/login.md has examples.", "%v", failure)...)
		default:
			all = append(all, one(w[0], w[1], OK, "", "it answers as it should.")...)
		}
	}
	return all
}
