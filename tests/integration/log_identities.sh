#!/bin/bash
# Privacy of the log: with log_identities = "hashed" no IMPI, no IMPU and no number stands in it, whatever the requests
# are and however talkative the daemon is; equal identities have equal hashes, before and after a restart, and
# "hssctl log id" tells them. An Error-Message names only what its request named.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

# shown IDENTITY: what the log has for it.
shown() { "${HSSCTL_C[@]}" log id "$1" | sed -n 's/^shown: //p'; }

# The log as a whole, of all daemons so far, into $TMP/log; paths of the temporary folder aside.
log_read() { cat "$NODE"/hss.log* | sed "s#$TMP##g" >"$TMP/log"; }
log_has() {
	log_read
	grep -q "$1" "$TMP/log"
}
lines_of() {
	log_read
	grep -c "$1" "$TMP/log" || true
}

hss_init
printf 'log_level = "info"\nlog_identities = "clear"\n' >>"$NODE/hss.conf"
echo "peer \"*.$REALM\" { role = \"any\" proxy_for = {\"$SCSCF_ID\"} }" >>"$NODE/hss.conf"
subscribers_add
if "${HSSCTL_C[@]}" log id "$IMPI" >"$TMP/out" 2>&1; then
	fail "there is no key, and a hash is shown"
fi
hss_start -d -d -d -d
"${SCSCF_C[@]}" run registration >"$TMP/scscf.log" 2>&1 || fail "scscf run registration"
hss_stop
[ ! -e "$NODE/log.key" ] || fail "a key is made that nobody asked for"
for needle in "impi=$IMPI" "impu=$IMPU"; do
	log_has "$needle" || fail "in clear the log has no $needle: the hunt below shows nothing"
done
rm -f "$NODE"/hss.log*
pass "in clear the log has the identities"

sed -i 's/^log_identities = .*/log_identities = "hashed"/' "$NODE/hss.conf"
hss_start -d -d -d -d
"${SCSCF_C[@]}" run all --other-impu sip:bob@home.example >"$TMP/scscf.log" 2>&1 || fail "scscf run all"
python3 "$TESTS/integration/malformed.py" "$PORT" "$SCSCF_ID" "$REALM" "$IMPI" "$IMPU" "$SCSCF_NAME" >"$TMP/malformed.log" 2>&1 || true
# What the HSS sends by itself is logged too.
"${SCSCF_C[@]}" wait-push --register --rta DIAMETER_UNABLE_TO_COMPLY >"$TMP/push" 2>&1 &
WAIT=$!
wait_for "the user is registered" grep -qx waiting "$TMP/push"
"${HSSCTL_C[@]}" deregister "$IMPI" --reason permanent >/dev/null
wait "$WAIT" || true
wait_for "the push is logged" log_has "RTR [0-9]* of h:"
impi=$(shown "$IMPI")
impu=$(shown "SIP:alice@HOME.example;transport=tcp")
log_has "hss: MAR impi=$impi impu=$impu session=h:.*result=DIAMETER_SUCCESS" || fail "no MAR of $impi and $impu"
log_has "RTR [0-9]* of $impi to $SCSCF_ID" || fail "no RTR of $impi"
hss_stop
hss_start
before=$(lines_of "MAR impi=$impi")
"${SCSCF_C[@]}" mar >/dev/null
again() { [ "$(lines_of "MAR impi=$impi")" -gt "$before" ]; }
wait_for "the hash is the same after a restart" again
# In a quiet second: of many lines some are left out.
"${SCSCF_C[@]}" --impu sip:bob@home.example mar >/dev/null && fail "a MAR with a foreign IMPU is answered"
refused="public identity $(shown sip:bob@home.example) does not belong to $impi"
wait_for "the refusal is logged with hashes" log_has "$refused"
hss_stop
pass "hashes are the same for the same identity, in every line and after a restart, and hssctl tells them"

log_read
for needle in alice bob 15550100 5550100 "$IMPI" "$IMPU"; do
	if grep -iF "$needle" "$TMP/log" | head -n 3 | grep .; then
		fail "the log has $needle"
	fi
done
[ "$(grep -c "impi=h:" "$TMP/log")" -gt 50 ] || fail "only $(grep -c "impi=h:" "$TMP/log") lines have a hash"
pass "no identity in $(wc -l <"$TMP/log") lines, $(grep -c "impi=h:" "$TMP/log") of them of requests"

chmod 640 "$NODE/log.key"
: >"$NODE/hss.log"
# shellcheck disable=SC2046 # a list of words
if env $(daemon_env) timeout 20 freeDiameterd -c "$NODE/freeDiameter.conf" >"$NODE/hss.log" 2>&1; then
	fail "a log key that others can read is taken"
fi
grep -q "log.key must be a regular file that group and others cannot use" "$NODE/hss.log" || fail "no reason is told"
chmod 600 "$NODE/log.key"
pass "a log key that others can read is refused"
done_line
