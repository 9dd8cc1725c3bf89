package optest

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	zoidc "github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// The one client that the provider knows.
const (
	ClientID     = "tablee"
	ClientSecret = "s3cret"
)

// Groups are the groups of each person, by sub. It may be changed before the provider is asked.
type Groups map[string][]string

// New is a provider at an issuer's address, whose client comes back to one of the redirect addresses. keys is what signs its
// tokens.
func New(issuer string, groups Groups, redirects ...string) (provider http.Handler, keys op.Storage) {
	clients := map[string]*storage.Client{ClientID: storage.WebClient(ClientID, ClientSecret, redirects...)}
	st := groupStorage{storage.NewStorageWithClients(users{}, clients), groups}
	return exampleop.SetupServer(issuer, st, nil, false, op.WithLogger(slog.New(slog.DiscardHandler))), st
}

// users is who the provider knows.
type users struct{}

func all() []*storage.User {
	return []*storage.User{
		{ID: "u1", Username: "anne", Password: "le mot d'Anne", FirstName: "Anne", LastName: "Martin", Email: "anne@example.org", EmailVerified: true},
		{ID: "u2", Username: "lea", Password: "le mot de Léa", FirstName: "Léa", LastName: "Petit"},
	}
}

func (users) GetUserByID(id string) *storage.User {
	for _, u := range all() {
		if u.ID == id {
			return u
		}
	}
	return nil
}

func (users) GetUserByUsername(name string) *storage.User {
	for _, u := range all() {
		if u.Username == name {
			return u
		}
	}
	return nil
}

func (users) ExampleClientID() string { return "service" }

// groupStorage tells groups at the userinfo address, as Authelia does.
type groupStorage struct {
	*storage.Storage
	groups Groups
}

func (s groupStorage) SetUserinfoFromToken(ctx context.Context, info *zoidc.UserInfo, tokenID, subject, origin string) error {
	if err := s.Storage.SetUserinfoFromToken(ctx, info, tokenID, subject, origin); err != nil {
		return err
	}
	if g := s.groups[subject]; g != nil {
		info.AppendClaims("groups", g)
	}
	return nil
}

var _ op.Storage = groupStorage{}
