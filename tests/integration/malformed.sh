#!/bin/bash
# MARs that are malformed in every way the issue of robustness names: the right result code with Failed-AVP, the HSS
# lives, and a refusal changes nothing in the store.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

hss_init
# Each connection has a name of its own, the MARs are of the S-CSCF behind it.
echo "peer \"*.$REALM\" { role = \"any\" proxy_for = {\"$SCSCF_ID\"} }" >>"$NODE/hss.conf"
subscribers_add
hss_start
malformed() {
	python3 "$TESTS/integration/malformed.py" "$PORT" "$SCSCF_ID" "$REALM" "$IMPI" "$IMPU" "$SCSCF_NAME" "$@"
}
malformed >"$TMP/out" || {
	cat "$TMP/out"
	fail "malformed MARs"
}
pass "$(grep -c '^ok' "$TMP/out") malformed or odd MARs"

before=$(store_digest)
malformed refusals >"$TMP/out" || {
	cat "$TMP/out"
	fail "refusals"
}
[ "$(store_digest)" = "$before" ] || fail "a refused MAR changed the store"
pass "$(grep -c '^ok' "$TMP/out") refusals left the store as it was"
malformed >"$TMP/out"
[ "$(store_digest)" != "$before" ] || fail "the digest does not see a change of the store"
hss_stop
done_line
