#!/bin/bash
# R20, R21: kill -9 under load and restart, fifty times (ten under a sanitizer), while cxbench registers, re-registers, asks and deregisters 200
# subscribers on four connections. It recomputes every vector and keeps what was acknowledged: no SQN twice and none back
# over all of it, no acknowledged state lost, and the database sound after each kill. kill9_controls.sh shows that these
# checks can fail.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
CXBENCH=$BUILD/tools/cxbench/cxbench
ROUNDS=$(of_rounds 50 10)

hss_init
"$CXBENCH" --make-subscribers 200 --realm "$REALM" --output "$TMP/s.csv"
"${HSSCTL_C[@]}" subscriber import "$TMP/s.csv" >/dev/null
: >"$TMP/sqn.log"
hss_start
"$CXBENCH" --subscribers "$TMP/s.csv" --command mix --vectors 2 --connections 4 --window 64 --reconnect --allow-loss \
	--sqn-log "$TMP/sqn.log" --seconds 500 "127.0.0.1:$PORT" >"$TMP/bench.out" 2>"$TMP/bench.err" &
BENCH_PID=$!

goal_reached() {
	kill -0 "$BENCH_PID" 2>/dev/null || {
		cat "$TMP/bench.out" "$TMP/bench.err" >&2
		fail "cxbench ended early"
	}
	[ "$(wc -l <"$TMP/sqn.log")" -gt "$goal" ]
}

for round in $(seq "$ROUNDS"); do
	goal=$(($(wc -l <"$TMP/sqn.log") + 300 + 20 * round))
	wait_for "vectors arrive in round $round" goal_reached
	hss_stop KILL
	"${HSSCTL_C[@]}" db check >"$TMP/check.out" || {
		cat "$TMP/check.out"
		fail "round $round: the database is not sound"
	}
	hss_start
done
goal=$(($(wc -l <"$TMP/sqn.log") + 1000))
wait_for "vectors arrive after the last kill" goal_reached
kill -TERM "$BENCH_PID"
status=0
wait "$BENCH_PID" || status=$?
if [ "$status" -ne 0 ]; then
	cat "$TMP/bench.out" "$TMP/bench.err" >&2
	fail "cxbench found faults: status $status"
fi
twice=$(sort "$TMP/sqn.log" | uniq -d | wc -l)
[ "$twice" -eq 0 ] || fail "$twice SQNs came twice"
grep -E '^(sent|vectors|faults):' "$TMP/bench.out"
pass "$ROUNDS kills, $(wc -l <"$TMP/sqn.log") SQNs, none twice, no acknowledged state lost"
hss_stop
"${HSSCTL_C[@]}" db check >/dev/null || fail "the database is not sound at the end"
pass "the database is sound after each kill and at the end"
done_line
