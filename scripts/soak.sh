#!/bin/sh
# The acceptance of the load test: meetings of fifteen in a row, none of which may have a silent track.
#   scripts/soak.sh [MEETINGS [BURSTS]]     20 meetings and 100 bursts when not said otherwise
# Each run is judged by tablee itself (exit status 0: everybody joined, quality met); on a busy machine latency and
# freezes may miss the bar without a silent track, so those are only counted.
set -eu
meetings=${1:-20} bursts=${2:-100}
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
port=${TABLEE_SOAK_PORT:-18099}
CGO_ENABLED=0 go build -trimpath -o "$dir/tablee" ./cmd/tablee
"$dir/tablee" serve --listen "localhost:$port" --data "$dir/data" --media-port 0 --log-level error &
server=$!
trap 'kill $server 2>/dev/null || true; wait $server 2>/dev/null || true; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
until curl -sf "http://localhost:$port/healthz" >/dev/null; do
	kill -0 $server || exit 2
	sleep 0.2
done

field() { # NAME: a number of the report
	sed -n "s/^  \"$1\": \([0-9.]*\),\{0,1\}\$/\1/p" "$dir/report.json" | head -n 1
}
bad=0 missed=0
run() { # SCENARIO COUNT DURATION
	i=0
	while [ $i -lt "$2" ]; do
		i=$((i + 1))
		rm -f "$dir/report.json"
		status=0
		"$dir/tablee" loadtest --scenario "$1" --duration "$3" --seed $i --json "$dir/report.json" \
			"http://localhost:$port/r/soak-$1-$i" >"$dir/said" 2>&1 || status=$?
		silent=$(field tracks_silent) joined=$(field joined)
		if [ "$silent" != 0 ] || [ "$joined" != 15 ] || [ $status -gt 1 ]; then
			bad=$((bad + 1))
			echo "$1 $i: status $status, joined ${joined:-nobody}, silent ${silent:-?} of $(field tracks_expected)"
			cat "$dir/said"
		elif [ $status = 1 ]; then
			missed=$((missed + 1))
		fi
	done
	echo "$1: $2 runs of $3"
}
run meeting "$meetings" 6s
run burst "$bursts" 3s
echo "$bad runs with silent tracks or without everybody; $missed more beyond the quality bar"
[ $bad = 0 ]
