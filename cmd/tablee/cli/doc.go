// Package cli reads a command line and prints its help.
//
// Purpose: every subcommand of tablee declares its options as a table, and the table alone drives parsing, the help
// text and the advice after a typing error.
//
// Promise: no option is silently ignored. What is not in the table is an error that names the nearest option, and
// what is in the table appears in the help.
//
// Read parse.go first.
package cli
