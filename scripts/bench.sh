#!/usr/bin/env bash
# The benchmarks behind docs/performance.md: the pure parts by `go test -bench`, then meetings of simulated participants,
# server and load test as two processes on this machine, and the same meetings with the reference on stock Pion
# (bench/reference), so that every claim is a ratio within one run.
#
#   scripts/bench.sh [--matrix full|short] [--write]
#
# full (about 6 minutes): voice and meeting with 2, 5, 10, 15, 30 and 60 people; the reference with 2, 5 and 15.
# short (about 80 seconds): meeting with 2 and 15, the reference too. --write puts the tables into docs/performance.md.
# DURATION (15s) is how long each meeting lasts, BENCHTIME (1s) each pure benchmark. After DEADLINE (660) seconds no
# further meeting is begun.
set -euo pipefail
cd "$(dirname "$0")/.."
matrix=full write=
while [ $# -gt 0 ]; do
  case $1 in
    --matrix) matrix=${2:?full or short}; shift ;;
    --write) write=--write ;;
    *) echo "bench.sh: there is no option $1" >&2; exit 2 ;;
  esac
  shift
done
duration=${DURATION:-15s} deadline=${DEADLINE:-660}
case $matrix in
  full) scenarios="meeting voice" sizes="2 5 10 15 30 60" compared="2 5 15" benchtime=${BENCHTIME:-1s} ;;
  short) scenarios="meeting" sizes="2 15" compared="2 15" benchtime=${BENCHTIME:-0.2s} ;;
  *) echo "bench.sh: the matrix is full or short" >&2; exit 2 ;;
esac

dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
echo "$(go env GOVERSION), commit $(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)" >"$dir/what.txt"
go build -trimpath -ldflags '-s -w' -o "$dir/tablee" ./cmd/tablee
go build -trimpath -ldflags '-s -w' -o "$dir/reference" ./bench/reference
go test -run '^$' -bench . -benchmem -benchtime "$benchtime" ./sfu/... | grep -E '^(Benchmark|pkg:|cpu:)' | tee "$dir/pure.txt"

free_port() { node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'; }

# busy prints how much of this machine others take, in percent of one second.
busy() {
  local a b
  a=$(head -1 /proc/stat 2>/dev/null) || return 0
  sleep 1
  b=$(head -1 /proc/stat)
  echo "$a $b" | awk '{ for (i = 2; i <= 9; i++) total += $(i + 11) - $i; idle = $16 + $17 - $5 - $6; printf "%.0f\n", 100 * (1 - idle / total) }'
}

# meeting SCENARIO PARTICIPANTS SERVER measures one meeting into $dir/SCENARIO-PARTICIPANTS-SERVER.json.
meeting() {
  if [ "$SECONDS" -gt "$deadline" ]; then
    echo "left out for want of time: $1 with $2 on $3" >&2
    return
  fi
  local port url name=$1-$2-$3
  port=$(free_port) url=http://localhost:$port
  if [ "$3" = tablee ]; then
    "$dir/tablee" serve --data "$dir/data-$name" --listen "localhost:$port" --media-port 0 --rooms-max-participants 500 \
      --rooms-max-participants-total 500 >"$dir/$name.log" 2>&1 &
  else
    "$dir/reference" --listen "localhost:$port" --voices "$(($2 < 17 ? $2 - 1 : 16))" >"$dir/$name.log" 2>&1 &
  fi
  server=$!
  for _ in $(seq 100); do curl -fs "$url/healthz" >/dev/null 2>&1 && break; sleep 0.1; done
  echo "$(busy) $(cut -d' ' -f1 /proc/loadavg)" >>"$dir/busy.txt"
  echo "$1 with $2 on $3" >&2
  # Status 1 is a bar that was not met, which the table shows; 2 is a failure.
  timeout 120 "$dir/tablee" loadtest --scenario "$1" --participants "$2" --duration "$duration" --json "$dir/$name.json" \
    "$url/r/bench" >"$dir/$name.txt" 2>&1 || [ $? = 1 ] || { cat "$dir/$name.txt" "$dir/$name.log" >&2; exit 1; }
  kill "$server" && wait "$server" 2>/dev/null || true
  server=
}

for scenario in $scenarios; do
  for n in $sizes; do
    meeting "$scenario" "$n" tablee
    case " $compared " in *" $n "*) meeting "$scenario" "$n" reference ;; esac
  done
done
node scripts/bench-table.mjs "$dir" $write
