#!/bin/bash
# Every flow of the seed documents that a client can drive, against the real daemon; and every
# message of it decoded by tshark without a malformed packet, an expert complaint or an unknown AVP.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

hss_init
subscribers_add
hss_start

# -q would hide the line that says that the capture runs.
tshark -i lo -f "tcp port $PORT" -w "$TMP/run.pcap" >"$TMP/tshark.out" 2>&1 &
TSHARK_PID=$!
wait_for "tshark captures" grep -q "Capturing on" "$TMP/tshark.out"
wait_for "the capture file has its header" test -s "$TMP/run.pcap"

"${SCSCF_C[@]}" run all --other-impu sip:bob@home.example >"$TMP/run.out" || {
	cat "$TMP/run.out"
	fail "scscf run all"
}
grep -E '^(PASS|FAIL)|passed' "$TMP/run.out"
pass "scscf run all: $(tail -n 1 "$TMP/run.out")"

kill -INT "$TSHARK_PID"
wait "$TSHARK_PID" || true
decode() {
	tshark -r "$TMP/run.pcap" -d "tcp.port==$PORT,diameter" "$@" 2>/dev/null
}
count=$(decode -Y diameter -T fields -e diameter.cmd.code | tr ',' '\n' | grep -c '^30[0-3]$')
[ "$count" -gt 100 ] || fail "only $count Cx messages were captured"
pass "tshark saw $count Cx messages"
decode -Y '_ws.malformed || diameter.avp.unknown || _ws.expert.severity >= 0x600000' >"$TMP/bad"
decode -V -Y diameter >"$TMP/verbose"
grep -E 'Unknown AVP|\[Malformed|Unknown \(|\[Expert Info \((Warn|Error)' "$TMP/verbose" >>"$TMP/bad" || true
[ ! -s "$TMP/bad" ] || {
	head -n 20 "$TMP/bad"
	fail "tshark complains"
}
pass "tshark has no complaint"
hss_stop
done_line
