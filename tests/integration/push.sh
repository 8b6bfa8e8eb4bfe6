#!/bin/bash
# What the HSS says by itself: RTR and PPR to the companion S-CSCF, with the outbox between the operator's act and the
# message.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

# scscf_wait FILE [option of scscf]...: register, then wait for pushes; in the background, its words in FILE. Sets WAIT.
scscf_wait() {
	local file=$1
	shift
	"${SCSCF_C[@]}" wait-push --register "$@" >"$file" 2>&1 &
	WAIT=$!
	wait_for "the user is registered" grep -qx waiting "$file"
}

# scscf_end FILE WHAT: it has to have seen what it waited for.
scscf_end() {
	wait "$WAIT" || {
		cat "$1"
		fail "$2: the S-CSCF waited in vain"
	}
}

# said FILE TEXT WHAT: the S-CSCF has said this line.
said() {
	grep -qxF "$2" "$1" || {
		cat "$1"
		fail "$3"
	}
}

# times FILE EXPRESSION N WHAT: it has said such a line so often.
times() {
	[ "$(grep -cE "$2" "$1")" = "$3" ] || {
		cat "$1"
		fail "$4"
	}
}

set_alice() { "${HSSCTL_C[@]}" subscriber set "$@" >/dev/null; }
deregister() { "${HSSCTL_C[@]}" deregister "$@" >/dev/null; }
register() { "${SCSCF_C[@]}" register --quiet >/dev/null || fail "registration"; }

# scscf_back FILE [option of scscf]...: connect again, with no registration; it must get one push.
scscf_back() {
	local file=$1
	shift
	"${SCSCF_C[@]}" wait-push "$@" >"$file" 2>&1 || {
		cat "$file"
		fail "nothing came when the S-CSCF was back"
	}
}

hss_init
cat >>"$NODE/hss.conf" <<-'EOC'
	push_attempts = 3
	push_timeout = 1
EOC
subscribers_add
hss_start
capture_start

scscf_wait "$TMP/out"
deregister "$IMPI" --info "gone for good"
scscf_end "$TMP/out" "deregister"
said "$TMP/out" "RTR of $IMPI for $IMPU $IMPU2, PERMANENT_TERMINATION \"gone for good\": DIAMETER_SUCCESS" "the RTR"
push_is "1 sent: DIAMETER_SUCCESS" "deregister"
state_is "not registered" "deregister"
if "${HSSCTL_C[@]}" deregister "$IMPI" 2>"$TMP/err"; then
	fail "a user who is not registered was deregistered"
fi
grep -q "is not registered" "$TMP/err" || fail "$(cat "$TMP/err")"
"${HSSCTL_C[@]}" push show 1 | grep -qx "info: gone for good" || fail "push show"
"${HSSCTL_C[@]}" push show 1 --json | python3 -c 'import json, sys; p = json.load(sys.stdin)
assert p["kind"] == "RTR" and p["reason"] == "permanent" and len(p["impus"]) == 2, p'
"${HSSCTL_C[@]}" push list --json | python3 -c 'import json, sys; p = json.load(sys.stdin)
assert [x["id"] for x in p] == [1], p'
status=0
"${HSSCTL_C[@]}" push cancel none 2>/dev/null || status=$?
[ "$status" = 2 ] || fail "push cancel none: exit $status"
pass "deregister ends the registration and tells the S-CSCF"

scscf_wait "$TMP/out"
deregister "$IMPU2" --reason server-change
scscf_end "$TMP/out" "deregister by IMPU"
said "$TMP/out" "RTR of $IMPI for $IMPU $IMPU2, SERVER_CHANGE: DIAMETER_SUCCESS" "the RTR by IMPU"
scscf_wait "$TMP/out" --rta 2002 --emergency "$IMPU"
deregister "$IMPI"
scscf_end "$TMP/out" "emergency"
push_is "1 registered for emergency calls, 1 kept Unregistered" "emergency"
state_is "unregistered" "what is registered for emergency calls stays"
pass "SERVER_CHANGE by IMPU; an emergency registration stays Unregistered"

scscf_wait "$TMP/out" --count 5 --verbose
set_alice "$IMPU2" --barred yes
push_is "PPR done .*" "barring"
set_alice "$IMPU" --add-impu sip:alice.new@home.example
push_is "3 PPR done .*|PPR done .*" "an IMPU added"
set_alice "$IMPU" --remove-impu sip:alice.new@home.example
set_alice "$IMPU2" --barred no
printf '{"media_profile": 7}' >"$TMP/profile.json"
"${HSSCTL_C[@]}" profile apply default "$TMP/profile.json" >/dev/null
scscf_end "$TMP/out" "changes"
grep -m 1 "^PPR" "$TMP/out" | grep -q "<BarringIndication>1</BarringIndication><Identity>$IMPU2<" ||
	fail "barring is not in the PPR"
times "$TMP/out" "^PPR of $IMPI, profile .*alice.new" 1 "an IMPU is there between added and removed"
grep "^PPR" "$TMP/out" | tail -n 1 | grep -q "<SubscribedMediaProfileId>7<" || fail "the profile is not in the last PPR"
times "$TMP/out" "^PPR .*: DIAMETER_SUCCESS" 5 "five PPRs"
state_is "registered" "a PPR changes no state"
pass "barring, an IMPU added and removed, and another profile are pushed"

came() { [ "$(grep -c "^PPR" "$TMP/out")" -ge "$1" ]; }
scscf_wait "$TMP/out" --count 3
printf '{"primary_ccf": "aaa://ccf.home.example"}' >"$TMP/charging.json"
"${HSSCTL_C[@]}" charging apply gold "$TMP/charging.json" >/dev/null
set_alice "$IMPI" --charging gold
wait_for "the charging is pushed" came 1
printf '{"primary_ccf": "aaa://ccf2.home.example"}' >"$TMP/charging.json"
"${HSSCTL_C[@]}" charging apply gold "$TMP/charging.json" >/dev/null
wait_for "the changed charging is pushed" came 2
(umask 077 && echo 'password=open sesame' >"$TMP/digest.secrets")
set_alice "$IMPI" --secrets "$TMP/digest.secrets"
scscf_end "$TMP/out" "charging and HA1"
times "$TMP/out" "^PPR of $IMPI, charging: DIAMETER_SUCCESS" 2 "charging"
times "$TMP/out" "^PPR of $IMPI, digest: DIAMETER_SUCCESS" 1 "HA1"
pass "charging, what is behind its name, and a new HA1 are pushed"

scscf_wait "$TMP/out"
set_alice "$IMPU" --default-impu "$IMPU2"
scscf_end "$TMP/out" "default IMPU"
said "$TMP/out" "RTR of $IMPI for $IMPU $IMPU2, PERMANENT_TERMINATION: DIAMETER_SUCCESS" "RTR for another default IMPU"
state_is "not registered" "another default IMPU"
set_alice "$IMPU" --default-impu "$IMPU"
pass "another default IMPU ends the registration"

scscf_wait "$TMP/out" --count 2 --ppa 5009
set_alice "$IMPU2" --barred yes
scscf_end "$TMP/out" "refusal"
said "$TMP/out" "PPR of $IMPI, profile: DIAMETER_ERROR_NOT_SUPPORTED_USER_DATA" "the refusal"
said "$TMP/out" "RTR of $IMPI for $IMPU $IMPU2, SERVER_CHANGE: DIAMETER_SUCCESS" "the RTR after the refusal"
state_is "not registered" "after a refused PPR"
scscf_wait "$TMP/out" --count 2 --ppa 5012,2001
set_alice "$IMPU2" --barred no
scscf_end "$TMP/out" "5012"
push_is "PPR done .* 2 sent: DIAMETER_SUCCESS" "5012, then 2001"
scscf_wait "$TMP/out" --ppa 5001
set_alice "$IMPU2" --barred yes
scscf_end "$TMP/out" "5001"
push_is "PPR failed .* 1 sent: the S-CSCF knows none of the IMPIs" "5001"
state_is "not registered" "an S-CSCF that does not know the user"
scscf_wait "$TMP/out" --rta 5012 --delay 300
deregister "$IMPI"
scscf_end "$TMP/out" "RTA 5012"
push_is "RTR failed .* 1 sent: DIAMETER_UNABLE_TO_COMPLY" "RTA 5012"
pass "refusals: RTR in place of the PPR, another attempt, another IMPI, the end"

scscf_wait "$TMP/out" --count 3 --rta silent
deregister "$IMPI"
scscf_end "$TMP/out" "silence"
# The S-CSCF leaves after the third one: on a busy machine before the time for an answer is over.
push_is "RTR failed .* 3 sent: (no answer|the connection was lost.*)" "silence"
id=$(cut -d ' ' -f 1 "$TMP/push")
"${HSSCTL_C[@]}" push retry "$id" >/dev/null
scscf_back "$TMP/out"
push_is "RTR done .* 1 sent: DIAMETER_SUCCESS" "retry"
pass "silence is retried and given up; push retry begins anew"

# An S-CSCF without PPR, as Kamailio: it is asked three times, then once.
scscf_wait "$TMP/out" --count 4 --ppa silent
set_alice "$IMPU2" --barred no
push_is "PPR failed .* 3 sent: no answer" "a PPR that nobody answers"
set_alice "$IMPU2" --barred yes
scscf_end "$TMP/out" "no PPA"
push_is "PPR failed .* 1 sent: no answer, as to the PPRs before" "the next PPR"
state_is "registered" "ppr_unanswered = keep"
pass "an S-CSCF that never answers a PPR is asked only once from then on"

# The S-CSCF is away, and comes back.
register
deregister "$IMPI"
push_is "RTR waiting .* 0 sent: waits for the S-CSCF to be connected" "an S-CSCF that is away"
state_is "not registered" "the act does not wait for the S-CSCF"
scscf_back "$TMP/out"
said "$TMP/out" "RTR of $IMPI for $IMPU $IMPU2, PERMANENT_TERMINATION: DIAMETER_SUCCESS" "RTR when it is back"
register
deregister "$IMPI"
"${HSSCTL_C[@]}" push cancel all >/dev/null
push_is "RTR cancelled .* 0 sent: cancelled by the operator" "cancel"
if "${SCSCF_C[@]}" wait-push --wait 2 >"$TMP/out" 2>&1; then
	fail "what was cancelled was sent"
fi
pass "a push waits for its S-CSCF, and can be cancelled"

# Another S-CSCF takes the user over: the old one is told when it is there.
register
"${SCSCF_C[@]}" --identity scscf2.home.example --server-name sip:scscf2.home.example:6060 mar >/dev/null || fail "MAR"
push_is "RTR waiting scscf.home.example .*" "takeover"
scscf_back "$TMP/out"
said "$TMP/out" "RTR of $IMPI for $IMPU $IMPU2, NEW_SERVER_ASSIGNED: DIAMETER_SUCCESS" "NEW_SERVER_ASSIGNED"
pass "a MAR of another S-CSCF tells the old one NEW_SERVER_ASSIGNED"

# The connection is lost before the answer: the other S-CSCF of the realm is not asked in its place.
"${SCSCF_C[@]}" --identity scscf2.home.example wait-push --wait 60 >"$TMP/other" 2>&1 &
OTHER=$!
wait_for "the other S-CSCF is connected" grep -qx waiting "$TMP/other"
scscf_wait "$TMP/out" --rta silent
deregister "$IMPI"
wait_for "the RTR has come" grep -q "^RTR" "$TMP/out"
kill -KILL "$WAIT"
wait "$WAIT" 2>/dev/null || true
push_is "RTR waiting .* 1 sent: (waits for the S-CSCF to be connected|the connection was lost.*|no answer)" "lost"
scscf_back "$TMP/out"
push_is "RTR done .* [2-9] sent: DIAMETER_SUCCESS" "after a lost connection"
times "$TMP/other" "^RTR" 0 "another S-CSCF got the RTR"
kill "$OTHER"
wait "$OTHER" || true
pass "an RTR whose connection is lost goes to no other S-CSCF"

# The end between the act and the message, and between message and answer: the rows are sent again, and no other.
register
deregister "$IMPI"
push_is "RTR waiting .*" "before the kill"
n=$("${HSSCTL_C[@]}" push list | wc -l)
hss_stop KILL
hss_start
[ "$("${HSSCTL_C[@]}" push list --waiting | wc -l)" = 1 ] || fail "not exactly the row is left by the kill"
scscf_back "$TMP/out"
times "$TMP/out" "^RTR" 1 "exactly one RTR"
push_is "RTR done .* 1 sent: DIAMETER_SUCCESS" "after the kill"
for signal in KILL TERM; do
	scscf_wait "$TMP/out" --count 2 --rta silent,2001
	deregister "$IMPI"
	wait_for "the first RTR has come" grep -q "^RTR" "$TMP/out"
	hss_stop "$signal"
	hss_start
	scscf_end "$TMP/out" "$signal in flight"
	# Twice, or once more where the S-CSCF that has come back is slower than push_timeout.
	push_is "RTR done .* [2-9] sent: DIAMETER_SUCCESS" "$signal in flight"
done
[ "$("${HSSCTL_C[@]}" push list | wc -l)" = $((n + 2)) ] || fail "rows that nobody made"
pass "kill -9 and SIGTERM lose no RTR and make none"

# With the daemon stopped the act queues a row; it is found at the start.
register
hss_stop
deregister "$IMPI"
state_is "not registered" "offline"
hss_start
scscf_back "$TMP/out"
push_is "RTR done .* 1 sent: DIAMETER_SUCCESS" "offline"
pass "an act without the daemon is told when it runs again"

hss_stop
echo 'ppr_unanswered = "server-change"' >>"$NODE/hss.conf"
hss_start
scscf_wait "$TMP/out" --count 4 --ppa silent
set_alice "$IMPU2" --barred no
scscf_end "$TMP/out" "server-change"
said "$TMP/out" "RTR of $IMPI for $IMPU $IMPU2, SERVER_CHANGE: DIAMETER_SUCCESS" "RTR in place of the PPR"
state_is "not registered" "ppr_unanswered = server-change"
pass "ppr_unanswered = server-change ends what an S-CSCF without PPR has"

scscf_wait "$TMP/out"
"${HSSCTL_C[@]}" subscriber delete "$IMPI" >/dev/null
scscf_end "$TMP/out" "deletion"
said "$TMP/out" "RTR of $IMPI for $IMPU $IMPU2, PERMANENT_TERMINATION: DIAMETER_SUCCESS" "RTR of one who is deleted"
push_is "RTR done .* 1 sent: DIAMETER_SUCCESS" "deletion"
pass "a subscriber who is deleted is deregistered"

capture_end 100

[ "$("${HSSCTL_C[@]}" push list | wc -l)" -gt 20 ] || fail "pushes are forgotten before their time"
hss_stop
echo 'push_keep = 0' >>"$NODE/hss.conf"
hss_start
old_gone() { [ "$("${HSSCTL_C[@]}" push list | wc -l)" -le 1 ]; } # the last may be of this second
wait_for "pushes that ended are forgotten" old_gone
pass "pushes that ended are forgotten after push_keep"
done_line
