#!/bin/bash
# Erlang's diameter application as a peer, with a dictionary written from TS 29.229 (erlang/cx.dia): its codec decodes every
# message of the HSS without an error, and each says what it has to. tshark has no complaint about any message.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"
ERLANG=$TESTS/interop/erlang/peer.escript

# peer COMMAND ANSWER: what the peer is told, and says when it has done so.
peer() {
	printf '%s\n' "$1" >&"${PEER[1]}"
	peer_says "$2" "$1"
}

# peer_says EXPRESSION WHAT: sooner or later a line of the peer is this one; kept in LINE.
peer_says() {
	while read -r -t 60 -u "${PEER[0]}" LINE; do
		if [[ $LINE =~ ^$1$ ]]; then
			return 0
		fi
		echo "$LINE" >>"$TMP/peer.out"
		case $LINE in
		"ok "*) ;;
		*)
			timeout 5 cat <&"${PEER[0]}" >&2 || true # a fault takes several lines
			fail "$2: the peer says $LINE"
			;;
		esac
	done
	head -n 30 "$TMP/peer.err" >&2
	fail "$2: the peer says nothing"
}

# pushed EXPRESSION WHAT: as push_is, and that is one thing shown.
pushed() {
	push_is "$@"
	pass "$2"
}

deregister() { "${HSSCTL_C[@]}" deregister "$IMPI" "$@" >/dev/null; }
barred() { "${HSSCTL_C[@]}" subscriber set "$IMPU2" --barred "$1" >/dev/null; }

hss_init
cat >>"$NODE/hss.conf" <<-'EOC'
	push_attempts = 2
	push_timeout = 1
EOC
subscribers_add
"${HSSCTL_C[@]}" subscriber set sip:bob@home.example --visited partner.example >/dev/null
# With ports: Erlang's diameter 2.2.7 forgets the default one when it decodes a DiameterURI of a message.
cat >"$TMP/offline.json" <<-'EOC'
	{"primary_ccf": "aaa://ccf1.home.example:3868;transport=tcp", "secondary_ccf": "aaa://ccf2.home.example:3870;transport=tcp",
	 "primary_ecf": "aaas://ecf.home.example:5658;transport=tcp"}
EOC
echo '{"mandatory": [1, 2], "optional": [4]}' >"$TMP/capable.json"
cat >"$TMP/carol.json" <<-EOC
	{"impis": [{"impi": "carol@home.example", "k": "$(openssl rand -hex 16)", "opc": "$(openssl rand -hex 16)"},
	           {"impi": "carol.sip@home.example", "password": "open sesame"}],
	 "sets": [{"impus": [{"impu": "sip:carol@home.example", "loose_route": true, "privileged_sender": true}]},
	          {"impus": [{"impu": "sip:room-!.*!@home.example", "kind": "wildcarded-psi", "as_name": "sip:as.home.example"}]}],
	 "charging": "offline", "capabilities": "capable"}
EOC
chmod 600 "$TMP/carol.json"
"${HSSCTL_C[@]}" charging apply offline "$TMP/offline.json" >/dev/null
"${HSSCTL_C[@]}" capabilities apply capable "$TMP/capable.json" >/dev/null
"${HSSCTL_C[@]}" subscriber apply "$TMP/carol.json" >/dev/null
hss_start
capture_start

coproc PEER { exec escript "$ERLANG" "$PORT" "$REALM" 2>"$TMP/peer.err"; }
peer check checked
CHECKS=$(grep -c "^ok " "$TMP/peer.out")
[ "$CHECKS" -gt 70 ] || fail "only $CHECKS checks"
pass "$CHECKS checks by Erlang's diameter application"

TEL=${IMPU2/+/[+]}
BOTH="impi=$IMPI impu=$IMPU impu=$TEL"
peer register registered
deregister --info "gone for good"
peer_says "RTR $BOTH reason=0 info=gone for good faults=\\[\\]" "RTR"
pushed "RTR done .* 1 sent: DIAMETER_SUCCESS" "RTR and RTA of a deregistration"
state_is "not registered" "after the RTA"

peer register registered
peer "result 5012" understood
deregister --reason server-change
peer_says "RTR $BOTH reason=2 faults=\\[\\]" "RTR, refused"
pushed "RTR failed .* 1 sent: DIAMETER_UNABLE_TO_COMPLY" "an RTR that is refused"

peer "result 2001" understood
peer register registered
peer emergency understood
deregister
peer_says "RTR $BOTH reason=0 faults=\\[\\]" "RTR, registered for an emergency"
pushed "RTR .* 1 sent: .*emergency.*" "an RTA with Identity-with-Emergency-Registration"
state_is unregistered "all are registered for an emergency"

peer silent understood
peer register registered
deregister
peer_says "RTR $BOTH reason=0 faults=\\[\\]" "RTR, unanswered"
peer_says "RTR $BOTH reason=0 faults=\\[\\]" "RTR, again"
pushed "RTR failed .* 2 sent: no answer" "an RTR that is never answered"

peer "result 2001" understood
peer register registered
barred yes
PROFILE="profile=<[?]xml .*<BarringIndication>1</BarringIndication><Identity>$TEL<.*</IMSSubscription>"
peer_says "PPR impi=$IMPI $PROFILE faults=\\[\\]" "PPR"
pushed "PPR done .* 1 sent: DIAMETER_SUCCESS" "PPR and PPA of a change"
state_is registered "after the PPA"

peer "experimental 5001" understood
barred no
peer_says "PPR impi=$IMPI profile=.* faults=\\[\\]" "PPR, refused"
pushed "PPR failed .* 1 sent: the S-CSCF knows none of the IMPIs" "a PPR for whom the S-CSCF does not know"
state_is "not registered" "an S-CSCF that does not know the user"

peer "result 2001" understood
peer register registered
(umask 077 && cat >"$TMP/alice.json") <<-EOC
	{"impis": [{"impi": "$IMPI"}], "sets": [{"impus": [{"impu": "$IMPU"}, {"impu": "$IMPU2"}]}], "charging": "offline"}
EOC
"${HSSCTL_C[@]}" subscriber apply "$TMP/alice.json" >/dev/null
peer_says "PPR impi=$IMPI( profile=.*)? Charging-Information faults=\\[\\]" "PPR for charging"
pushed "PPR done .* 1 sent: DIAMETER_SUCCESS" "PPR with Charging-Information"

peer silent understood
barred yes
peer_says "PPR .* faults=\\[\\]" "PPR, unanswered"
peer_says "PPR .* faults=\\[\\]" "PPR, again"
pushed "PPR failed .* 2 sent: no answer" "a PPR that is never answered"
peer_stdin=${PEER[1]}
exec {peer_stdin}>&-
wait "$PEER_PID" || fail "Erlang's peer ended in disorder"

# What is refused comes back in Failed-AVP, and an example of what is missing has no data.
capture_end 100 'Unknown AVP 9999|Unknown \(99\)|Server-Assignment-Type: Unknown|Data is empty'
hss_stop
done_line
