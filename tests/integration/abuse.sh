#!/bin/bash
# Messages that are right by themselves and mean harm: nobody is deregistered, taken, starved or led to an old SQN by them.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
export PYTHONPATH="$TESTS/interop/kamailio" PYTHONDONTWRITEBYTECODE=1

# abuse CASE [ARGUMENT]: what abuse.py says of it is in $TMP/out.
abuse() {
	python3 "$TESTS/integration/abuse.py" "$PORT" "$REALM" "$IMPI" "$IMPU" "$SCSCF_NAME" "$TMP/alice.secrets" "$@" \
		>"$TMP/out" 2>&1 || {
		cat "$TMP/out"
		fail "abuse $*"
	}
}

# harmless CASE [ARGUMENT]: the same, and the store is afterwards what it was before.
harmless() {
	local before
	before=$(store_digest)
	abuse "$@"
	[ "$(store_digest)" = "$before" ] || fail "$* changed the store"
	pass "$(sed -n 's/^ok //p' "$TMP/out")"
}

# allowed CASE [ARGUMENT]: this one may change it.
allowed() {
	abuse "$@"
	pass "$(sed -n 's/^ok //p' "$TMP/out")"
}

# registration MEMBER: of the user, as hssctl shows it.
registration() {
	"${HSSCTL_C[@]}" registration show "$IMPU" | sed -n "s/^.*$1: //p"
}

hss_init
subscribers_add
hss_start

harmless uar -5003
abuse prepare registered
harmless failures
[ "$(registration state)" = registered ] || fail "the user is no longer registered"
harmless uar 2001
for state in registered unregistered pending reassign; do
	abuse prepare "$state"
	harmless takeover "$state"
done
abuse prepare pending
allowed pending
abuse prepare registered
allowed replay

# The log keeps its measure too.
abuse captured
auts=$(cat "$TMP/out") began=$SECONDS
harmless wrong-mac "$auts"
lines=$(grep -c "MAC-S is wrong" "$NODE/hss.log") || true
[ "$lines" -ge 1 ] && [ "$lines" -le $((100 * (SECONDS - began + 2))) ] || fail "$lines lines about wrong AUTS"
left_out() {
	abuse quiet
	grep -q "lines about requests were left out" "$NODE/hss.log"
}
[ "$lines" -eq 2000 ] || wait_for "the log says how many lines it lacks" left_out
pass "$lines lines of the log say so, and one how many it lacks"

# Ever new S-CSCFs, through an agent: the database keeps its measure.
hss_stop
cp "$NODE/hss.conf" "$TMP/hss.conf"
echo "peer \"*.$REALM\" { role = \"any\" proxy_for = {\"*.cscf1.$REALM\"} }" >>"$NODE/hss.conf"
hss_start
abuse prepare none
allowed names 3000
rows=$(sqlite3 -readonly "$NODE/hss.db" "SELECT max((SELECT count(*) FROM scscf), (SELECT count(*) FROM diameter_peer))")
[ "$rows" -lt 1500 ] || fail "$rows S-CSCFs or their hosts are kept, of 3000 that are gone"
"${HSSCTL_C[@]}" db check >"$TMP/out" || fail "db check: $(cat "$TMP/out")"
pass "of 3000 S-CSCFs with hosts $rows are kept"

# auth_rate
hss_stop
mv "$TMP/hss.conf" "$NODE/hss.conf"
hss_start
abuse prepare registered
hss_stop
echo 'auth_rate = "20/3600"' >>"$NODE/hss.conf"
hss_start
allowed rate 20
[ "$(registration auth_vectors)" = 20 ] || fail "$(registration auth_vectors) vectors are counted"
hss_stop KILL
hss_start
harmless refused
[ "$(registration state)" = registered ] || fail "auth_rate ended a registration"
hss_stop
done_line
