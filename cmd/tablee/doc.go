// Command tablee is a video meeting server, and the tools around it.
//
// Purpose: subcommands (main.go), their settings (config/) and command lines (cli/), and the wiring of the packages
// into one server (server.go): configuration, store, rooms, media engine, signaling and chat, web, from top to bottom.
// Every package is handed what it needs; nothing else of the program knows all of them.
//
// Promise: what cannot work is said at the start in words that tell what to do; SIGTERM tells the participants, loses
// nothing and ends with status 0; a second signal ends at once.
//
// Read main.go first, then server.go.
package main
