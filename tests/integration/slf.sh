#!/bin/bash
# An SLF: a node with a map in place of subscribers, which redirects every Cx request to the HSS of its identity. Each
# kind of rule, unmapped identities, faults in the map, tshark as a judge, and what hssctl says of such a node.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

SLF_ID=slf.$REALM
PORT=$(free_port)
"$HSSCTL" init "$NODE" --slf --identity "$SLF_ID" --realm "$REALM" --listen 127.0.0.1 --port "$PORT" \
	--peer "*.$REALM" >"$TMP/init.out"
HSSCTL_C=("$HSSCTL" -c "$NODE/hss.conf")

for file in hss.db master.key; do
	[ ! -e "$NODE/$file" ] || fail "an SLF was given $file"
done
"${HSSCTL_C[@]}" conf check | grep -qx "rules: 1" || fail "the map that init makes cannot be read"
"${HSSCTL_C[@]}" slf lookup "$IMPU" | grep -qx "redirect_host: aaa://hss1.$REALM:3868;transport=tcp" ||
	fail "the map that init makes leads to another HSS"
"$HSSCTL" init "$TMP/other" --slf --identity "$SLF_ID" --realm "$REALM" --default-scscf "$SCSCF_NAME" \
	>"$TMP/out" 2>&1 && fail "an SLF takes a default S-CSCF"
pass "hssctl init --slf makes an SLF"

cat >"$NODE/slf.conf" <<MAP
hss one hss1.$REALM
hss two hss2.$REALM:3870;transport=sctp aaas://hss2b.$REALM
hss three aaa://hss3.$REALM:3868;transport=tcp

usage all_user 120
identity $IMPU two
identity $IMPI two
usage dont_cache
number +4930000-+4930999 three
number +4930100-+4930199 one
number +4930*x one
MAP
expect_fault() {
	local status=0
	"${HSSCTL_C[@]}" conf check >"$TMP/out" 2>&1 || status=$?
	[ "$status" = 1 ] || fail "conf check ended with $status instead of 1"
	grep -qF "$NODE/slf.conf:$1: $2" "$TMP/out" || fail "conf check says $(cat "$TMP/out")"
	"${HSSCTL_C[@]}" slf lookup "$IMPU" >"$TMP/out" 2>&1 && fail "slf lookup takes a faulty map"
	grep -qF "$NODE/slf.conf:$1: $2" "$TMP/out" || fail "slf lookup says $(cat "$TMP/out")"
	# shellcheck disable=SC2046 # a list of words
	env $(daemon_env) freeDiameterd -c "$NODE/freeDiameter.conf" >"$TMP/out" 2>&1 &
	HSS_PID=$!
	wait_for "the daemon names the fault" grep -qF "$NODE/slf.conf:$1: $2" "$TMP/out"
	wait "$HSS_PID" 2>/dev/null && fail "the daemon takes a faulty map"
	HSS_PID=
}
expect_fault 11 "+4930*x is neither FIRST-LAST"
sed -i 's/^number +4930\*x one$/realm corp.example four/' "$NODE/slf.conf"
expect_fault 11 'no line "hss four ..." stands above'
sed -i 's/^realm corp.example four$/defualt one/' "$NODE/slf.conf"
expect_fault 11 "'defualt' is none of"
rm "$NODE/slf.conf"
"${HSSCTL_C[@]}" conf check >"$TMP/out" 2>&1 && fail "a missing map is taken"
grep -qF "$NODE/slf.conf: No such file" "$TMP/out" || fail "conf check says $(cat "$TMP/out")"
pass "a fault in the map is named with file and line, by hssctl and by the daemon"

cat >"$NODE/slf.conf" <<MAP
# The map that slf_wire.py knows.
hss one hss1.$REALM
hss two hss2.$REALM:3870;transport=sctp aaas://hss2b.$REALM
hss three hss3.$REALM

usage all_user 120
identity $IMPU two
identity $IMPI two
usage dont_cache
number +493000-+493099 one
number +4930000-+4930999 three
number +4940* one
number 001010000000000-001010000000099 one
realm *.corp.example three one
expression sip:(info|help)-[0-9]+@$REALM one
# below the rule that matches it already
identity sip:info-7@$REALM two
MAP
"${HSSCTL_C[@]}" conf check | grep -qx "rules: 9" || fail "conf check"
"${HSSCTL_C[@]}" slf lookup 'tel:+49 30 123' 2>"$TMP/out" && fail "an identity with blanks is taken"
"${HSSCTL_C[@]}" slf lookup tel:+49-30-123 >"$TMP/out" || fail "slf lookup"
cmp -s - "$TMP/out" <<OUT || fail "slf lookup says $(cat "$TMP/out")"
identity: tel:+4930123
rule: number
pattern: +4930000-+4930999
line: 11
redirect_host: aaa://hss3.$REALM:3868;transport=tcp
redirect_host_usage: dont_cache
redirect_max_cache_time: 0
OUT
"${HSSCTL_C[@]}" slf lookup sip:info-7@"$REALM" | grep -qx "line: 15" || fail "the first rule does not decide"
"${HSSCTL_C[@]}" slf lookup bob@x.example >"$TMP/out" 2>&1 && fail "an unmapped identity is found"
grep -q "no rule leads bob@x.example to an HSS" "$TMP/out" || fail "slf lookup says $(cat "$TMP/out")"
pass "hssctl slf lookup shows the rule"

cat >>"$NODE/hss.conf" <<CONF
peer "wire.$REALM" { role = "any" }
peer "$SCSCF_ID" { role = "any" }
peer "icscf.$REALM" { role = "I-CSCF" }
CONF
umask 022
ulimit -c "$(ulimit -Hc)"
hss_start
grep -q "ready: an SLF with the 9 rules of $NODE/slf.conf" "$NODE/hss.log" || fail "the daemon is no SLF"
for file in hss.db master.key admin.sock; do
	[ ! -e "$NODE/$file" ] || fail "the SLF made $file"
done
for command in "subscriber list" "registration show $IMPU" "db check" "db backup $TMP/copy"; do
	# shellcheck disable=SC2086 # words
	"${HSSCTL_C[@]}" $command >"$TMP/out" 2>&1 && fail "$command works on an SLF"
	grep -q "slf_map makes this node an SLF: it has no subscribers" "$TMP/out" || fail "$command: $(cat "$TMP/out")"
done
pass "the SLF has no database, no key and no admin socket, and hssctl says so"

grep -qx $'Umask:\t0077' "/proc/$HSS_PID/status" || fail "others could read what the SLF makes"
grep -qE '^Max core file size +0 +0 ' "/proc/$HSS_PID/limits" || fail "the SLF could leave a core file"
pass "an SLF leaves no core file, and files of it are for it alone"

tshark -i lo -f "tcp port $PORT" -w "$TMP/run.pcap" >"$TMP/tshark.out" 2>&1 &
TSHARK_PID=$!
wait_for "tshark captures" grep -q "Capturing on" "$TMP/tshark.out"
wait_for "the capture file has its header" test -s "$TMP/run.pcap"

PYTHONDONTWRITEBYTECODE=1 python3 "$TESTS/integration/slf_wire.py" "$PORT" "$SLF_ID" "$REALM" >"$TMP/wire.out" || {
	cat "$TMP/wire.out"
	fail "slf_wire.py"
}
[ "$(grep -c '^ok' "$TMP/wire.out")" = 21 ] || fail "slf_wire.py made $(grep -c '^ok' "$TMP/wire.out") checks"
pass "every rule leads to its HSSs, with one result, E bit and cache time"

SCSCF_C=("$SCSCF" --hss "127.0.0.1:$PORT" --hss-identity "$SLF_ID" --identity "$SCSCF_ID" --realm "$REALM"
	--server-name "$SCSCF_NAME" --impi "$IMPI" --impu "$IMPU")
"${SCSCF_C[@]}" uar >"$TMP/out" && fail "a redirect is no success"
cat >"$TMP/wanted" <<OUT
Result-Code: 3006 DIAMETER_REDIRECT_INDICATION
Redirect-Host: aaa://hss2.$REALM:3870;transport=sctp
Redirect-Host: aaas://hss2b.$REALM:5658;transport=tcp
Redirect-Host-Usage: 6 ALL_USER
Redirect-Max-Cache-Time: 120 s
User-Name: $IMPI
Public-Identity: $IMPU
OUT
cmp -s "$TMP/wanted" "$TMP/out" || fail "scscf says $(cat "$TMP/out")"
"${SCSCF_C[@]}" lir --json >"$TMP/out" && fail "a redirect is no success"
grep -q '"Redirect-Host-Usage": *"DONT_CACHE"' "$TMP/out" || fail "scscf says $(cat "$TMP/out")"
pass "scscf shows a redirect in words"

"${SCSCF_C[@]}" --identity "icscf.$REALM" uar >"$TMP/out" && fail "a redirect is no success"
grep -q "^Result-Code: 3006" "$TMP/out" || fail "an I-CSCF's UAR: $(cat "$TMP/out")"
"${SCSCF_C[@]}" --identity "icscf.$REALM" mar >"$TMP/out" && fail "a refusal is no success"
grep -qx "Error-Message: peer icscf.$REALM may not send MAR" "$TMP/out" || fail "an I-CSCF's MAR: $(cat "$TMP/out")"
grep -q "Redirect-Host" "$TMP/out" && fail "a peer that may not ask is told the HSS"
pass "what a peer may not send an SLF refuses as an HSS does"

decode() {
	tshark -r "$TMP/run.pcap" -d "tcp.port==$PORT,diameter" "$@" 2>/dev/null
}
# The capture lags behind what it captures.
all_captured() {
	count=$(decode -Y 'diameter.Result-Code == 3006 && diameter.flags.error == 1' -T fields -e diameter.cmd.code |
		tr ',' '\n' | grep -c '^30[0-3]$') || true
	[ "$count" -ge 18 ]
}
wait_for "all redirects are captured" all_captured
kill -INT "$TSHARK_PID"
wait "$TSHARK_PID" || true
[ "$count" = 18 ] || fail "tshark saw $count redirects"
decode -Y '_ws.malformed || diameter.avp.unknown || _ws.expert.severity >= 0x600000' >"$TMP/bad"
decode -V -Y 'diameter.applicationId == 16777216 && diameter.flags.request == 0' >"$TMP/verbose"
grep -E 'Unknown AVP|\[Malformed|Unknown \(|\[Expert Info \((Warn|Error)' "$TMP/verbose" >>"$TMP/bad" || true
[ ! -s "$TMP/bad" ] || {
	head -n 20 "$TMP/bad"
	fail "tshark complains"
}
pass "tshark saw $count redirects and has no complaint"
hss_stop

# An HSS with the subscriber, an SLF that leads to it, and a client that is told to follow.
SLF_NODE=$NODE
SLF_PORT=$PORT
NODE=$TMP/hss
hss_init
subscribers_add
hss_start
REAL_HSS_PID=$HSS_PID
REAL_HSS_PORT=$PORT
NODE=$SLF_NODE
PORT=$SLF_PORT
printf 'hss down down.%s\nhss real %s\nidentity %s down real\ndefault down\n' "$REALM" "$HSS_ID" "$IMPU" \
	>"$NODE/slf.conf"
hss_start
FOLLOW_C=("${SCSCF_C[@]}" --hss "127.0.0.1:$SLF_PORT" --hss-identity "$SLF_ID")
"${FOLLOW_C[@]}" register >"$TMP/out" 2>&1 && fail "a redirect is followed although nobody said so"
FOLLOW_C+=(--at "down.$REALM=127.0.0.1:$(free_port)" --at "$HSS_ID=127.0.0.1:$REAL_HSS_PORT")
"${FOLLOW_C[@]}" register >"$TMP/out" || fail "register through the SLF: $(cat "$TMP/out")"
"$HSSCTL" -c "$TMP/hss/hss.conf" registration show "$IMPU" | grep -q 'state: registered' ||
	fail "the HSS behind the SLF did not register the user"
pass "scscf follows a redirect to the first HSS that it can reach, and registers there"
"${FOLLOW_C[@]}" --impu "$IMPU2" --impi other@"$REALM" uar >"$TMP/out" 2>&1 && fail "an unreachable HSS answers"
grep -q "none of the 1 hosts of a redirect can be reached, the first is aaa://down.$REALM:3868" "$TMP/out" ||
	fail "scscf says $(cat "$TMP/out")"
pass "scscf says that no host of a redirect can be reached"
hss_stop
NODE=$TMP/hss
HSS_PID=$REAL_HSS_PID
hss_stop
done_line
