#!/usr/bin/env bash
# Prints the benchmarks: the pure parts by `go test -bench`, then whole meetings, server and load test as two processes on
# this machine. `scripts/bench.sh --write` also puts the table of meetings into docs/performance.md.
set -euo pipefail
cd "$(dirname "$0")/.."
go test -run '^$' -bench . -benchmem -benchtime "${BENCHTIME:-1s}" ./sfu/... | grep -E '^(Benchmark|pkg:|cpu:)'

dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
go build -trimpath -ldflags '-s -w' -o "$dir/tablee" ./cmd/tablee
free_port() { node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'; }
for n in ${MEETINGS:-2 5 10 15}; do
  port=$(free_port)
  "$dir/tablee" serve --data "$dir/data$n" --listen "localhost:$port" --media-port 0 >"$dir/log$n" 2>&1 &
  server=$!
  for _ in $(seq 100); do curl -fs "localhost:$port/healthz" >/dev/null 2>&1 && break; sleep 0.1; done
  "$dir/tablee" loadtest --participants "$n" --duration "${DURATION:-20s}" --json "$dir/$n.json" "http://localhost:$port/r/bench" >/dev/null
  kill "$server" && wait "$server" || true
  server=
done
node scripts/bench-table.mjs "$dir" "$@"
