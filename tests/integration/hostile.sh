#!/bin/bash
# Hostile peers on the wire (issue 5): the HSS lives, who is served is served on, who is new gets in, memory returns, and
# the log has no more lines than its limits allow.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

hostile() {
	python3 "$TESTS/integration/hostile.py" "$ROUNDS" "$PORT" "$HSS_PID" "$NODE/hss.log" "$REALM" "$IMPI" "$IMPU" "$SCSCF_NAME" \
		"$@" 2>&1 | tee "$TMP/out"
	[ "${PIPESTATUS[0]}" = 0 ] || fail "hostile peers"
	pass "$(grep -c '^ok' "$TMP/out") times hostile peers"
}

# A second round is for the memory, of which a sanitizer keeps what is freed.
ROUNDS=$(of_rounds 2 1)
shift # what follows the build folder: the attacks, all unless some are named
hss_init
subscribers_add
hss_start
hostile "$@"
hss_stop

# So few descriptors that there are none left to accept with, unless connections are refused before.
if [ $# = 0 ]; then
	ulimit -n 300
	hss_start
	hostile descriptors
	hss_stop
fi
done_line
