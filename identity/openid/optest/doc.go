// Package optest is a small but real OpenID provider (zitadel's library), for the tests of the logins by one, in Go and in
// browsers.
//
// Promise: it speaks the protocol by itself, knows two people and one client, and keeps everything in memory.
//
// Read provider.go.
package optest
