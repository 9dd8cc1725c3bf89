// Package api is the pads' side of HTTP: the calls of docs/pads.md, files in and out, published pages, and the part of
// Etherpad's API that other programs use.
//
// It promises that each call asks for the access first and for the body only then, that nothing is acknowledged before
// it is on the disk, and that no file of a stranger's is run, followed or shown unsanitised. Read handler.go first.
package api
