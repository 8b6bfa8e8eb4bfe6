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
	load_start "$round"
	hss_stop KILL
	load_end "$round"
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
