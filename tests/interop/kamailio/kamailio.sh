#!/bin/bash
# Debian's Kamailio as I-CSCF and S-CSCF, configured as docs/kamailio.md says, and a UE with an AKA of its own, against the
# real daemon. After each step the registration state is what TS 29.228 says, and tshark has no complaint about the Cx messages.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/../../integration/lib.sh"
HERE=$TESTS/interop/kamailio

free_udp_port() {
	python3 -c 'import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

ICSCF=127.0.0.1:$(free_udp_port)
KAM=$TMP/kamailio
SCSCF_NAME=sip:127.0.0.1:$(free_udp_port)

# node_start NAME: an I-CSCF or S-CSCF in the foreground of a process of its own.
node_start() {
	mkdir -p "$KAM/run-$1"
	kamailio -f "$KAM/$1.cfg" -DD -E -m 32 -Y "$KAM/run-$1" -w "$KAM/run-$1" >"$KAM/$1.log" 2>&1 &
}

# ue_run IMPI IMPU VISITED: a UE with alice's secrets.
ue_run() {
	exec python3 "$HERE/ue.py" --proxy "$ICSCF" --realm "$REALM" --impi "$1" --impu "$2" --visited "$3" \
		--secrets "$TMP/alice.secrets" --trace 2>>"$TMP/ue.trace"
}

# ue COMMAND: what the UE says to it, in ANSWER.
ue() {
	printf '%s\n' "$1" >&"${UE[1]}"
	read -r -t 60 -u "${UE[0]}" ANSWER || nodes_fail "the UE does not answer to: $1"
	ANSWER=${ANSWER#*:}
	ANSWER=${ANSWER# }
}

# expect COMMAND ANSWER WHAT: the UE gets these responses, a regular expression. 401 may come twice: Kamailio sends it before it
# stores the vector, and so has none yet for a UE that answers at once.
expect() {
	ue "$1"
	[[ $ANSWER =~ ^$2$ ]] || nodes_fail "$3: $1 was answered with $ANSWER, not $2"
	pass "$3"
}

nodes_fail() {
	tail -n 30 "$TMP/ue.trace" "$KAM/icscf.log" "$KAM/scscf.log" >&2
	fail "$1"
}

# healthy ADDRESS: the node has its connection to the HSS.
healthy() {
	ue "options sip:$1"
	[ "$ANSWER" = 200 ]
}

unhealthy() {
	! healthy "$1"
}

# refused IMPI IMPU VISITED RESULT WHAT: the HSS gives this result to the UAR of a registration, and the UE gets 403.
refused() {
	local answer
	answer=$(ue_run "$1" "$2" "$3" <<<register)
	[ "$answer" = "register: 403" ] || nodes_fail "$5: $answer"
	grep -q "UAR impi=$1 impu=$2 .*result=$4:" "$NODE/hss.log" || fail "$5: the HSS says something else"
	pass "$5"
}

# hss_says STATE PENDING SCSCF WHAT [IMPU]: what the HSS believes of alice, or of that IMPU.
hss_says() {
	"${HSSCTL_C[@]}" registration show "${5:-$IMPU}" --json >"$TMP/registration.json"
	python3 - "$TMP/registration.json" "$1" "$2" "$3" <<-'PY' || fail "$4"
		import json, sys
		with open(sys.argv[1]) as file:
		    shown = json.load(file)
		one, = shown["registrations"]
		found = (one["state"], "yes" if one["pending"] else "no", shown["scscf_name"] or "-")
		if found != tuple(sys.argv[2:5]):
		    sys.exit("the HSS says %s, not %s" % (found, sys.argv[2:5]))
	PY
	pass "$4"
}

# pushed TEXT: the last push ended like this, an expression for the end of its line in the list.
pushed() {
	"${HSSCTL_C[@]}" push list | tail -n 1 >"$TMP/push"
	grep -qE "$1\$" "$TMP/push"
}

# unreachable: the S-CSCF has nobody to deliver to; it drops its contacts a moment after its RTA.
unreachable() {
	ue "send-at ${SCSCF_NAME#sip:} $IMPU anybody"
	[ "$ANSWER" = 480 ]
}

# gone WHAT: the RTR was obeyed. HSS, I-CSCF and S-CSCF are of one mind.
gone() {
	hss_says "not registered" no - "$1: not registered"
	expect "send $IMPU gone" 480 "$1: refused by the I-CSCF"
	wait_for "$1: the S-CSCF has dropped the contact" unreachable
	ue inbox
	expect "send-at ${SCSCF_NAME#sip:} $IMPU gone" 480 "$1: refused by the S-CSCF"
	expect inbox "" "$1: and nothing is delivered"
	hss_says unregistered no "$SCSCF_NAME" "$1: who asked the S-CSCF itself made it take the user, unregistered (SAR 3)"
}

sqn() {
	"${HSSCTL_C[@]}" registration show "$IMPU" --json |
		python3 -c 'import json, sys; print(json.load(sys.stdin)["registrations"][0]["seq"])'
}

hss_init
cat >>"$NODE/hss.conf" <<-'EOC'
	push_attempts = 2
	push_timeout = 1
	ppr_unanswered = "server-change"
EOC
subscribers_add
OFFICE=sip:alice.office@$REALM
"${HSSCTL_C[@]}" subscriber set "$IMPU" --add-impu "$OFFICE" >/dev/null
hss_start
capture_start

"$HERE/render" "$KAM" REALM="$REALM" HSS=127.0.0.1 HSS_PORT="$PORT" ICSCF="$ICSCF" SCSCF="${SCSCF_NAME#sip:}" TC=2
node_start icscf
ICSCF_PID=$!
node_start scscf
SCSCF_PID=$!
wait_for "Kamailio is up" grep -q "Adding serviced_peer" "$KAM/icscf.log"
wait_for "Kamailio is up" grep -q "Adding serviced_peer" "$KAM/scscf.log"
coproc UE { ue_run "$IMPI" "$IMPU" "$REALM"; }
wait_for "the I-CSCF is connected to the HSS" healthy "$ICSCF"
wait_for "the S-CSCF is connected to the HSS" healthy "${SCSCF_NAME#sip:}"

expect "send $IMPU early" 480 "a MESSAGE to a user who never registered is refused"
expect wrong-response "(401 )+403" "a wrong response is refused"
hss_says "not registered" yes "$SCSCF_NAME" "the authentication is still pending: nobody tells the HSS"
expect "send $IMPU early" 480 "and the user is not reached"
expect register "(401 )+200" "a registration with IMS AKA; CK and IK are the USIM's"
hss_says registered no "$SCSCF_NAME" "registered at the S-CSCF"
expect associated "$OFFICE $IMPU ${IMPU2/+/\\+}" "each identity of the set is registered, though each has a ServiceProfile of its own"
expect "send $IMPU hello alice" 200 "a MESSAGE to the user is delivered"
expect inbox "hello alice" "and was what the UE received"
expect "send $OFFICE hello office" 200 "so is one to another identity of the set"
expect inbox "hello office" "which the UE received as well"
expect register "(401 )+200" "a re-registration"
hss_says registered no "$SCSCF_NAME" "still registered"

expect wrong-response "(401 )+403" "a wrong response of a registered user is refused"
hss_says registered no "$SCSCF_NAME" "a registered user stays registered, whoever fails to authenticate"
expect "send $IMPU still here" 200 "and is reached"

ue "advance 1000000"
before=$(sqn)
expect register "(401 auts )+(401 )+200" "a refused SQN is resynchronised by AUTS"
[ "$(sqn)" -gt $((before + 1000000)) ] || fail "the SQN of the HSS is $(sqn) after a resynchronisation by 1000000 from $before"
hss_says registered no "$SCSCF_NAME" "registered again, with the SQN of the USIM"

hss_stop KILL
wait_for "the I-CSCF has noticed" unhealthy "$ICSCF"
wait_for "the S-CSCF has noticed" unhealthy "${SCSCF_NAME#sip:}"
expect register 480 "nobody can register while the HSS is away"
hss_start
wait_for "the I-CSCF is back" healthy "$ICSCF"
wait_for "the S-CSCF is back" healthy "${SCSCF_NAME#sip:}"
expect "send $IMPU back again" 200 "a registered user is reached after the HSS was killed and started again"
expect register "(401 )+200" "and registers again"
hss_says registered no "$SCSCF_NAME" "registered all the time"

expect deregister "(401 )+200" "a deregistration"
hss_says "not registered" no - "not registered"
expect "send $IMPU gone" 480 "a MESSAGE to a user who is no more registered is refused"
expect "send sip:nobody@$REALM hello" 604 "a MESSAGE to nobody is refused"
expect deregister 403 "a deregistration of who is not registered is refused"
expect register "(401 )+200" "and the user may register again"
hss_says registered no "$SCSCF_NAME" "registered once more"

"${HSSCTL_C[@]}" deregister "$IMPU" --info "gone for good" >/dev/null
wait_for "the S-CSCF has answered the RTR" pushed "RTR done scscf.$REALM .* 1 sent: DIAMETER_SUCCESS"
gone "a user whom the operator deregisters"
expect register "(401 )+200" "and the user may register again"
"${HSSCTL_C[@]}" subscriber set "$IMPU2" --barred yes >/dev/null
wait_for "an RTR has followed the PPR" pushed "RTR done scscf.$REALM .* 1 sent: DIAMETER_SUCCESS"
"${HSSCTL_C[@]}" push list | tail -n 2 | head -n 1 >"$TMP/push"
grep -qE "PPR failed scscf.$REALM .* 2 sent: no answer; an RTR SERVER_CHANGE follows$" "$TMP/push" ||
	fail "the PPR: $(cat "$TMP/push")"
pass "Kamailio answers no PPR, but the RTR in its place"
gone "a user whose profile has changed"
expect register "(401 )+200" "and the user may register again"
expect associated "$OFFICE $IMPU" "with the new profile: one identity is barred now"
hss_says registered no "$SCSCF_NAME" "registered with the new profile"

"${HSSCTL_C[@]}" profile set services --unregistered-services yes >/dev/null
"${HSSCTL_C[@]}" subscriber set "sip:bob@$REALM" --profile services >/dev/null
expect "send sip:bob@$REALM hello" 480 "a MESSAGE to a user with services while not registered goes to the S-CSCF"
hss_says unregistered no "$SCSCF_NAME" "which has told the HSS that this user is served there" "sip:bob@$REALM"

refused "nobody@$REALM" "sip:nobody@$REALM" "$REALM" DIAMETER_ERROR_USER_UNKNOWN "an unknown user is refused"
refused "$IMPI" "sip:bob@$REALM" "$REALM" DIAMETER_ERROR_IDENTITIES_DONT_MATCH "the IMPU of somebody else is refused"
"${HSSCTL_C[@]}" subscriber set "sip:bob@$REALM" --visited partner.example >/dev/null
refused "bob.private@$REALM" "sip:bob@$REALM" elsewhere.example DIAMETER_ERROR_ROAMING_NOT_ALLOWED \
	"a visited network that is not allowed is refused"

ue_stdin=${UE[1]}
exec {ue_stdin}>&-
wait "$UE_PID" || fail "the UE ended in disorder"
for pid in $ICSCF_PID $SCSCF_PID; do
	kill "$pid"
	wait "$pid" || nodes_fail "Kamailio ended in disorder"
done
# The SAR of Kamailio has an AVP of its own, 494 of vendor 50, which no dictionary knows.
capture_end 16 'Unknown AVP 494 |Unknown Vendor'
for code in 300 301 302 303 304; do
	count=$(grep -c "^    Command Code: .*($code)" "$TMP/decoded" || true)
	[ "$count" -ge 4 ] || fail "only $count messages of command $code were captured"
done
# The pushes in the capture: command, whether it is a request, and the Destination-Realm.
tshark -r "$TMP/run.pcap" -d "tcp.port==$PORT,diameter" -Y 'diameter.cmd.code == 304 || diameter.cmd.code == 305' -T fields \
	-E separator=' ' -e diameter.cmd.code -e diameter.flags.request -e diameter.Destination-Realm 2>/dev/null |
	sort | uniq -c | tr -s ' ' >"$TMP/pushes"
printf ' 2 %s\n' "304 0 $REALM" "304 1 $REALM" "305 1 $REALM" | cmp - "$TMP/pushes" || fail "pushes: $(cat "$TMP/pushes")"
pass "two PPRs without a PPA; RTAs with a Destination-Realm"
grep -aoE '<IMSSubscription>.*</IMSSubscription>' "$TMP/run.pcap" >"$TMP/profiles"
count=$(head -n 1 "$TMP/profiles" | grep -o '<ServiceProfile>' | wc -l)
[ "$count" = 3 ] || fail "the first user profile has $count ServiceProfiles for three identities"
pass "a ServiceProfile for each identity"
hss_stop
done_line
