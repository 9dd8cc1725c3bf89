// Package config reads the settings of the server.
//
// Purpose: one table of keys (keys.go) drives the file tablee.toml, the environment, the command line, `--help` and
// docs/configuration.md, so that the five cannot disagree.
//
// Promise: nothing that was set is silently ignored. A flag goes before the environment, the environment before the
// file, the file before the default; what is unknown, of the wrong type or out of range stops the start with a
// message that names the key, the place, the value, and what is allowed.
//
// Read keys.go first, then load.go.
package config
