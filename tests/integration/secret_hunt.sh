#!/bin/bash
# The hunt for secrets: no K, OPc, RES, CK, IK, password, HA1 or master key in any log at any level, error message, argument,
# environment, temporary file, file of the node, backup or export; no core file; and in the memory of the daemon that has
# answered no more than the master key, which it works with. The daemon is at its most talkative, hssctl and scscf verbose,
# with every flow, malformed requests, and a peer that vanishes while answers are under way.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

# So that nothing but the daemon itself keeps it from leaving a core file.
ulimit -c "$(ulimit -Hc)"
export TMPDIR=$TMP/temporary
mkdir "$TMPDIR" "$TMP/proc" "$TMP/cwd"
chmod 711 "$TMP"

# proc_save PID NAME: what /proc shows everybody of the same user about a process at work.
proc_save() {
	cat "/proc/$1/cmdline" >"$TMP/proc/$2.cmdline"
	cat "/proc/$1/environ" >"$TMP/proc/$2.environ"
	[ -s "$TMP/proc/$2.cmdline" ] || fail "$2 has no arguments"
}

# refused COMMAND...: it fails; what it says is kept for the hunt.
refused() {
	if "$@" >>"$TMP/errors.log" 2>&1; then
		fail "accepted: $*"
	fi
	N_ERRORS=$((N_ERRORS + 1))
}

# hss_segv: the daemon crashes.
hss_segv() {
	local pid=$HSS_PID status=0
	HSS_PID=
	kill -SEGV "$pid"
	wait "$pid" 2>/dev/null || status=$?
	[ "$status" = 139 ] || fail "the daemon ended with $status, not by SIGSEGV"
}

# opens FILE: whether nobody may open it.
opens() { "${nobody[@]}" sh -c ": <$1" 2>/dev/null; }

hss_init
echo 'log_level = "info"' >>"$NODE/hss.conf"
subscribers_add
# The user of AKA also has a password.
PASSWORD="pass $(openssl rand -hex 12)"
printf 'password=%s\n' "$PASSWORD" >>"$TMP/alice.secrets"
HA1=$(printf '%s:%s:%s' "$IMPI" "$REALM" "$PASSWORD" | md5sum | cut -d ' ' -f 1)
# What freeDiameter frees is overwritten, as it is in the service.
export "$(sed -n 's/^Environment=GLIBC/GLIBC/p' "$TESTS/../tools/systemd/quintet-hss.service")"
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
proc_save "$storm" scscf
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
proc_save "$hssctl" hssctl
exec 3>&-
wait "$hssctl" || fail "subscriber set"
proc_save "$HSS_PID" hss
"${HSSCTL_C[@]}" subscriber show "$IMPI" >>"$TMP/hssctl.log" 2>&1
"${HSSCTL_C[@]}" subscriber list --json >>"$TMP/hssctl.log" 2>&1
"${HSSCTL_C[@]}" subscriber export - --json >>"$TMP/hssctl.log" 2>&1
"${HSSCTL_C[@]}" subscriber export - >>"$TMP/hssctl.log" 2>&1 || true # who has a password is left out
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

	hss_stop

	# No core file, though the limit that the daemon was started with allows one.
	cd "$TMP/cwd"
	hss_start
	cd "$TMP"
	"${SCSCF_C[@]}" mar >>"$TMP/scscf.log" 2>&1 || fail "scscf mar"
	hss_segv
	[ -z "$(find "$TMP/cwd" -type f)" ] || fail "the daemon left a core file"
	(cd "$TMP/cwd" && exec sleep 60) &
	control=$!
	wait_for "the control runs" grep -q sleep "/proc/$control/comm"
	kill -SEGV "$control"
	wait "$control" 2>/dev/null || true
	if grep -q '^[^|/]*$' /proc/sys/kernel/core_pattern && [ "$(ulimit -c)" != 0 ]; then
		[ -n "$(find "$TMP/cwd" -type f)" ] || fail "the control left no core file: nothing is shown"
		pass "SIGSEGV leaves no core file of the daemon, and one of a control"
	else
		echo "note: core files do not go into the working folder here: not shown that the daemon leaves none"
	fi

	# Nor may another process of the same user look into one of ours.
	nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	install -m 755 "$HSSCTL" "$TMP/hssctl" # one that its user may not read could not be looked into anyway
	mkfifo -m 666 "$TMP/pipe2"
	"${nobody[@]}" sleep 60 &
	control=$!
	"${nobody[@]}" "$TMP/hssctl" -c "$TMP/hss.conf" subscriber add --impi x --impu y --secrets "$TMP/pipe2" >/dev/null 2>&1 &
	ours=$!
	exec 4>"$TMP/pipe2" # hssctl has got so far as to open it
	wait_for "the control runs" grep -q sleep "/proc/$control/comm"
	for file in environ maps mem; do
		opens "/proc/$control/$file" || [ $file = mem ] || # which Yama may forbid
			fail "/proc/PID/$file of the control cannot be opened: nothing is shown"
		if opens "/proc/$ours/$file"; then
			fail "/proc/PID/$file of hssctl can be opened"
		fi
	done
	kill -0 "$ours" || fail "hssctl did not wait"
	exec 4>&-
	wait "$ours" || true
	kill "$control"
	wait "$control" 2>/dev/null || true
	pass "another process of the same user cannot look into ours"
fi
hss_stop

secret MASTER "$(head -n 1 "$NODE/master.key")"
logs=("$NODE"/hss.log* "$TMP/scscf.log" "$TMP/storm.log" "$TMP/malformed.log" "$TMP/hssctl.log" "$TMP/errors.log" "$TMP/init.out")
hunt "${logs[@]}" || fail "a secret is in a log"
pass "$(wc -l <"$TMP/secrets") secrets, $(cat "${logs[@]}" | wc -l) log lines, none of them in any"
hunt "$TMP/proc"/* || fail "a secret is in arguments or environment"
pass "arguments and environment of $(find "$TMP/proc" -name '*.cmdline' | wc -l) programs hold none"
mapfile -t files < <(find "$NODE" -type f ! -name master.key ! -name tls.key)
hunt "${files[@]}" || fail "a secret is in a file of the node"
[ -z "$(find "$TMPDIR" -type f)" ] || fail "temporary files are left: $(find "$TMPDIR" -type f)"
pass "${#files[@]} files of the node hold none, backup and export too; no temporary file is left"

# The hunt must be able to find one.
sed 's/../& /g' <<<"$OPC" | tr a-f A-F >"$TMP/leaky.log"
"${HSSCTL_C[@]}" subscriber export "$TMP/keys.json" --json --with-keys >/dev/null
for file in "$TMP/leaky.log" "$TMP/keys.json" "$NODE/master.key" "$TMP/alice.secrets"; do
	if hunt "$file" >/dev/null; then
		fail "the hunt does not see what is in $file"
	fi
done
pass "a key in a log, an export, a file is found"

[ "$(stat -c %a "$NODE/hss.db" "$NODE/master.key" "$TMP/keys.json" | sort -u)" = 600 ] || fail "modes of database, master key or export"
pass "the database, the master key and an export of keys are their owner's alone"
done_line
