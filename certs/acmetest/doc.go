// Package acmetest runs Let's Encrypt's own test authority, pebble, for the tests of others.
//
// Purpose: what a certificate authority really does when it is asked for a certificate, on ports of this machine.
//
// Promise: everything runs on loopback, on free ports, and ends with the test.
//
// Read pebble.go.
package acmetest
