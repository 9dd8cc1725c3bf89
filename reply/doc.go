// Package reply writes the JSON answers of all that speaks HTTP: web, its API, pads and files. What is refused looks the same
// everywhere (docs/protocol.md); what is logged and counted is each one's own. Read reply.go.
package reply
