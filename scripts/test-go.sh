#!/usr/bin/env bash
# The Go tests, with the race detector, which needs cgo; the product itself never does. The network lab runs alone: it has
# three browsers in one meeting, for which the clocks of ICE do not wait. What is about memory runs without the race
# detector, too, and the media engine as a 32-bit program, as it is on a Raspberry Pi 2.
set -euo pipefail
cd "$(dirname "$0")/.."
CGO_ENABLED=1 go test -race -timeout 20m $(go list ./... | grep -v '/e2e/netlab$')
CGO_ENABLED=1 go test -race -timeout 10m ./e2e/netlab
CGO_ENABLED=0 go test -run DoesNotAllocate ./sfu/...
case "$(go env GOOS)/$(go env GOARCH)" in
linux/amd64) CGO_ENABLED=0 GOARCH=386 go test ./sfu/... ;;
esac
