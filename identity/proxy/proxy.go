package proxy

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"tablee/accounts"
	"tablee/room"
)

// SecretHeader is where a proxy shows the secret that it shares with us.
const SecretHeader = "Tablee-Proxy-Secret"

// maxLength bounds a header that is believed, in bytes.
const maxLength = 1024

// Config says whose word is taken, and how it is said. Header, Proxies and Log are required.
type Config struct {
	Header       string // has the login
	NameHeader   string // "" for none
	GroupsHeader string // names with commas between them; "" for none
	Proxies      []netip.Prefix
	Basic        bool   // Basic credentials must have the same name (YunoHost)
	Secret       string // must be in SecretHeader; "" for none
	Allowed      []string
	Admins       []string
	Name         string // on the button
	// Look asks a directory who it is, which then has the last word; nil for none.
	Look func(ctx context.Context, login string) (accounts.External, error)
	Log  *slog.Logger
}

// Proxy is the word of who stands before us.
type Proxy struct{ cfg Config }

// New makes a Proxy.
func New(cfg Config) (*Proxy, error) {
	switch {
	case len(cfg.Proxies) == 0:
		return nil, errors.New("sso.header is set; sso.proxies must name the proxies that may send it")
	case len(cfg.Allowed)+len(cfg.Admins) > 0 && cfg.GroupsHeader == "" && cfg.Look == nil:
		return nil, errors.New("sso.allowed_groups and sso.admin_groups need sso.groups_header, which says who is in which group")
	}
	return &Proxy{cfg}, nil
}

// Name is what stands on the button.
func (p *Proxy) Name() string { return p.cfg.Name }

// Who says for whom the proxy vouches in a request.
func (p *Proxy) Who(r *http.Request) (accounts.External, error) {
	if why := p.trusted(r); why != "" {
		p.cfg.Log.Warn("a login by the proxy's header is not believed: " + why)
		return accounts.External{}, refusal()
	}
	login, ok := one(r, p.cfg.Header)
	if !ok {
		return accounts.External{}, &room.Error{Code: room.CodeLoginRefused, Message: "the proxy does not say who you are; log in there first"}
	}
	if user, _, has := r.BasicAuth(); p.cfg.Basic && (!has || user != login) {
		p.cfg.Log.Warn("a login by the proxy's header is not believed: it comes without Basic credentials of the same name; " +
			"if the proxy sends none, and replaces the header in every request, set sso.basic to off")
		return accounts.External{}, refusal()
	}
	if p.cfg.Look != nil {
		who, err := p.cfg.Look(r.Context(), login)
		if errors.Is(err, accounts.ErrUnknown) {
			return accounts.External{}, refusal()
		}
		return who, err
	}
	return p.judge(r, login)
}

func refusal() error {
	return &room.Error{Code: room.CodeLoginRefused, Message: "you are not let in here by the proxy's word; ask who runs this server"}
}

// trusted says why the request is not from a proxy of ours; "" when it is.
func (p *Proxy) trusted(r *http.Request) string {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return "it comes by no network"
	}
	addr := from.Addr().Unmap().WithZone("")
	if !slices.ContainsFunc(p.cfg.Proxies, func(n netip.Prefix) bool { return n.Contains(addr) }) {
		return "it comes from a machine that is not in sso.proxies"
	}
	if p.cfg.Secret != "" {
		got, _ := one(r, SecretHeader)
		a, b := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(p.cfg.Secret))
		if subtle.ConstantTimeCompare(a[:], b[:]) != 1 {
			return "it does not show sso.secret"
		}
	}
	return ""
}

// one is a header that is there exactly once: a proxy that adds to what the browser sent has not replaced it.
func one(r *http.Request, name string) (string, bool) {
	all := r.Header.Values(name)
	if len(all) != 1 || len(all[0]) > maxLength {
		return "", false
	}
	v := strings.TrimSpace(all[0])
	return v, v != ""
}

func (p *Proxy) judge(r *http.Request, login string) (accounts.External, error) {
	var groups []string
	if p.cfg.GroupsHeader != "" {
		list, _ := one(r, p.cfg.GroupsHeader)
		for g := range strings.SplitSeq(list, ",") {
			groups = append(groups, strings.TrimSpace(g))
		}
	}
	in := func(wanted []string) bool {
		return slices.ContainsFunc(groups, func(g string) bool { return g != "" && slices.Contains(wanted, g) })
	}
	who := accounts.External{Source: accounts.SSO, Subject: strings.ToLower(login), Login: login, Admin: in(p.cfg.Admins), Ruled: len(p.cfg.Admins) > 0}
	if len(p.cfg.Allowed) > 0 && !who.Admin && !in(p.cfg.Allowed) {
		return accounts.External{}, refusal()
	}
	if p.cfg.NameHeader != "" {
		who.Name, _ = one(r, p.cfg.NameHeader)
	}
	return who, nil
}
