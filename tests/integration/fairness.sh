#!/bin/bash
# One peer does not take what belongs to the others, and one that comes back is served at once.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

hss_init
subscribers_add
hss_start
for case in reconnect deaf flood; do
	python3 "$TESTS/integration/fairness.py" "$PORT" "$REALM" "$IMPI" "$IMPU" "$SCSCF_NAME" "$case" >"$TMP/out" 2>&1 || {
		cat "$TMP/out"
		fail "$case"
	}
	pass "$(sed -n 's/^ok //p' "$TMP/out")"
done
hss_stop
done_line
