#!/bin/bash
# More than the HSS can serve, where its disk is what is slow (20 ms a sync, small batches): the excess is answered
# DIAMETER_TOO_BUSY, nothing is lost or wrong, memory does not grow with it, and afterwards all is as before. How much is
# served meanwhile, to what is served otherwise, is printed; tools/bench measures it without the slow disk.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
CXBENCH=$BUILD/tools/cxbench/cxbench

field() {
	tail -n 1 "$TMP/bench.out" | python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"
}

# bench [OPTION]...: a run has to end without a fault.
bench() {
	"$CXBENCH" --subscribers "$TMP/s.csv" --command mar "$@" "127.0.0.1:$PORT" >"$TMP/bench.out" 2>"$TMP/bench.err" || {
		cat "$TMP/bench.out" "$TMP/bench.err" >&2
		fail "cxbench $*"
	}
	[ "$(field outstanding)" = 0 ] || fail "$(field outstanding) requests have no answer"
}

resident() { awk '/^VmRSS:/ { print $2 }' "/proc/$HSS_PID/status"; }

hss_init
printf 'queue_max = 128\nbatch_max = 8\n' >>"$NODE/hss.conf"
fault_disk_init
"$CXBENCH" --make-subscribers 200 --realm "$REALM" --output "$TMP/s.csv"
"${HSSCTL_C[@]}" subscriber import "$TMP/s.csv" >/dev/null
hss_start
echo slow >"$FAULT"

bench --connections 4 --window 16 --seconds 3 --warmup 1
usual=$(field success_rate)
pass "$usual MAR/s with 16 outstanding on a slow disk, none refused"

overload() {
	bench --connections 16 --window 4000 --rate 2000 --seconds 3 --warmup 1 --allow-busy --sqn-log "$TMP/sqn.log"
	[ "$(field busy)" -gt 0 ] || fail "nothing was answered DIAMETER_TOO_BUSY"
	[ "$(field success)" -gt 0 ] || fail "nothing was served"
}
overload
pass "2,000 MAR/s offered: $(field success) served, $(field busy) answered TOO_BUSY; $(field success_rate) a second to $usual"
before=$(resident)
overload
grown=$(($(resident) - before))
[ "$grown" -lt 8192 ] || fail "the same overload again took $grown KiB more"
pass "the same again: $grown KiB more resident, no SQN twice"

rm -f "$FAULT"
bench --connections 4 --window 16 --count 2000 --sqn-log "$TMP/sqn.log"
[ "$(field success)" = 2000 ] || fail "$(field success) of 2000 served after the overload"
pass "afterwards 2,000 MARs, all served"
hss_stop
done_line
