#!/bin/bash
# R20: 16 requesters ask vectors for one IMPI at once, 10,000 MARs: no SQN twice, ascending in each array.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

hss_init
subscribers_add
hss_start
"${SCSCF_C[@]}" storm --count 10000 --requesters 16 --vectors 3 --sqn-log "$TMP/sqn.log" || fail "storm"
n=$(wc -l <"$TMP/sqn.log")
[ "$n" -eq 30000 ] || fail "$n SQNs instead of 30000"
[ "$(sort -n "$TMP/sqn.log" | uniq -d | wc -l)" -eq 0 ] || fail "an SQN came twice"
pass "10,000 MARs, 30,000 vectors, no SQN twice"

# The check itself must be able to fail.
cp "$TMP/sqn.log" "$TMP/doubled.log"
last=$(sort -n "$TMP/sqn.log" | tail -n 1)
next=$(((last / 32 + 1) * 32 + last % 32))
echo "$next" >>"$TMP/doubled.log"
if "${SCSCF_C[@]}" storm --count 1 --requesters 1 --sqn-log "$TMP/doubled.log" >"$TMP/out" 2>&1; then
	fail "storm does not see an SQN that its log has already"
fi
pass "an SQN that came before is reported"
hss_stop
done_line
