#!/bin/bash
# The settings of sequence numbers against the real daemon (TS 33.102 C.3): profile 1 follows the clock, profile 2 goes on
# from there, ind_range bounds IND; each change takes effect on a live database with the next start.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

# sqn_read: SEQ and IND of the last SQN issued, as stored.
sqn_read() {
	"${HSSCTL_C[@]}" registration show "$IMPI" --json >"$TMP/state.json"
	read -r SEQ IND < <(python3 - "$TMP/state.json" <<-'PY'
		import json, sys
		def found(node):
		    if isinstance(node, dict) and "seq" in node and "ind" in node:
		        return node
		    nodes = node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
		    return next(filter(None, map(found, nodes)), None)
		state = found(json.load(open(sys.argv[1])))
		print(state["seq"], state["ind"])
	PY
	)
}

# clock_shown BEFORE: SEQ is level with the clock of the MAR, mod 2^24, or less than D = 2^16 ahead of it.
clock_shown() {
	local before=$1
	[ $(((SEQ - before) & 0xffffff)) -lt 65536 ] || fail "SEQ $SEQ is not of the time after $before"
}

vectors_ask() {
	"${SCSCF_C[@]}" "$@" >"$TMP/mar.out" || {
		cat "$TMP/mar.out"
		fail "scscf $*"
	}
}

hss_init
subscribers_add
echo 'sqn_profile = 1' >>"$NODE/hss.conf"
hss_start

# A new subscriber goes from SEQ 0 to the clock at once.
before=$(date +%s)
vectors_ask mar --vectors 3
sqn_read
clock_shown "$before"
pass "profile 1: SEQ $SEQ follows the clock"

# What a SEQ that skips must not disturb; the other flows look for a SEQ that counts.
for flow in registration re-registration-mar resynchronisation auts-replay mar-concurrent; do
	vectors_ask run "$flow"
	pass "profile 1: flow $flow"
done
sqn_read
last=$SEQ
hss_stop

# Back to counting, with a range of its own: IND 29 is the last one.
sed -i 's/^sqn_profile = 1$/sqn_profile = 2\nind_range = "28-29"/' "$NODE/hss.conf"
hss_start
vectors_ask mar --vectors 1
sqn_read
[ "$SEQ" = $((last + 1)) ] || fail "SEQ $SEQ after $last"
[ "$IND" = 28 ] || [ "$IND" = 29 ] || fail "IND $IND is not of the range"
pass "profile 2: counts on from where the clock was"
first=$IND
vectors_ask --server-name sip:elsewhere.$REALM:6060 mar --vectors 1
sqn_read
[ "$SEQ" = $((last + 2)) ] || fail "SEQ $SEQ, not $((last + 2))"
[ "$IND" = $((57 - first)) ] || fail "IND $IND after $first for another S-CSCF"
pass "another S-CSCF gets the other IND of the range"
hss_stop

# To the clock again. It may be behind what was issued (mar-concurrent asks for more than one a second): SEQ counts then.
sed -i 's/^sqn_profile = 2$/sqn_profile = 1/' "$NODE/hss.conf"
hss_start
vectors_ask mar --vectors 1
last=$SEQ
sqn_read
[ "$SEQ" -gt "$last" ] || fail "SEQ $SEQ after $last"
pass "profile 1 again: SEQ $SEQ after $last"
hss_stop

# A range that is none: the HSS does not start, and says why.
echo 'ind_range = "30-32"' >>"$NODE/hss.conf"
if "${HSSCTL_C[@]}" conf check >"$TMP/check.out" 2>&1; then
	fail "a range beyond 31 is taken"
fi
grep -q 'hss.conf:[0-9]*: ind_range must be FIRST-LAST within 0-31' "$TMP/check.out" ||
	fail "the complaint about ind_range: $(cat "$TMP/check.out")"
pass "a range beyond 31 is refused with its line"
done_line
