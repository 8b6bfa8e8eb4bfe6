#!/bin/bash
# The unit quintet-hss.service: what systemd says of it, and the HSS in the sandbox that it describes (sandbox.py), where it
# serves a registration and an RTR as an unprivileged user, and ends in good order. Run as root.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

UNITS=$TESTS/../tools/systemd
USER_ID=65534
USER_NAME=$(id -nu "$USER_ID")
STATE=$TMP/state
FOR_SERVICE=(--service --state "$STATE" --user "$USER_NAME")

# modules_move: the HSS's user need not be able to look into the build folder.
modules_move() {
	cp "$BUILD/hss/hss.fdx" "$BUILD/diameter-dict/dict_cx.fdx" "$TMP"
	sed -i "s#\"[^\"]*/\(hss\|dict_cx\)\.fdx\"#\"$TMP/\1.fdx\"#" "$NODE/freeDiameter.conf"
}

# files_are FILE...: what lies in the node's folder and in the state folder, with owner and mode.
files_are() {
	printf '%s\n' "$@" | sort >"$TMP/wanted"
	{ find "$NODE" -printf '%P %u %m\n' && find "$STATE" -printf 'state/%P %u %m\n'; } | sort >"$TMP/there"
	diff "$TMP/wanted" "$TMP/there" >"$TMP/diff" || fail "the files of the node: $(cat "$TMP/diff")"
}

# sandbox_start UNIT: the HSS, in the unit's sandbox.
sandbox_start() {
	CREDENTIALS_DIRECTORY=$TMP/credentials python3 "$TESTS/integration/sandbox.py" "$1" "$STATE" "$USER_ID" freeDiameterd -c "$NODE/freeDiameter.conf" \
		>"$NODE/hss.log" 2>&1 &
	HSS_PID=$!
}

status_line() {
	grep -qP "^$1:\t$2\$" "/proc/$HSS_PID/status" || fail "$(grep "^$1:" "/proc/$HSS_PID/status"), not $2"
}

# inside COMMAND...: in the HSS's view of the files, as its user.
inside() {
	nsenter -t "$HSS_PID" -m setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups "$@"
}

systemd-analyze verify --man=no "$UNITS/quintet-hss.service" >"$TMP/verify" 2>&1 || true
[ ! -s "$TMP/verify" ] || fail "systemd: $(cat "$TMP/verify")"
systemd-analyze security --offline=true --threshold=17 "$UNITS/quintet-hss.service" >"$TMP/security" ||
	fail "the exposure is above 1.7: $(tail -n 1 "$TMP/security")"
pass "systemd reads the unit without complaint; $(tail -n 1 "$TMP/security")"
mkdir -p "$TMP/root/etc"
systemd-sysusers --root="$TMP/root" "$UNITS/quintet.sysusers" >"$TMP/out" 2>&1 || fail "sysusers: $(cat "$TMP/out")"
systemd-tmpfiles --root="$TMP/root" --create "$UNITS/quintet.tmpfiles" >"$TMP/out" 2>&1 || fail "tmpfiles: $(cat "$TMP/out")"
uid=$(awk -F: '$1 == "quintet" { print $3 }' "$TMP/root/etc/passwd")
[ -n "$uid" ] && [ "$(stat -c '%u %a' "$TMP/root/var/lib/quintet")" = "$uid 700" ] ||
	fail "neither user nor folder are made"
pass "the user and its folder are made"

# init_refused REASON N: what cannot be a service leaves nothing behind, in neither folder: N files are there, as before.
init_refused() {
	if "$HSSCTL" init "$NODE" --identity "$HSS_ID" --realm "$REALM" "${FOR_SERVICE[@]}" >"$TMP/out" 2>"$TMP/err"; then
		fail "a service in spite of: $1"
	fi
	grep -qF "$1" "$TMP/err" || fail "init does not say $1: $(cat "$TMP/err")"
	[ "$(find "$TMP" -path "$NODE*" -o -path "$STATE*" | wc -l)" = "$2" ] || fail "left behind: $(find "$NODE"* "$STATE")"
}

mkdir -m 0700 "$STATE"
chown "$USER_ID" "$STATE"
init_refused "the user $USER_NAME cannot read it" 1
chmod 0711 "$TMP"
mkdir "$NODE"
touch "$NODE/file"
init_refused "nothing is overwritten" 3
rm -r "$NODE"
echo "somebody's" >"$STATE/hss.db"
init_refused "$STATE/hss.db: create: File exists; nothing is overwritten" 2
rm "$STATE"/*
pass "a service that cannot be made leaves nothing behind"

hss_init "${FOR_SERVICE[@]}"
grep -qx "systemctl enable --now quintet-hss" "$TMP/init.out" || fail "init says $(cat "$TMP/init.out")"
files_are " root 755" "acl.conf root 644" "freeDiameter.conf root 644" "hss.conf root 644" "master.key root 600" \
	"tls.key $USER_NAME 600" "tls.pem root 644" \
	"state/ $USER_NAME 700" "state/hss.db $USER_NAME 600" "state/hss.db.lock $USER_NAME 600"
pass "hssctl init --service: the configuration and the key are root's, the rest the user's"
# Without the HSS root finds the key where systemd takes it from.
CREDENTIALS_DIRECTORY=$NODE subscribers_add
sed -i 's/^#log_identities = .*/log_identities = "hashed"/' "$NODE/hss.conf"
modules_move
# As systemd hands it over: LoadCredential=.
mkdir "$TMP/credentials"
mv "$NODE/master.key" "$TMP/credentials"
chown "$USER_ID" "$TMP/credentials/master.key"
sandbox_start "$UNITS/quintet-hss.service"
wait_for "the HSS serves" port_open
status_line Uid "$USER_ID\t$USER_ID\t$USER_ID\t$USER_ID"
for set in Inh Prm Eff Bnd Amb; do
	status_line "Cap$set" 0000000000000000
done
status_line NoNewPrivs 1
status_line Seccomp 2
tr '\0' '\n' <"/proc/$HSS_PID/environ" | grep -q '^GLIBC_TUNABLES=.*perturb=[1-9]' || fail "what is freed is not overwritten"
if grep -q "memory is not locked" "$NODE/hss.log"; then
	grep "^sandbox: LimitMEMLOCK" "$NODE/hss.log" || fail "LimitMEMLOCK does not lock the memory"
fi
"${SCSCF_C[@]}" register >"$TMP/out" 2>&1 || fail "a registration: $(cat "$TMP/out")"
# Root administers it through the socket; no S-CSCF is there for the RTR that follows.
"${HSSCTL_C[@]}" deregister "$IMPU" >"$TMP/out" 2>&1 || fail "deregister: $(cat "$TMP/out")"
"${HSSCTL_C[@]}" push list --waiting >"$TMP/out" 2>&1 && grep -q RTR "$TMP/out" || fail "no RTR: $(cat "$TMP/out")"
"${SCSCF_C[@]}" wait-push >"$TMP/out" 2>&1 || fail "the RTR: $(cat "$TMP/out")"
"${HSSCTL_C[@]}" db backup "$TMP/backup" >"$TMP/out" 2>&1 || fail "a backup: $(cat "$TMP/out")"
pass "in the sandbox the HSS serves a registration, an RTR and root's hssctl"
for place in "$NODE/new" /etc/new /var/tmp/new; do
	if inside sh -c ": >$place" 2>/dev/null || nsenter -t "$HSS_PID" -m sh -c ": >$place" 2>"$TMP/out"; then
		fail "$place can be written"
	fi
	grep -q "Read-only file system" "$TMP/out" || fail "$place: $(cat "$TMP/out")"
done
[ -e "$STATE/log.key" ] || fail "the key of the log is not in the state folder"
inside sh -c ": >$STATE/new" || fail "the state folder cannot be written"
if inside cat /proc/1/status >/dev/null 2>&1; then
	fail "the HSS sees other processes"
fi
pass "it can write its own folder only"
hss_stop
[ -z "$(find "$STATE" ! -uid "$USER_ID")" ] || fail "not of the user: $(find "$STATE" ! -uid "$USER_ID")"
pass "it stops in good order"

# Its second node: an SLF, with TLS, whose key is the user's, and without a master key.
rm "$TMP/credentials/master.key"
NODE=$TMP/slf
STATE=$TMP/slf-state
mkdir -m 0700 "$STATE"
chown "$USER_ID" "$STATE"
PORT=$(free_port)
"$HSSCTL" init "$NODE" --slf --tls --service --state "$STATE" --user "$USER_NAME" --identity "slf.$REALM" --realm "$REALM" \
	--port "$PORT" --peer "*.$REALM" >"$TMP/init.out" 2>&1 || fail "init --slf: $(cat "$TMP/init.out")"
files_are " root 755" "acl.conf root 644" "ca.key root 600" "ca.pem root 644" "freeDiameter.conf root 644" "hss.conf root 644" \
	"slf.conf root 644" "tls.key $USER_NAME 600" "tls.pem root 644" "state/ $USER_NAME 700"
sed -i 's/^#log_identities = .*/log_identities = "hashed"/' "$NODE/hss.conf"
modules_move
sandbox_start "$UNITS/quintet-hss.service"
wait_for "the SLF serves" port_open
grep -q "ready: an SLF" "$NODE/hss.log" && [ -e "$STATE/log.key" ] || fail "no SLF with a key of its log"
hss_stop
pass "so does an SLF with TLS, which has no master key"

# The sandbox has to be able to stop it: without listen(2) it does not get far.
ended() { ! kill -0 "$HSS_PID" 2>/dev/null; }
sed 's/^SystemCallErrorNumber/SystemCallFilter=~listen\n&/' "$UNITS/quintet-hss.service" >"$TMP/narrow.service"
sandbox_start "$TMP/narrow.service"
wait_for "a system call that is not allowed ends the HSS" ended
status=0
wait "$HSS_PID" || status=$?
HSS_PID=
[ "$status" = 159 ] || fail "not ended by SIGSYS but with $status"
pass "control: a system call that the unit does not let pass ends the HSS"
done_line
