#!/bin/bash
# No K, OPc, RES, CK, IK, password or HA1 in any log at any level: the daemon at its most talkative, hssctl and scscf
# verbose, every flow, malformed requests, and a peer that vanishes while answers are under way (freeDiameter prints what it drops).
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

hss_init
echo 'log_level = "info"' >>"$NODE/hss.conf"
subscribers_add
# The user of AKA also has a password.
PASSWORD="pass $(openssl rand -hex 12)"
printf 'password=%s\n' "$PASSWORD" >>"$TMP/alice.secrets"
"${HSSCTL_C[@]}" subscriber set "$IMPI" --secrets - --scheme Digest-AKAv1-MD5 --scheme "SIP Digest" \
	<<<"password=$PASSWORD" >/dev/null
HA1=$(printf '%s:%s:%s' "$IMPI" "$REALM" "$PASSWORD" | md5sum | cut -d ' ' -f 1)
hss_start -d -d -d -d
tshark -i lo -f "tcp port $PORT" -w "$TMP/run.pcap" >"$TMP/tshark.out" 2>&1 &
TSHARK_PID=$!
wait_for "tshark captures" grep -q "Capturing on" "$TMP/tshark.out"
"${SCSCF_C[@]}" --verbose run all --other-impu sip:bob@home.example >"$TMP/scscf.log" 2>&1 || fail "scscf run all"
"${SCSCF_C[@]}" --verbose mar >>"$TMP/scscf.log" 2>&1 || fail "scscf mar"
"${SCSCF_C[@]}" --verbose mar --scheme "SIP Digest" >>"$TMP/scscf.log" 2>&1 || fail "scscf mar with SIP Digest"
"${SCSCF_C[@]}" --verbose mar --scheme "SIP Digest" --json >>"$TMP/scscf.log" 2>&1 || fail "scscf mar with SIP Digest"
python3 "$TESTS/integration/malformed.py" "$PORT" "$SCSCF_ID" "$REALM" "$IMPI" "$IMPU" "$SCSCF_NAME" >"$TMP/malformed.log" 2>&1 || true
"${SCSCF_C[@]}" storm --count 100000 --requesters 16 --vectors 5 --sqn-log "$TMP/sqn.log" >"$TMP/storm.log" 2>&1 &
storm=$!
arrived() { [ -s "$TMP/sqn.log" ]; }
wait_for "vectors arrive" arrived
kill -KILL "$storm"
wait "$storm" || true
"${HSSCTL_C[@]}" subscriber show "$IMPI" >"$TMP/hssctl.log" 2>&1
"${HSSCTL_C[@]}" subscriber list --json >>"$TMP/hssctl.log" 2>&1
"${HSSCTL_C[@]}" subscriber export - --json >>"$TMP/hssctl.log" 2>&1
"${HSSCTL_C[@]}" subscriber export - >>"$TMP/hssctl.log" 2>&1 || true # who has a password is left out
if "${HSSCTL_C[@]}" subscriber add --impi "$IMPI" --impu "$IMPU" --secrets "$TMP/alice.secrets" >>"$TMP/hssctl.log" 2>&1; then
	fail "a second subscriber with the same IMPI was accepted"
fi
hss_stop
kill -INT "$TSHARK_PID"
wait "$TSHARK_PID" || true

# The secrets that really passed: XRES, CK and IK of every MAA, and the keys.
tshark -r "$TMP/run.pcap" -d "tcp.port==$PORT,diameter" -Y 'diameter.cmd.code == 303 && diameter.flags.request == 0' \
	-T fields -E occurrence=a -E aggregator=' ' -e diameter.3GPP-SIP-Authorization -e diameter.Confidentiality-Key \
	-e diameter.Integrity-Key 2>/dev/null | tr ' \t' '\n\n' | tr -d ':' | grep -E '^[0-9a-f]{16,32}$' |
	sort -u >"$TMP/secrets"
[ "$(wc -l <"$TMP/secrets")" -gt 300 ] || fail "only $(wc -l <"$TMP/secrets") secrets were found on the wire"
tshark -r "$TMP/run.pcap" -d "tcp.port==$PORT,diameter" -Y diameter.Digest-HA1 -T fields -e diameter.Digest-HA1 2>/dev/null |
	grep -qx "$HA1" || fail "HA1 was not on the wire"
printf '%s\n%s\n%s\n' "$K" "$OPC" "$HA1" >>"$TMP/secrets"
printf '%s' "$PASSWORD" | od -An -v -tx1 | tr -d ' \n' >>"$TMP/secrets"
echo >>"$TMP/secrets"
head -n 1 "$NODE/master.key" >>"$TMP/secrets"

hunt() {
	python3 - "$TMP/secrets" "$@" <<-'PY'
		import base64, re, sys
		secrets = [bytes.fromhex(line.strip()) for line in open(sys.argv[1])]
		found = 0
		for name in sys.argv[2:]:
		    raw = open(name, "rb").read()
		    digits = re.sub(rb"[^0-9a-f]", b"", raw.lower())
		    for secret in secrets:
		        forms = (secret.hex().encode() in digits, secret in raw,
		                 base64.b64encode(secret).rstrip(b"=")[:-1] in raw)
		        if any(forms):
		            found += 1
		            print("found in", name)
		            break
		sys.exit(1 if found else 0)
	PY
}
logs=("$NODE/hss.log" "$TMP/scscf.log" "$TMP/storm.log" "$TMP/malformed.log" "$TMP/hssctl.log" "$TMP/init.out")
hunt "${logs[@]}" || fail "a secret is in a log"
pass "$(wc -l <"$TMP/secrets") secrets, $(cat "${logs[@]}" | wc -l) log lines, none of them in any"

# The hunt must be able to find one.
sed 's/../& /g' <<<"$OPC" | tr a-f A-F >"$TMP/leaky.log"
if hunt "$TMP/leaky.log" >/dev/null; then
	fail "the hunt does not see a key"
fi
pass "a key in a log is found"

# Nor may anything that is world-readable hold one.
find "$NODE" -type f -perm /077 ! -name '*.log' >"$TMP/open"
while read -r file; do
	hunt "$file" || fail "a secret is in a file that others can read"
done <"$TMP/open"
[ "$(stat -c %a "$NODE/hss.db" "$NODE/master.key" | sort -u)" = 600 ] || fail "modes of the database or the master key"
pass "files that others can read hold none"
done_line
