#!/usr/bin/env bash
# The benchmarks behind docs/performance.md: the pure parts by `go test -bench`, then meetings of simulated participants,
# server and load test as two processes on this machine, and the same meetings with the reference on stock Pion
# (bench/reference), so that every claim is a ratio within one run.
#
#   scripts/bench.sh [--matrix full|short] [--only SCENARIO,…] [--write]
#
# full (about 9 minutes): meeting and voice; everything, in which nothing is left out; forwarding alone, one to fourteen on
# one core, on amd64 and as a 32-bit program; a minute of media and a minute without, for garbage and memory; a profile.
# short (about 2 minutes): a piece of each. --only leaves out all other scenarios (pure is the pure parts). --write puts the
# tables into docs/performance.md.
# DURATION (10s) is how long most meetings last, BENCHTIME (0.5s) each pure benchmark. After DEADLINE (660) seconds no further
# meeting is begun. KEEP is a folder to leave the reports in; those that --only leaves out are taken from there, so
# that a run can be made in pieces.
set -euo pipefail
cd "$(dirname "$0")/.."
matrix=full write= only=
while [ $# -gt 0 ]; do
  case $1 in
    --matrix) matrix=${2:?full or short}; shift ;;
    --only) only=${2:?scenarios, separated by commas}; shift ;;
    --write) write=--write ;;
    *) echo "bench.sh: there is no option $1" >&2; exit 2 ;;
  esac
  shift
done
duration=${DURATION:-10s} deadline=${DEADLINE:-660}

# What is measured: SCENARIO PEOPLE SERVERS [DURATION]. Servers are tablee and reference, with 386 behind for 32 bit.
full() {
  cat <<-EOF
	meeting 2 tablee,reference
	meeting 5 tablee,reference
	meeting 15 tablee,reference
	meeting 30 tablee
	meeting 60 tablee
	voice 2 tablee
	voice 15 tablee,reference
	voice 60 tablee
	everything 5 tablee,reference
	everything 15 tablee 60s
	everything 15 reference
	still 15 tablee 60s
	fanout 15 tablee,reference
	trickle 15 tablee,reference
	slowfanout 15 tablee386,reference386
	slowtrickle 15 tablee386,reference386
	profile 15 tablee
	EOF
}
short() {
  cat <<-EOF
	meeting 2 tablee,reference
	meeting 15 tablee,reference
	everything 15 tablee,reference
	still 15 tablee
	fanout 15 tablee,reference
	EOF
}
case $matrix in
  full) benchtime=${BENCHTIME:-0.5s} ;;
  short) benchtime=${BENCHTIME:-0.1s} ;;
  *) echo "bench.sh: the matrix is full or short" >&2; exit 2 ;;
esac

dir=${KEEP:-$(mktemp -d)}
mkdir -p "$dir"
[ -n "$only" ] || rm -f "$dir"/*.json "$dir"/*.txt "$dir"/*.log "$dir"/*.idle

# wanted SCENARIO says if it is not left out.
wanted() { [ -z "$only" ] || case ",$only," in *",$1,"*) ;; *) return 1 ;; esac; }
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$dir"/data-*; [ -n "${KEEP:-}" ] || rm -rf "$dir"' EXIT
echo "$(go env GOVERSION), commit $(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)" >"$dir/what.txt"

# build NAME PACKAGE [FLAG…] builds a program without symbols, as it is shipped; GOARCH is taken from the environment.
build() {
  local name=$1 package=$2
  shift 2
  CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' "$@" -o "$dir/$name" "$package"
}
build tablee ./cmd/tablee
build reference ./bench/reference
if [ "$matrix" = full ]; then
  GOARCH=386 build tablee386 ./cmd/tablee
  GOARCH=386 build reference386 ./bench/reference
  build profiled ./cmd/tablee -tags bench
fi
if wanted pure; then
  go test -run '^$' -bench . -benchmem -benchtime "$benchtime" ./sfu/... | grep -E '^(Benchmark|pkg:|cpu:)' | tee "$dir/pure.txt"
fi

free_port() { node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'; }

# busy prints how much of this machine others take, in percent of one second.
busy() {
  local a b
  a=$(head -1 /proc/stat 2>/dev/null) || return 0
  sleep 1
  b=$(head -1 /proc/stat)
  echo "$a $b" | awk '{ for (i = 2; i <= 9; i++) total += $(i + 11) - $i; idle = $16 + $17 - $5 - $6; printf "%.0f\n", 100 * (1 - idle / total) }'
}

# serve PROGRAM PORT VOICES LOG starts a server in the background.
serve() {
  case $1 in
    reference*) "$dir/$1" --listen "localhost:$2" --voices "$3" >"$4" 2>&1 & ;;
    *) "$dir/$1" serve --data "$dir/data-$2" --listen "localhost:$2" --media-port 0 --rooms-max-participants 500 \
      --rooms-max-participants-total 500 --media-voices "$3" >"$4" 2>&1 & ;;
  esac
  server=$!
  for _ in $(seq 100); do curl -fs "http://localhost:$2/healthz" >/dev/null 2>&1 && return; sleep 0.1; done
  echo "bench.sh: $1 does not come up" >&2
  cat "$4" >&2
  exit 1
}

# meeting SCENARIO PARTICIPANTS SERVER [DURATION] measures one meeting into $dir/SCENARIO-PARTICIPANTS-SERVER.json.
meeting() {
  if [ "$SECONDS" -gt "$deadline" ]; then
    echo "left out for want of time: $1 with $2 on $3" >&2
    return
  fi
  local port scenario=$1 program=$3 name=$1-$2-$3 voices=3 others=$(($2 < 17 ? $2 - 1 : 16)) profiler=
  port=$(free_port)
  case $1 in
    everything) voices=$others ;;
    *fanout | *trickle) export GOMAXPROCS=1 ;; # of the server; the load test below has what there is
    profile) scenario=everything program=profiled voices=$others; export BENCH_PROFILE=localhost:$(free_port) ;;
  esac
  case $3 in reference*) voices=$others ;; esac # it does not choose
  serve "$program" "$port" "$voices" "$dir/$name.log"
  unset GOMAXPROCS
  awk '/^VmRSS/ { print $2 * 1024 }' "/proc/$server/status" >"$dir/$name.idle" 2>/dev/null || true
  echo "$(busy) $(cut -d' ' -f1 /proc/loadavg)" >>"$dir/busy.txt"
  echo "$1 with $2 on $3" >&2
  if [ "$1" = profile ]; then # from three seconds on everybody is in
    (sleep 3; go tool pprof -top -nodecount=15 "http://$BENCH_PROFILE/debug/pprof/profile?seconds=6" >"$dir/profile.txt" 2>"$dir/pprof.log") &
    profiler=$!
  fi
  # Status 1 is a bar that was not met, which the table shows; 2 is a failure.
  timeout 150 "$dir/tablee" loadtest --scenario "$scenario" --participants "$2" --duration "${4:-$duration}" --json "$dir/$name.json" \
    "http://localhost:$port/r/bench" >"$dir/$name.txt" 2>&1 || [ $? = 1 ] || { cat "$dir/$name.txt" "$dir/$name.log" >&2; exit 1; }
  [ -z "$profiler" ] || wait "$profiler" || cat "$dir/pprof.log" >&2
  unset BENCH_PROFILE
  kill "$server" && wait "$server" 2>/dev/null || true
  server=
  rm -rf "$dir/data-$port"
}

while read -r scenario people servers time <&3; do
  wanted "$scenario" || continue
  for s in ${servers//,/ }; do
    meeting "$scenario" "$people" "$s" "${time:-}"
  done
done 3< <($matrix)
node scripts/bench-table.mjs "$dir" $write
