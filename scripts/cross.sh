#!/usr/bin/env bash
# Static binaries for the machines that people have. Pure Go, so a C toolchain is never asked for.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p bin
build() { # name GOARCH GOARM
  echo "bin/tablee-linux-$1"
  CGO_ENABLED=0 GOOS=linux GOARCH=$2 GOARM=${3:-} go build -trimpath -ldflags '-s -w' -o "bin/tablee-linux-$1" ./cmd/tablee
}
build amd64 amd64
build arm64 arm64
build armv7 arm 7
build armv6 arm 6
