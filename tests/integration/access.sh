#!/bin/bash
# What each Diameter peer may do: commands, S-CSCF names, Origin-Hosts and rates of the peer sections. What is refused
# changes nothing. And extensions that print keys are named at the start.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

ICSCF_ID=icscf.$REALM
ANY_ID=any.$REALM

wire() {
	python3 "$TESTS/integration/access_wire.py" "$PORT" "$REALM" "$IMPI" "$IMPU" "$SCSCF_NAME" "$1" >"$TMP/out" 2>&1 || {
		cat "$TMP/out"
		fail "access_wire.py $1"
	}
	[ "$(grep -c '^ok' "$TMP/out")" -gt 0 ] || fail "access_wire.py $1 did nothing"
}

# as IDENTITY ARGUMENT...: the companion under another Diameter identity.
as() {
	local identity=$1
	shift
	"${SCSCF_C[@]}" --identity "$identity" "$@" >"$TMP/out" 2>&1
}

# refused WORDS IDENTITY ARGUMENT...: 5003 in Result-Code with these words, and the store is as it was.
refused() {
	local words=$1 before
	shift
	before=$(store_digest)
	as "$@" && fail "not refused: $*"
	grep -qx "Result-Code: 5003 DIAMETER_AUTHORIZATION_REJECTED" "$TMP/out" || fail "$*: $(cat "$TMP/out")"
	grep -qF "Error-Message: $words" "$TMP/out" || fail "$*: $(cat "$TMP/out")"
	[ "$(store_digest)" = "$before" ] || fail "a refused request changed the store: $*"
}

granted() {
	as "$@" || fail "$*: $(cat "$TMP/out")"
	grep -qE "^(Result-Code: 2|Experimental-Result: 2)" "$TMP/out" || fail "$*: $(cat "$TMP/out")"
}

unchanged() {
	local before
	before=$(store_digest)
	"$@"
	[ "$(store_digest)" = "$before" ] || fail "a refused request changed the store: $*"
}

hss_init --peer "*.visited.example" --peer "*.elsewhere.example"
subscribers_add

# Without sections: everything, but in the own name.
hss_start
grep -q "hss: no peer section in .*hss.conf: every peer that acl.conf lets in may send every request" "$NODE/hss.log" ||
	fail "no word about the missing sections"
grep -q "hss: the extension" "$NODE/hss.log" && fail "a warning about an extension that prints nothing"
as "$ANY_ID" --quiet register || fail "register: $(cat "$TMP/out")"
before=$(store_digest)
python3 - "$PORT" <<-PY >"$TMP/out" 2>&1 || fail "a forged Origin-Host without sections: $(cat "$TMP/out")"
	import sys
	sys.path.insert(0, "$TESTS/integration")
	from peer import Peer, mar, u32
	with Peer(int(sys.argv[1]), "$ICSCF_ID", "$REALM") as peer:
	    peer.send(mar("$SCSCF_ID", "$REALM", 7, "$IMPI", "$IMPU", "$SCSCF_NAME", 1))
	    assert (268, 0, u32(5003)) in peer.answer()
PY
[ "$(store_digest)" = "$before" ] || fail "a forged Origin-Host changed the store"
as "$ANY_ID" --quiet deregister || fail "deregister: $(cat "$TMP/out")"
hss_stop
pass "without peer sections every peer may send everything in its own name, and the log says so"

cat >>"$NODE/hss.conf" <<CONF
peer "$ICSCF_ID" { role = "I-CSCF" }
peer "$SCSCF_ID" { role = "S-CSCF" server_names = {"$SCSCF_NAME"} }
peer "*.pool.$REALM" { role = "S-CSCF" server_names = {"sip:pool.$REALM"} }
peer "$ANY_ID" { role = "any" }
peer "slow.$REALM" { role = "any" rate = 20 }
peer "agent.visited.example" { role = "any" proxy_for = {"*.visited.example", "$ICSCF_ID"} }
CONF
hss_start
grep -q "hss: no peer section" "$NODE/hss.log" && fail "there are sections"

granted "$ICSCF_ID" uar
granted "$SCSCF_ID" mar
granted "$SCSCF_ID" sar --type REGISTRATION
granted "$ICSCF_ID" lir
granted "$SCSCF_ID" lir
granted "$SCSCF_ID" sar --type RE_REGISTRATION --server-name "SIP:SCSCF.home.example:6060"
pass "an I-CSCF and an S-CSCF may send what is theirs"

refused "peer $ICSCF_ID may not send MAR" "$ICSCF_ID" mar
refused "peer $ICSCF_ID may not send SAR" "$ICSCF_ID" sar --type USER_DEREGISTRATION
refused "peer $SCSCF_ID may not send UAR" "$SCSCF_ID" uar
pass "a command that is not the peer's is refused"

refused "peer $SCSCF_ID may not claim the Server-Name sip:scscf2.$REALM:6060" "$SCSCF_ID" \
	mar --server-name "sip:scscf2.$REALM:6060"
refused "peer $SCSCF_ID may not claim the Server-Name sip:scscf.$REALM:6061" "$SCSCF_ID" \
	sar --type REGISTRATION --server-name "sip:scscf.$REALM:6061"
refused "peer s1.pool.$REALM may not claim the Server-Name $SCSCF_NAME" "s1.pool.$REALM" \
	sar --type USER_DEREGISTRATION
sqlite3 -readonly "$NODE/hss.db" "SELECT host FROM diameter_peer" >"$TMP/peers"
grep -qx "$SCSCF_ID" "$TMP/peers" || fail "the S-CSCF is not in the table of Diameter peers"
grep -q pool "$TMP/peers" && fail "a peer that may not claim its Server-Name has got into the table of Diameter peers"
pass "an S-CSCF name that is not the peer's is refused, and its Diameter name not remembered"

unchanged wire unlisted
pass "a peer without a section may send nothing"
unchanged wire forged
pass "$(grep -c '^ok' "$TMP/out") requests in the name of others are refused"
unchanged wire rate
pass "$(sed -n 's|^ok rate: ||p' "$TMP/out")"
grep -q "hss: peer slow.$REALM: [0-9]* requests beyond its rate answered DIAMETER_TOO_BUSY" "$NODE/hss.log" ||
	fail "no word about the rate"
before=$(store_digest)
wire served
[ "$(store_digest)" != "$before" ] || fail "the digest does not see a change of the store"
pass "a Diameter agent may speak for whom it is told to"
hss_stop
grep -qE "hss: refused to peers: [1-9][0-9]* requests beyond their rates, 18 with another's Origin-Host, 3 without a section, 5 commands, 3 Server-Names" \
	"$NODE/hss.log" || fail "the sum of what was refused: $(grep "refused to peers" "$NODE/hss.log")"
pass "what was refused is counted"

# Extensions that print messages, one before ours and one after. (The log of freeDiameter alone: secret_hunt.sh.)
warned() { grep -q "ERROR.*hss: the extension $1 is loaded, which prints" "$NODE/hss.log"; }
sed -i '1i LoadExtension = "dbg_rt.fdx";' "$NODE/freeDiameter.conf"
echo 'LoadExtension = "dbg_msg_dumps.fdx";' >>"$NODE/freeDiameter.conf"
hss_start
# Lines of one second are limited, and the first second is that of the connection.
"${SCSCF_C[@]}" storm --count 1000000 --requesters 1 --allow-loss >"$TMP/storm.out" 2>&1 &
storm=$!
key_printed() { grep -q "Confidentiality-Key" "$NODE/hss.log"; }
wait_for "dbg_msg_dumps prints a key, as the warning says" key_printed
kill "$storm"
wait "$storm" || true
hss_stop
warned dbg_rt.fdx || fail "no warning about dbg_rt.fdx"
warned dbg_msg_dumps.fdx || fail "no warning about dbg_msg_dumps.fdx"
pass "extensions that print keys are named, wherever they stand in freeDiameter.conf"
done_line
