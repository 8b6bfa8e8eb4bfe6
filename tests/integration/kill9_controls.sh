#!/bin/bash
# Whether kill9.sh would see what it looks for: the same kills with an HSS that has a fault built in (tests/support/
# faults.h). An SQN has to come twice within a few rounds.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

MODULE=$BUILD/tests/hss_faulty.fdx

# one_round: kill the HSS under load; its SQNs are appended to $TMP/sqn.log. False when storm saw a fault.
one_round() {
	local before status=0
	before=$(wc -l <"$TMP/sqn.log")
	hss_start
	"${SCSCF_C[@]}" storm --count 100000 --requesters 16 --vectors 2 --sqn-log "$TMP/sqn.log" --allow-loss \
		>"$TMP/storm.out" 2>&1 &
	LOAD_PID=$!
	LOAD_GOAL=$((before + 2000))
	wait_for "vectors arrive" goal_reached
	hss_stop KILL
	wait "$LOAD_PID" || status=$?
	[ "$status" -eq 0 ]
}

goal_reached() { [ "$(wc -l <"$TMP/sqn.log")" -gt "$LOAD_GOAL" ] || ! kill -0 "$LOAD_PID" 2>/dev/null; }

twice() { sort -n "$TMP/sqn.log" | uniq -d | wc -l; }

# control FAULT ROUNDS: how many rounds it took until an SQN came twice; 0: it never did.
control() {
	local round
	: >"$TMP/sqn.log"
	for round in $(seq "$2"); do
		if ! QUINTET_TEST_FAULT=$1 one_round || [ "$(twice)" -gt 0 ]; then
			echo "$round"
			return
		fi
	done
	echo 0
}

hss_init
subscribers_add
sed -i "s#\"[^\"]*/hss.fdx\"#\"$MODULE\"#" "$NODE/freeDiameter.conf"
grep -q "$MODULE" "$NODE/freeDiameter.conf" || fail "the faulty module is not the one that is loaded"

control none 2 >"$TMP/rounds"
[ "$(cat "$TMP/rounds")" = 0 ] || fail "an SQN came twice without a fault: $(cat "$TMP/storm.out")"
pass "without a fault: $(wc -l <"$TMP/sqn.log") SQNs, none twice"
for fault in answer-before-commit:50 sqn-after-answer:50; do
	control "$fault" 5 >"$TMP/rounds"
	[ "$(cat "$TMP/rounds")" != 0 ] || fail "$fault: no SQN came twice"
	[ "$(twice)" -gt 0 ] || fail "$fault: storm ended with an error, but not for an SQN that came twice"
	pass "$fault: $(twice) SQNs came twice, seen in round $(cat "$TMP/rounds")"
done
done_line
