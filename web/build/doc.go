// Command build bundles the front-end (web/app) into web/dist with esbuild as a Go module, so that nobody who builds
// or runs Tablée needs Node. `go run ./web/build` writes; `go run ./web/build -check` rebuilds in memory and fails when
// web/dist is not what the sources give.
//
// It promises the same bytes (once decompressed) from the same sources on every machine. Read main.go first.
package main
