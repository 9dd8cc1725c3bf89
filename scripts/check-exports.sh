#!/usr/bin/env bash
# Opens a pad's exports with LibreOffice (Debian's libreoffice-writer-nogui) and looks for the pad's text in what it reads:
# another program's word for what pad/format writes. Not part of `make test`: LibreOffice is heavy.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v soffice >/dev/null || { echo "check-exports.sh: needs LibreOffice: apt-get install libreoffice-writer-nogui" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
TABLEE_EXPORTS=$dir go test -count 1 -run '^TestExports$' ./pad/format
for format in odt docx; do
  soffice "-env:UserInstallation=file://$dir/profile" --headless --convert-to txt:Text:UTF8 --outdir "$dir/$format" "$dir/pad.$format" >/dev/null 2>&1
  while read -r words; do
    grep -qF "$words" "$dir/$format/pad.txt" || { echo "$format: LibreOffice does not read \"$words\"; it reads:" >&2; cat "$dir/$format/pad.txt" >&2; exit 1; }
  done <<-WORDS
	Réunion
	mot
	fait
	deux
	Suite
	x := 1
	Autre page
	WORDS
  echo "$format: LibreOffice reads all of it"
done
