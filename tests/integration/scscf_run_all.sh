#!/bin/bash
# Every flow of the seed documents that a client can drive, against the real daemon; and every
# message of it decoded by tshark without a malformed packet, an expert complaint or an unknown AVP.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

hss_init
subscribers_add
hss_start

capture_start
"${SCSCF_C[@]}" run all --other-impu sip:bob@home.example >"$TMP/run.out" || {
	cat "$TMP/run.out"
	fail "scscf run all"
}
grep -E '^(PASS|FAIL)|passed' "$TMP/run.out"
pass "scscf run all: $(tail -n 1 "$TMP/run.out")"

capture_end 100
hss_stop
done_line
