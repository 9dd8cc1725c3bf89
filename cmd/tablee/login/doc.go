// Package login makes what people log in by besides this server's own passwords, as the settings say: an OpenID provider, an
// LDAP directory, a proxy before us. The server and the doctor make the same.
//
// It promises that settings that do not fit together are refused in words, before anything listens. Read login.go.
package login
