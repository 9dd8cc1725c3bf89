// Package api is the API of accounts, rooms and the server itself, which the admin page and the command line use, and who
// a request comes from. openapi.json describes each call; docs/api.md says how to use it.
//
// It promises that every call is in the table of routes.go with what it needs, and in openapi.json (a test compares the
// two, and each answer with its schema); that a browser is believed by its cookie only for requests that our own page has
// made; that no answer holds content, or who said or did what; and that nothing secret is told twice.
//
// Read routes.go first, then identify.go.
package api
