// Package testkit is what the tests of several rooms need. Only tests, and what runs programs for them, import it.
package testkit
