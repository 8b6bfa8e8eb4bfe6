#!/bin/bash
# hssctl against a running daemon, through its admin socket: the same behaviour as without one, beside traffic.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

hss_init
subscribers_add
hss_start

"$TESTS/integration/hssctl.sh" "$HSSCTL" online "$NODE" >"$TMP/out" 2>&1 || {
	tail -n 20 "$TMP/out"
	fail "hssctl against the running HSS"
}
pass "hssctl behaves the same through the admin socket"

count() { "${HSSCTL_C[@]}" subscriber count | sed -n 's/^count: //p'; }
before=$(count)
many=$(of_rounds 8000 4000)
# Many subscribers come in while an IMPI is authenticated without a break.
python3 -c '
import secrets, sys
print("impi,impus,opc,k")
for i in range(int(sys.argv[1])):
    print("u%d@home.example,sip:u%d@home.example tel:+1555%07d,%s,%s" % (i, i, i, secrets.token_hex(16), secrets.token_hex(16)))
' "$many" >"$TMP/many.csv"
"${SCSCF_C[@]}" storm --count 1000000 --requesters 4 --sqn-log "$TMP/sqn.log" --allow-loss >"$TMP/storm.out" 2>&1 &
storm=$!
arrived() { [ -s "$TMP/sqn.log" ]; }
wait_for "vectors arrive" arrived
"${HSSCTL_C[@]}" subscriber import "$TMP/many.csv" >"$TMP/import.out" 2>&1 || {
	cat "$TMP/import.out"
	fail "import beside traffic"
}
kill -0 "$storm" || fail "the load ended before the import did"
hss_stop
wait "$storm" || {
	cat "$TMP/storm.out"
	fail "the load beside the import"
}
grep -q ' 0 refused, 0 bad, 0 repeated, 0 unordered, 0 gone back' "$TMP/storm.out" || {
	cat "$TMP/storm.out"
	fail "a request failed beside the import"
}
[ "$(count)" -eq $((before + many)) ] || fail "$(count) subscribers instead of $many more than $before"
pass "$many subscribers imported beside $(wc -l <"$TMP/sqn.log") vectors, no request failed"
done_line
