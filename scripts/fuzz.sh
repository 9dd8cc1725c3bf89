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
# Random documents of yjs itself, others each time; the first one's number repeats a run.
export TABLEE_YJS_FIRST=${TABLEE_YJS_FIRST:-$(date +%s)} TABLEE_YJS_DOCUMENTS=${TABLEE_YJS_DOCUMENTS:-100000}
echo "== $TABLEE_YJS_DOCUMENTS documents of yjs from number $TABLEE_YJS_FIRST on"
go test -count 1 -timeout 3h -v -run TestAgainstYjs ./pad/yjs
