// Command provider runs the OpenID provider of identity/openid's tests, for tests in browsers. It promises nothing to anybody
// else. Read main.go.
package main
