#!/bin/bash
# What S-CSCFs of other makers send that TS 29.229 does not say or says otherwise, built by scapy. tshark has no complaint
# but that it does not know the AVP that Kamailio made up.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"

hss_init
subscribers_add
hss_start
capture_start

status=0
python3 "$TESTS/interop/interworking.py" "$PORT" "$REALM" "$TMP/alice.secrets" "${HSSCTL_C[@]}" \
	>"$TMP/run.out" 2>"$TMP/run.err" || status=$?
cat "$TMP/run.out"
[ "$status" -eq 0 ] || {
	cat "$TMP/run.err" >&2
	fail "$status cases of interworking"
}
pass "$(grep -c ^ok "$TMP/run.out") cases of interworking, by scapy"

capture_end 100 'Unknown AVP 494 |Unknown Vendor'
hss_stop
done_line
