#!/bin/bash
# R20, R21: kill -9 under load and restart, ten times: no SQN twice over all of it, and a registration that was
# acknowledged is there afterwards.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

hss_init
subscribers_add
: >"$TMP/sqn.log"
for round in $(seq 10); do
	hss_start
	"${SCSCF_C[@]}" storm --count 100000 --requesters 16 --vectors 2 --sqn-log "$TMP/sqn.log" --allow-loss \
		>"$TMP/storm.out" 2>&1 &
	storm=$!
	before=$(wc -l <"$TMP/sqn.log")
	more() { [ "$(wc -l <"$TMP/sqn.log")" -gt $((before + 500 * round)) ]; }
	wait_for "vectors arrive" more
	hss_stop KILL
	wait "$storm" || {
		status=$?
		cat "$TMP/storm.out"
		fail "round $round: storm found a fault, status $status"
	}
done
twice=$(sort -n "$TMP/sqn.log" | uniq -d | wc -l)
[ "$twice" -eq 0 ] || fail "$twice SQNs came twice"
pass "ten kills, $(wc -l <"$TMP/sqn.log") SQNs, none twice"

hss_start
"${SCSCF_C[@]}" register >"$TMP/register.out" || {
	cat "$TMP/register.out"
	fail "registration after the kills"
}
hss_stop KILL
hss_start
"${HSSCTL_C[@]}" registration show "$IMPU" >"$TMP/state"
grep -q '^registrations\.1\.state: registered$' "$TMP/state" && grep -qF "$SCSCF_NAME" "$TMP/state" || {
	cat "$TMP/state"
	fail "the acknowledged registration is lost"
}
pass "an acknowledged registration survives kill -9"
hss_stop
[ "$(sqlite3 "$NODE/hss.db" 'PRAGMA integrity_check')" = ok ] || fail "the database is damaged"
pass "the database is sound"
done_line
