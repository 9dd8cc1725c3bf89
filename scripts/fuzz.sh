#!/usr/bin/env bash
# Runs every fuzz target of the tree for FUZZTIME.
set -euo pipefail
cd "$(dirname "$0")/.."
git grep -lE '^func Fuzz' -- '*_test.go' | while read -r f; do
  grep -oE '^func Fuzz\w+' "$f" | sed 's/^func //' | while read -r target; do
    echo "== $target (${f%/*})"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-30s}" "./${f%/*}"
  done
done
# Random documents of yjs itself; 100,000 take hours on a small machine.
TABLEE_YJS_DOCUMENTS=${TABLEE_YJS_DOCUMENTS:-10000} go test -count 1 -timeout 3h -run TestAgainstYjs ./pad/yjs
