#!/bin/bash
# A backup while vectors are issued, more vectors, a restore, vectors again: no SQN twice over all of it, and the
# registration of the time of the backup is there. Restoring by hand, without the margin, has to be caught.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

B=$TMP/hss.backup

# storm_after LOG: 2,000 MARs, whose SQNs must be none of the log's.
storm_after() {
	"${SCSCF_C[@]}" storm --count 2000 --requesters 16 --vectors 2 --sqn-log "$1" >"$TMP/after.out" 2>&1
}

hss_init
subscribers_add
hss_start
"${SCSCF_C[@]}" register >"$TMP/register.out" || {
	cat "$TMP/register.out"
	fail "registration before the backup"
}
: >"$TMP/sqn.log"
load_start 1
"${HSSCTL_C[@]}" db backup "$B" >"$TMP/backup.out" 2>"$TMP/backup.err" || {
	cat "$TMP/backup.err"
	fail "backup under load"
}
grep -qx 'subscribers: 2' "$TMP/backup.out" && grep -qx "octets: $(stat -c %s "$B")" "$TMP/backup.out" &&
	grep -q '^seconds: [0-9]' "$TMP/backup.out" || fail "the backup does not say what it holds"
grep -q "$NODE/master.key" "$TMP/backup.err" || fail "the backup does not remind of the master key"
[ "$(stat -c %a "$B")" = 600 ] || fail "others can read the backup"
pass "a backup under load"
if "${HSSCTL_C[@]}" db backup "$B" >"$TMP/out" 2>&1; then
	fail "a backup overwrites an existing file"
fi
"${HSSCTL_C[@]}" db backup "$TMP/second.backup" >"$TMP/out" 2>&1 || fail "a second backup"
"${HSSCTL_C[@]}" db backup --force "$TMP/second.backup" >"$TMP/out" 2>&1 || fail "a backup with --force"
pass "a backup overwrites a file with --force only"
for file in "" "$B"; do
	# shellcheck disable=SC2086 # no word at all for the database itself
	"${HSSCTL_C[@]}" db check $file --json >"$TMP/check.json" 2>"$TMP/check.err" || {
		cat "$TMP/check.json" "$TMP/check.err"
		fail "check under load of ${file:-the database}"
	}
	python3 - "$TMP/check.json" <<-'PY' || fail "what db check --json says"
		import json, sys
		r = json.load(open(sys.argv[1]))
		assert r["sound"] is True and r["faults"] == 0 and r["found"] == []
		assert r["subscribers"] == 2 and r["keys_opened"] == 2
	PY
done
pass "check of the database under load, and of the backup"

if "${HSSCTL_C[@]}" db restore "$B" >"$TMP/out" 2>&1; then
	fail "a restore under a running HSS"
fi
grep -q "process $HSS_PID holds the lock file .*hss.db.lock" "$TMP/out" || {
	cat "$TMP/out"
	fail "the refusal names neither process nor lock file"
}
pass "no restore while the HSS runs"
LOAD_GOAL=$(($(wc -l <"$TMP/sqn.log") + 1000))
wait_for "vectors arrive after the backup" load_goal_reached
hss_stop
load_end 1

# By hand, without the margin: the check has to see it.
cp "$NODE/hss.db" "$TMP/former.db"
cp "$TMP/sqn.log" "$TMP/control.log"
cp "$B" "$NODE/hss.db"
hss_start
if storm_after "$TMP/control.log"; then
	cat "$TMP/after.out"
	fail "SQNs that come twice are not seen"
fi
grep -Eq '[1-9][0-9]* repeated' "$TMP/after.out" || {
	cat "$TMP/after.out"
	fail "the storm failed for another reason"
}
hss_stop
pass "control: a backup put back by hand repeats SQNs"
cp "$TMP/former.db" "$NODE/hss.db"

"${HSSCTL_C[@]}" db restore "$B" >"$TMP/restore.out" 2>"$TMP/restore.err" || {
	cat "$TMP/restore.err"
	fail "restore"
}
grep -q 'SQN of 2 IMPIs advanced by 2^20' "$TMP/restore.err" || fail "the restore does not say what it did"
grep -q '^former_database: .*hss.db.before-restore-1$' "$TMP/restore.out" && [ -s "$NODE/hss.db.before-restore-1" ] ||
	fail "the former database is not kept"
hss_start
"${HSSCTL_C[@]}" registration show "$IMPU" >"$TMP/state"
grep -q '^registrations\.1\.state: registered$' "$TMP/state" && grep -qF "$SCSCF_NAME" "$TMP/state" || {
	cat "$TMP/state"
	fail "the registration of the time of the backup is lost"
}
storm_after "$TMP/sqn.log" || {
	cat "$TMP/after.out"
	fail "storm after the restore"
}
twice=$(sort -n "$TMP/sqn.log" | uniq -d | wc -l)
[ "$twice" -eq 0 ] || fail "$twice SQNs came twice"
pass "a restore: the registration is there, $(wc -l <"$TMP/sqn.log") SQNs, none twice"
hss_stop

"${HSSCTL_C[@]}" db restore "$B" --clear-registrations >"$TMP/out" 2>&1 || fail "restore with --clear-registrations"
"${HSSCTL_C[@]}" registration show "$IMPU" >"$TMP/state"
grep -q '^registrations\.1\.state: not registered$' "$TMP/state" || fail "a registration is left"
sqlite3 "$NODE/hss.db" "UPDATE registration SET state = 2"
if "${HSSCTL_C[@]}" db check >"$TMP/out" 2>&1; then
	fail "check of a database that is not sound"
fi
grep -q "^hssctl: state-without-scscf: subscription 1: $IMPI: " "$TMP/out" && grep -qx 'faults: 2' "$TMP/out" || {
	cat "$TMP/out"
	fail "check does not name what is wrong"
}
pass "registrations cleared; check names what is wrong"
done_line
