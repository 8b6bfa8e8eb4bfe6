#!/bin/bash
# TLS with mutual certificates, as docs/tls.md sets it up: a registration of which nothing is on the wire in clear; and who
# does not get in: no TLS, no certificate, another authority, an expired certificate, one of another host, TLS 1.1.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

PEER=$TMP/peer

# A peer of freeDiameter's reads certificates once, into a buffer that libgnutls keeps.
export LSAN_OPTIONS=suppressions=$TESTS/integration/lsan.supp

# peer_is RESULT WHAT [ORIGIN-HOST VERSION FOLDER TIMES]: what comes of the CER.
peer_is() {
	local result
	result=$(python3 "$TESTS/integration/tls_peer.py" "$PORT" "${3:-$SCSCF_ID}" "$REALM" "$NODE/ca.pem" "${4:-1.3}" \
		${5:+"$5"} ${6:+"$6"} 2>"$TMP/peer.err") || fail "$2: $(cat "$TMP/peer.err")"
	[ "$result" = "$1" ] || fail "$2: $result, not $1: $(cat "$TMP/peer.err")"
	pass "$2: $1"
}

# certificate FOLDER HOST CA-FOLDER DAYS: as the openssl command makes it.
certificate() {
	mkdir "$1"
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1/tls.key" -subj "/CN=$2" \
		-addext "subjectAltName=DNS:$2" -out "$1/csr" 2>/dev/null
	openssl x509 -req -in "$1/csr" -CA "$3/ca.pem" -CAkey "$3/ca.key" -CAcreateserial -copy_extensions copyall \
		-days "$4" -out "$1/tls.pem" 2>/dev/null || fail "openssl makes no certificate"
}

hss_init --tls
subscribers_add
"${HSSCTL_C[@]}" tls issue "$SCSCF_ID" "$PEER" >"$TMP/issue.out" || fail "tls issue"
for file in "$NODE"/{ca,tls}.key "$PEER/tls.key"; do
	[ "$(stat -c %a "$file")" = 600 ] || fail "$file: others can read it"
done
openssl verify -x509_strict -CAfile "$NODE/ca.pem" -purpose sslclient -verify_hostname "$SCSCF_ID" "$PEER/tls.pem" >/dev/null &&
	openssl verify -x509_strict -CAfile "$NODE/ca.pem" -purpose sslserver -verify_hostname "$HSS_ID" "$NODE/tls.pem" \
		>/dev/null || fail "openssl does not take the certificates"
if "${HSSCTL_C[@]}" tls issue other.home.example "$PEER" >/dev/null 2>"$TMP/err"; then
	fail "a second certificate in the same folder"
fi
grep -q "nothing is overwritten" "$TMP/err" || fail "tls issue: $(cat "$TMP/err")"
pass "an authority, the node's certificate, a peer's; nothing is overwritten"

hss_start
cat >"$TMP/scscf.conf" <<-CONF
	Identity = "$SCSCF_ID"; Realm = "$REALM"; Port = 0; SecPort = 0; No_SCTP; NoRelay; TcTimer = 5; AppServThreads = 1;
	$(cat "$TMP/issue.out")
	ConnectPeer = "$HSS_ID" { ConnectTo = "127.0.0.1"; Port = $PORT; No_SCTP; };
CONF
capture_start
"${SCSCF_C[@]}" --config "$TMP/scscf.conf" register >"$TMP/register.out" 2>&1 || {
	cat "$TMP/register.out"
	fail "a registration over TLS"
}
# What was captured last is in the file a moment later.
records_seen() {
	[ "$(tshark -r "$TMP/run.pcap" -d "tcp.port==$PORT,tls" -Y tls.app_data 2>/dev/null | wc -l)" -ge 8 ]
}
wait_for "eight records of TLS are captured" records_seen
kill -INT "$TSHARK_PID"
wait "$TSHARK_PID" || true
tshark -r "$TMP/run.pcap" -d "tcp.port==$PORT,diameter" -Y diameter >"$TMP/clear" 2>/dev/null
[ ! -s "$TMP/clear" ] || fail "Diameter in clear: $(head -n 3 "$TMP/clear")"
if grep -qaE "home\.example.{0,40}(sip:|;1)|alice" "$TMP/run.pcap"; then
	fail "an identity is on the wire in clear"
fi
pass "a registration over TLS, of which nothing is in clear"

peer_is 2001 "its own certificate, TLS 1.3" "$SCSCF_ID" 1.3 "$PEER"
peer_is 2001 "its own certificate, TLS 1.2" "$SCSCF_ID" 1.2 "$PEER"
peer_is closed "TLS 1.1" "$SCSCF_ID" 1.1 "$PEER"
peer_is closed "no TLS" "$SCSCF_ID" plain
peer_is closed "no certificate" "$SCSCF_ID" 1.3
mkdir "$TMP/foreign"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$TMP/foreign/ca.key" -subj "/CN=Other CA" \
	-out "$TMP/foreign/ca.pem" 2>/dev/null
certificate "$TMP/stranger" "$SCSCF_ID" "$TMP/foreign" 30
peer_is closed "a certificate of another authority" "$SCSCF_ID" 1.3 "$TMP/stranger"
certificate "$TMP/late" "$SCSCF_ID" "$NODE" -1
peer_is closed "an expired certificate" "$SCSCF_ID" 1.3 "$TMP/late"
certificate "$TMP/good" "$SCSCF_ID" "$NODE" 30
peer_is 2001 "a certificate of the authority that openssl made" "$SCSCF_ID" 1.3 "$TMP/good"
"${HSSCTL_C[@]}" tls issue icscf.home.example "$TMP/icscf" >/dev/null || fail "tls issue"
peer_is 3010 "a certificate of another host" "$SCSCF_ID" 1.3 "$TMP/icscf"
grep -q "peer $SCSCF_ID refused: its certificate does not name it" "$NODE/hss.log" || fail "the log does not say why"
certificate "$TMP/wild" "*.home.example" "$NODE" 30
peer_is 3010 "a certificate of every host" "$SCSCF_ID" 1.3 "$TMP/wild"
peer_is 2001 "the other host under its own name" icscf.home.example 1.3 "$TMP/icscf"
# The end of each connection; a sanitizer sees it when two threads come to it at once.
peer_is 2001 "goodbye in the middle of answers, 40 times" "$SCSCF_ID" 1.3 "$PEER" 40
hss_stop

# The node's own certificate ends soon.
if grep -q "ends at" "$NODE/hss.log" || "${HSSCTL_C[@]}" conf check 2>&1 >/dev/null | grep -q warning; then
	fail "a warning of certificates that are good for two years"
fi
certificate "$TMP/short" "$HSS_ID" "$NODE" 20
cp "$TMP/short/tls.pem" "$TMP/short/tls.key" "$NODE/"
hss_start
wait_for "the HSS warns" grep -q "ERROR.*the certificate of /CN=$HSS_ID in $NODE/tls.pem ends at 20" "$NODE/hss.log"
hss_stop
"${HSSCTL_C[@]}" conf check 2>"$TMP/err" >/dev/null || fail "conf check: $(cat "$TMP/err")"
grep -q "warning: the certificate of /CN=$HSS_ID in $NODE/tls.pem ends at 20" "$TMP/err" || fail "conf check does not warn"
pass "a certificate that ends within 30 days is told at start, and by conf check"
done_line
