// Package openid logs people in by an OpenID provider (OpenID Connect Core 1.0): Keycloak, Authelia, authentik, Nextcloud
// and the like, by the authorization code flow with PKCE (RFC 7636).
//
// It promises that a login that somebody else began is never finished in a browser: state, nonce and verifier are in a
// short-lived cookie of that browser alone, and good once; that only ID tokens are believed that the configured issuer has
// signed for us, in answer to that very login; that a provider that is down stops nobody else from coming in, and is asked
// again; and that no token is kept.
//
// Read flow.go first; provider.go finds the provider, claims.go (pure) reads what it says about somebody.
package openid
