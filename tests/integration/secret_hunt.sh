#!/bin/bash
# What the memory of the daemon holds that has answered: of K, OPc, XRES, CK, IK, passwords, HA1 and the keys of an import none,
# only the master key, which it works with. Every flow has run, malformed requests, a peer that vanished while answers were
# under way, and refusals of every verb of hssctl that reads keys. (Logs and files: no_secret_in_logs.)
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

HUNT=$TESTS/integration/hunt.py
export TMPDIR=$TMP/temporary
mkdir "$TMPDIR"

# refused COMMAND...: it fails; what it says is kept for the hunt.
refused() {
	if "$@" >>"$TMP/errors.log" 2>&1; then
		fail "accepted: $*"
	fi
	N_ERRORS=$((N_ERRORS + 1))
}

# secret KIND HEX
secret() { printf '%s %s\n' "$1" "$2" >>"$TMP/secrets"; }
octets_of() { printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'; }

hss_init
echo 'log_level = "info"' >>"$NODE/hss.conf"
subscribers_add
# The user of AKA also has a password.
PASSWORD="pass $(openssl rand -hex 12)"
printf 'password=%s\n' "$PASSWORD" >>"$TMP/alice.secrets"
HA1=$(printf '%s:%s:%s' "$IMPI" "$REALM" "$PASSWORD" | md5sum | cut -d ' ' -f 1)
# What freeDiameter frees is overwritten, as docs/node.md recommends.
export GLIBC_TUNABLES=glibc.malloc.perturb=165:glibc.malloc.tcache_count=0
hss_start -d -d -d -d
unset GLIBC_TUNABLES
"${HSSCTL_C[@]}" subscriber set "$IMPI" --secrets - --scheme Digest-AKAv1-MD5 --scheme "SIP Digest" \
	<<<"password=$PASSWORD" >/dev/null
capture_start
"${SCSCF_C[@]}" --verbose run all --other-impu sip:bob@home.example >"$TMP/scscf.log" 2>&1 || fail "scscf run all"
for arguments in mar "mar --scheme SIP_Digest" "mar --scheme SIP_Digest --json"; do
	read -ra words <<<"$arguments"
	"${SCSCF_C[@]}" --verbose "${words[@]//_/ }" >>"$TMP/scscf.log" 2>&1 || fail "scscf $arguments"
done
python3 "$TESTS/integration/malformed.py" "$PORT" "$SCSCF_ID" "$REALM" "$IMPI" "$IMPU" "$SCSCF_NAME" >"$TMP/malformed.log" 2>&1 || true
"${SCSCF_C[@]}" storm --count 100000 --requesters 16 --vectors 5 --sqn-log "$TMP/sqn.log" >"$TMP/storm.log" 2>&1 &
storm=$!
arrived() { [ -s "$TMP/sqn.log" ]; }
wait_for "vectors arrive" arrived
kill -KILL "$storm"
wait "$storm" || true

# Keys of 200 more; and hssctl while it waits for some.
"$BUILD/tools/cxbench/cxbench" --make-subscribers 200 --realm "$REALM" --output "$TMP/import.csv"
[ "$(stat -c %a "$TMP/import.csv")" = 600 ] || fail "others can read the keys that cxbench makes"
"${HSSCTL_C[@]}" subscriber import "$TMP/import.csv" >"$TMP/hssctl.log" 2>&1 || fail "import"
mkfifo "$TMP/pipe"
"${HSSCTL_C[@]}" subscriber set "$IMPI" --secrets "$TMP/pipe" >>"$TMP/hssctl.log" 2>&1 &
hssctl=$!
exec 3>"$TMP/pipe" # it has got so far as to open it
printf 'k=%s\nopc=%s\n' "$K" "$OPC" >&3
exec 3>&-
wait "$hssctl" || fail "subscriber set"
"${HSSCTL_C[@]}" subscriber show "$IMPI" >>"$TMP/hssctl.log" 2>&1
"${HSSCTL_C[@]}" subscriber list --json >>"$TMP/hssctl.log" 2>&1
"${HSSCTL_C[@]}" subscriber export - --json >>"$TMP/hssctl.log" 2>&1
"${HSSCTL_C[@]}" subscriber export "$NODE/export.json" --json >>"$TMP/hssctl.log" 2>&1
"${HSSCTL_C[@]}" db backup "$NODE/backup.db" >>"$TMP/hssctl.log" 2>&1

# Every verb that reads keys, given good keys in a bad place, and bad ones that are nearly good.
N_ERRORS=0
new=(--impi carol@home.example --impu sip:carol@home.example)
refused "${HSSCTL_C[@]}" subscriber add --impi "$IMPI" --impu "$IMPU" --secrets "$TMP/alice.secrets"
for line in "k=${K}0" "k=$K opc=$OPC" "$K" "opc=$OPC" "kk=$K" "ha1=${HA1}a" "password=$PASSWORD\"" "password=$PASSWORD\\" "$PASSWORD"; do
	refused "${HSSCTL_C[@]}" subscriber add "${new[@]}" --secrets - <<<"$line"
	refused "${HSSCTL_C[@]}" subscriber set "$IMPI" --secrets - <<<"$line"
	refused "$SCSCF" --hss "127.0.0.1:$PORT" --hss-identity "$HSS_ID" --identity "$SCSCF_ID" --realm "$REALM" \
		--server-name "$SCSCF_NAME" --impi "$IMPI" --impu "$IMPU" --secrets - register <<<"$line"
done
for row in "c@home.example,sip:c@home.example,${K}0,$OPC" "c@home.example,sip:c@home.example,$K" "c@home.example,$K,sip:c@home.example,$OPC" \
	"$IMPI,$IMPU,$K,$OPC" "$K,$OPC" "c@home.example,\"sip:c@home.example,$K,$OPC"; do
	printf 'impi,impus,k,opc\n%s\n' "$row" >"$TMP/bad.csv"
	refused "${HSSCTL_C[@]}" subscriber import "$TMP/bad.csv"
done
for keys in "\"k\": \"${K}0\", \"opc\": \"$OPC\"" "\"$K\": 1" "\"k\": \"$K\" \"$OPC\"" "\"k\": [\"$K\"], \"opc\": {\"$OPC\": 1}" \
	"\"ha1\": \"${HA1}0\"" "\"password\": [\"$PASSWORD\"]"; do
	printf '{"impis": [{"impi": "c@home.example", %s}], "sets": [{"impus": [{"impu": "sip:c@home.example"}]}]}' "$keys" >"$TMP/bad.json"
	refused "${HSSCTL_C[@]}" subscriber apply "$TMP/bad.json"
	refused "${HSSCTL_C[@]}" subscriber add --document "$TMP/bad.json"
done
pass "$N_ERRORS refusals of keys"

# The secrets that really passed: XRES, CK and IK of every MAA, and the keys.
kill -INT "$TSHARK_PID"
wait "$TSHARK_PID" || true
: >"$TMP/secrets"
tshark -r "$TMP/run.pcap" -d "tcp.port==$PORT,diameter" -Y 'diameter.cmd.code == 303 && diameter.flags.request == 0' \
	-T fields -E occurrence=a -E aggregator=' ' -e diameter.3GPP-SIP-Authorization -e diameter.Confidentiality-Key \
	-e diameter.Integrity-Key 2>/dev/null | tr ' \t' '\n\n' | tr -d ':' | grep -E '^[0-9a-f]{16,32}$' |
	sort -u | sed 's/^/VECTOR /' >"$TMP/secrets"
[ "$(wc -l <"$TMP/secrets")" -gt 300 ] || fail "only $(wc -l <"$TMP/secrets") secrets were found on the wire"
tshark -r "$TMP/run.pcap" -d "tcp.port==$PORT,diameter" -Y diameter.Digest-HA1 -T fields -e diameter.Digest-HA1 2>/dev/null |
	grep -x "$HA1" >/dev/null || fail "HA1 was not on the wire"
secret K "$K"
secret OPC "$OPC"
secret HA1 "$HA1"
secret PASSWORD "$(octets_of "$PASSWORD")"
while IFS=, read -r _ _ k opc; do
	secret K "$k"
	secret OPC "$opc"
done < <(tail -n +2 "$TMP/import.csv")

# The memory of the daemon, idle again. It may be read by root only.
memory_is() {
	python3 "$HUNT" memory "$TMP/memory" "$HSS_PID" >"$TMP/memory.out" || true
	diff "$TMP/memory.out" - >"$TMP/memory.diff" <<-END
		CONTROL: 1 of 1
		HA1: 0 of 1
		K: 0 of 201
		MASTER: 1 of 1
		OPC: 0 of 201
		PASSWORD: 0 of 1
		VECTOR: 0 of $(grep -c '^VECTOR' "$TMP/secrets")
	END
}
if [ "$(id -u)" = 0 ] && [ -z "$(daemon_env)" ]; then
	cp "$TMP/secrets" "$TMP/memory"
	printf 'MASTER %s\nCONTROL %s\n' "$(head -n 1 "$NODE/master.key")" "$(octets_of "$SCSCF_ID")" >>"$TMP/memory"
	memory_is || {
		cat "$TMP/memory.out"
		fail "the memory of the daemon holds secrets"
	}
	pass "of $(wc -l <"$TMP/secrets") secrets in use before the idle daemon's memory holds the master key alone"
fi
hss_stop
done_line
