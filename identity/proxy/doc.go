// Package proxy takes somebody's word who stands before us: a reverse proxy that has logged people in and says who they
// are in a header, as YunoHost's portal, Authelia, authentik and oauth2-proxy do.
//
// It promises that such a header is believed only on a connection from a proxy that the settings name, only when it is
// there once, and, unless that is switched off, only together with Basic credentials of the same name, which the proxy
// sets and a browser that walks past the portal does not.
//
// Read proxy.go.
package proxy
