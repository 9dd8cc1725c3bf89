#!/usr/bin/env bash
# gofmt, vet, staticcheck, then the front-end's type check.
set -euo pipefail
cd "$(dirname "$0")/.."
bad=$(git ls-files -co --exclude-standard '*.go' | xargs -r gofmt -l)
[ -z "$bad" ] || { echo "gofmt wants to change:"; echo "$bad"; exit 1; }
go vet ./...
go tool staticcheck ./...
(cd web/app && npx tsc --noEmit -p .)
