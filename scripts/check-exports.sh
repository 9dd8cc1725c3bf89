#!/usr/bin/env bash
# Another program's word for what pad/format writes and reads: LibreOffice (Debian's libreoffice-writer-nogui) opens a pad's
# exports and writes them as its own odt and docx, which are imported again. Not part of `make test`: LibreOffice is heavy.
#
#   scripts/check-exports.sh [samples]     samples: makes pad/format/testdata/minutes.{odt,docx} anew, which `make test` imports
set -euo pipefail
cd "$(dirname "$0")/.."
command -v soffice >/dev/null || { echo "check-exports.sh: needs LibreOffice: apt-get install libreoffice-writer-nogui" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
convert() { # FILE FORMAT FOLDER
  soffice "-env:UserInstallation=file://$dir/profile" --headless --convert-to "$2" --outdir "$3" "$1" >/dev/null 2>&1
}
if [ "${1:-}" = samples ]; then
  for format in odt docx; do convert pad/format/testdata/minutes.fodt "$format" pad/format/testdata; done
  exit
fi
TABLEE_EXPORTS=$dir go test -count 1 -run '^TestExports$' ./pad/format
for from in odt docx; do
  for to in odt docx; do
    convert "$dir/pad.$from" "$to" "$dir/$from"
    mv "$dir/$from/pad.$to" "$dir/$from.$to"
  done
done
TABLEE_REWRITTEN=$dir go test -count 1 -run '^TestRewrittenExports$' ./pad/format
echo "LibreOffice reads all of odt and docx"
