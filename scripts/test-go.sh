#!/usr/bin/env bash
# The Go tests, with the race detector, which needs cgo; the product itself never does. What is about memory runs without it,
# too, and the media engine as a 32-bit program, as it is on a Raspberry Pi 2.
set -euo pipefail
cd "$(dirname "$0")/.."
CGO_ENABLED=1 go test -race -timeout 15m ./...
CGO_ENABLED=0 go test -run DoesNotAllocate ./sfu/...
case "$(go env GOOS)/$(go env GOARCH)" in
linux/amd64) CGO_ENABLED=0 GOARCH=386 go test ./sfu/... ;;
esac
