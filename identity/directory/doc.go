// Package directory checks people and passwords in an LDAP directory (RFC 4511): YunoHost's, OpenLDAP, lldap, Active
// Directory.
//
// It promises that what somebody types is only ever a value in the filter, never part of it (RFC 4515); that an empty
// password is never tried, which a directory would take for nobody's and let in (RFC 4513, section 5.1.2); that passwords
// do not travel in the clear; that somebody whom the filter finds twice is nobody; and that a directory that does not
// answer holds nobody up for longer than its timeouts.
//
// Read directory.go first, then check.go.
package directory
