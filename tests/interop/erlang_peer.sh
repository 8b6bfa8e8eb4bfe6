#!/bin/bash
# Erlang's diameter application as a peer, with a dictionary written from TS 29.229 (erlang/cx.dia): its codec decodes every
# answer without an error, and each says what it has to. tshark has no complaint about any message.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"

hss_init
subscribers_add
"${HSSCTL_C[@]}" subscriber set sip:bob@home.example --visited partner.example >/dev/null
hss_start
capture_start

status=0
escript "$TESTS/interop/erlang/checks.escript" "$PORT" "$REALM" >"$TMP/checks.out" 2>"$TMP/checks.err" || status=$?
cat "$TMP/checks.out"
[ "$status" -eq 0 ] || {
	head -n 30 "$TMP/checks.err" >&2
	fail "Erlang's peer ended with status $status"
}
pass "$(grep -c ^ok "$TMP/checks.out") checks by Erlang's diameter application"

# What is refused comes back in Failed-AVP, and an example of what is missing has no data.
capture_end 100 'Unknown AVP 9999|Unknown \(99\)|Server-Assignment-Type: Unknown|Data is empty'
hss_stop
done_line
