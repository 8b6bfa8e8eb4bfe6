#!/bin/bash
# The ends of the HSS that are not kill -9: SIGTERM under load, SIGTERM while a peer does not read its answers, and a
# database that cannot be written any more. And while it lives, a peer that does not read must not stop the others.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

FLOOD_PID=
flood_stop() {
	[ -n "$FLOOD_PID" ] || return 0
	kill "$FLOOD_PID" 2>/dev/null || true
	wait "$FLOOD_PID" 2>/dev/null || true
	FLOOD_PID=
}
trap 'flood_stop; cleanup' EXIT

flood_start() {
	: >"$TMP/flood.out"
	python3 "$TESTS/integration/flood.py" "$PORT" "$REALM" bob.private@home.example sip:bob@home.example \
		"$SCSCF_NAME" >"$TMP/flood.out" 2>"$TMP/flood.err" &
	FLOOD_PID=$!
}

stopped() { grep -q "hss: stopped" "$NODE/hss.log"; }

# term ERRORS: SIGTERM, and at most so many lines with ERROR. freeDiameter itself waits up to 16 s for a peer that
# does not answer its DPR, and some seconds for its threads.
term() {
	local errors
	kill -TERM "$HSS_PID"
	wait_for "the HSS has stopped" stopped
	hss_stop
	grep "came too late" "$NODE/hss.log" || true
	errors=$(grep -c ERROR "$NODE/hss.log" || true)
	[ "$errors" -le "$1" ] || {
		grep ERROR "$NODE/hss.log" | head -n 20
		fail "$errors lines with ERROR at the end"
	}
}

hss_init
subscribers_add
: >"$TMP/sqn.log"
rounds=$(of_rounds 5 2)
for round in $(seq "$rounds"); do
	hss_start
	load_start "$round"
	term 5
	load_end "$round"
done
twice=$(sort -n "$TMP/sqn.log" | uniq -d | wc -l)
[ "$twice" -eq 0 ] || fail "$twice SQNs came twice"
pass "$rounds times SIGTERM under load, $(wc -l <"$TMP/sqn.log") SQNs, none twice"

# freeDiameter wakes the threads that wait in a queue it destroys, and aborts when they are not gone in time. Here they
# never are.
if [ -z "$(daemon_env)" ]; then
	LD_PRELOAD=$BUILD/tests/liblate_threads.so hss_start
	LD_PRELOAD=$BUILD/tests/liblate_threads.so "${SCSCF_C[@]}" register >"$TMP/register.out" 2>&1 ||
		fail "scscf ended with status $? where freeDiameter aborts"
	grep -q "loops < 20" "$TMP/register.out" || fail "freeDiameter has not aborted in scscf"
	hss_stop
	grep -q "loops < 20" "$NODE/hss.log" || fail "freeDiameter has not aborted"
	pass "SIGTERM where freeDiameter itself aborts: in good order"
fi

hss_start
flood_start
flooding() { grep -q "sent 10000" "$TMP/flood.out"; } # the answers pass what the sockets hold
wait_for "the flood runs" flooding
began=$(date +%s%N)
"${SCSCF_C[@]}" storm --count 300 --requesters 4 --allow-loss >"$TMP/storm.out" 2>&1 || {
	cat "$TMP/storm.out"
	fail "storm beside a peer that does not read"
}
took=$((($(date +%s%N) - began) / 1000000))
cat "$TMP/storm.out"
kill -0 "$FLOOD_PID" 2>/dev/null || {
	cat "$TMP/flood.err"
	fail "the flood ended early"
}
pass "300 MARs beside a peer that does not read: $took ms, $(tail -n 1 "$TMP/flood.out") by it"
flood_stop
hss_stop KILL

hss_start
flood_start
held() { grep -q "is held back" "$NODE/hss.log"; }
wait_for "the connection is held back" held
term 20 # freeDiameter's own, about the connection
flood_stop
pass "SIGTERM while a connection is held back whose peer does not read"

# A limit on the size of a file: a write to the database's log fails, but not for want of space.
hss_start
prlimit --pid "$HSS_PID" --fsize=65536
"${SCSCF_C[@]}" storm --count 100000 --requesters 16 --allow-loss >"$TMP/storm.out" 2>&1 &
storm=$!
wait_for "the HSS has ended because its database failed" stopped
status=0
wait "$HSS_PID" || status=$?
HSS_PID=
wait "$storm" || true # it was refused: DIAMETER_UNABLE_TO_COMPLY
[ "$status" -ne 0 ] || fail "a failed database, but the exit status is 0"
grep "ERROR.*hss: .*$NODE/hss.db" "$NODE/hss.log" || fail "no line names the file"
pass "a failed database ends the HSS with status $status"
hss_start
"${SCSCF_C[@]}" register >"$TMP/register.out" || fail "registration after the failure"
hss_stop
pass "without the limit it serves again"
done_line
