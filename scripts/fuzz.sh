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
