#!/bin/bash
# A node whose files others can read or change is not started, and hssctl does not touch it: the message names the file,
# its mode and the command that mends it, and that command mends it. Run as root, for files of another user.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

OTHER=65534

# daemon_refused WHAT: the HSS does not start.
daemon_refused() {
	local status=0
	# shellcheck disable=SC2046 # a list of words
	env $(daemon_env) timeout -k 5 60 freeDiameterd -c "$NODE/freeDiameter.conf" >"$NODE/hss.log" 2>&1 || status=$?
	[ "$status" -ne 0 ] && [ "$status" -ne 124 ] && [ "$status" -ne 137 ] || fail "$1: the HSS ended with status $status"
	! grep -q "ready: database" "$NODE/hss.log" || fail "$1: the HSS was ready"
	tail -n 1 "$NODE/hss.log" | grep -q "hss: not started: " || fail "$1: the reason is not what the log ends with"
	[ "$(grep -c "hss: not started: " "$NODE/hss.log")" = 1 ] || fail "$1: the HSS does not say that it is not started"
	! grep -q "hss: stopped" "$NODE/hss.log" || fail "$1: the HSS speaks of requests served, and there were none"
	[ ! -e "$NODE/admin.sock" ] || fail "$1: there is an admin socket"
}

# hssctl_refused WHAT: hssctl does not use the node either, and says what the HSS says.
hssctl_refused() {
	if printf 'k=%s\nopc=%s\n' "$K" "$OPC" | "${HSSCTL_C[@]}" subscriber add --impi eve@home.example \
		--impu sip:eve@home.example --secrets - >"$TMP/out" 2>"$TMP/refused"; then
		fail "$1: hssctl changes the database"
	fi
	grep -qF "$(sed 's/^hssctl: //' "$TMP/refused")" "$NODE/hss.log" || fail "$1: hssctl and the HSS disagree"
	if "${HSSCTL_C[@]}" conf check >"$TMP/out" 2>"$TMP/check"; then
		fail "$1: conf check finds nothing"
	fi
	cmp -s "$TMP/check" "$TMP/refused" || fail "$1: conf check says something else"
}

hss_init
subscribers_add
sed -i 's/^#TLS_C/TLS_C/' "$NODE/freeDiameter.conf"
cp -p "$NODE/hss.db" "$NODE/hss.db.before-restore-1"
[ "$(umask 022 && hss_start && find "$NODE" -type f -name 'hss.db*' -perm /077 && hss_stop)" = "" ] ||
	fail "the HSS makes files that others can read"
pass "files of the HSS are for it alone whatever the umask is"

for row in hss.db:0644 hss.db.before-restore-1:0604 master.key:0440 tls.key:0640 hss.conf:0666 .:0777; do
	file=${row%:*}
	before=$(stat -c %a "$NODE/$file")
	chmod "${row#*:}" "$NODE/$file"
	content=$(sha256sum "$NODE"/hss.db)
	daemon_refused "$file"
	if [ "$file" = tls.key ]; then # which hss.conf does not name
		grep "the key for TLS" "$NODE/hss.log" >"$TMP/refused"
	else
		hssctl_refused "$file"
	fi
	[ "$content" = "$(sha256sum "$NODE"/hss.db)" ] || fail "$file: the database was changed"
	grep -qF "$(realpath "$NODE/$file") " "$TMP/refused" && grep -q "(mode ${row#*:})" "$TMP/refused" || {
		cat "$TMP/refused"
		fail "$file: neither named nor with its mode"
	}
	mend=$(sed 's/.*: chmod/chmod/' "$TMP/refused")
	# shellcheck disable=SC2086 # a command of words and patterns
	$mend || fail "$file: what mends it: $mend"
	"${HSSCTL_C[@]}" conf check >/dev/null || fail "$file: $mend did not mend it"
	chmod "$before" "$NODE/$file"
	pass "$file of mode ${row#*:} is refused, $mend mends it"
done

# What belongs to another user. hssctl of root would work for the owner of the database, and sees that the key is not his.
for file in 'hss.db*' tls.key hss.conf; do
	# shellcheck disable=SC2086 # a pattern
	chown "$OTHER" "$NODE"/$file
	daemon_refused "$file"
	grep -q "belongs to the user $OTHER, not to the user 0 " "$NODE/hss.log" || fail "$file: the HSS does not say whose it is"
	if [ "$file" != tls.key ]; then
		if "${HSSCTL_C[@]}" subscriber list >/dev/null 2>"$TMP/refused"; then
			fail "$file of another user: hssctl uses it"
		fi
		grep -q "belongs to the user" "$TMP/refused" || fail "$file: hssctl does not say whose it is"
	fi
	chown 0 "$NODE"/*
	pass "$file of another user is refused"
done

# The node of another user, while root uses hssctl without a daemon: nothing becomes root's.
chown -R "$OTHER" "$NODE"
printf 'k=%s\nopc=%s\n' "$K" "$OPC" | "${HSSCTL_C[@]}" subscriber add --impi carol@home.example \
	--impu sip:carol@home.example --secrets - >/dev/null || fail "root adds a subscriber for the owner"
"${HSSCTL_C[@]}" db backup "$TMP/backup" >/dev/null 2>&1 || fail "root makes a backup for the owner"
"${HSSCTL_C[@]}" db restore "$TMP/backup" >/dev/null 2>&1 || fail "root restores for the owner"
printf 'k=%s\nopc=%s\n' "$K" "$OPC" | "${HSSCTL_C[@]}" subscriber add --impi dave@home.example \
	--impu sip:dave@home.example --secrets - >/dev/null || fail "root adds another one for the owner"
find "$NODE" ! -uid "$OTHER" >"$TMP/roots"
[ ! -s "$TMP/roots" ] || fail "now root's: $(cat "$TMP/roots")"
pass "what root does offline leaves every file with its owner"

done_line
