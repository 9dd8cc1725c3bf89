#!/usr/bin/env bash
# The Go tests, with the race detector, which needs cgo; the product itself never does.
set -euo pipefail
cd "$(dirname "$0")/.."
CGO_ENABLED=1 go test -race -timeout 15m ./...
