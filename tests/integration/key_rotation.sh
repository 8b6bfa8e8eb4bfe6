#!/bin/bash
# Master keys: the wrong one, none, half of one at start; a rotation beside traffic, with kill -9 of hssctl and of the
# HSS in the middle of it; what was moved or changed is refused; a retired key and the backups that need it.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

ROWS=12000 # 60 portions of a rotation: enough to be met in the middle

# What the store says, as a program that looks on.
ask() {
	sqlite3 -readonly "$NODE/hss.db" "$1"
}

# Records by the id of their master key (octet 1), as "ID COUNT" lines.
ids() {
	ask "SELECT hex(substr(sealed_key, 2, 1)) || ' ' || count(*) FROM impi GROUP BY substr(sealed_key, 2, 1)"
}

# refuses WHAT: neither the HSS nor hssctl starts with this master key file; both name it and say WHAT, and touch nothing.
refuses() {
	local before after status=0
	before=$(store_digest; sha256sum <"$NODE/hss.db")
	# shellcheck disable=SC2046 # a list of words
	env $(daemon_env) timeout 60 freeDiameterd -c "$NODE/freeDiameter.conf" >"$TMP/refused.log" 2>&1 || status=$?
	[ "$status" -ne 0 ] && [ "$status" -ne 124 ] || fail "the HSS starts: $1"
	grep -qE "$NODE/master.key.*$1|$1.*$NODE/master.key" "$TMP/refused.log" || {
		cat "$TMP/refused.log"
		fail "the HSS does not say: $1"
	}
	if "${HSSCTL_C[@]}" subscriber count >"$TMP/out" 2>&1; then
		fail "hssctl works: $1"
	fi
	grep -q "$NODE/master.key" "$TMP/out" && grep -q "$1" "$TMP/out" || fail "hssctl does not say: $1"
	after=$(store_digest; sha256sum <"$NODE/hss.db")
	[ "$before" = "$after" ] || fail "the database was touched: $1"
}

# Alice's MAR gets 5012, nothing changes, and the log has an alarm that names her.
alarms() {
	local before
	before=$(ask "SELECT sqn FROM registration WHERE subscription_id = 1")
	hss_start
	"${SCSCF_C[@]}" mar >"$TMP/mar.out" 2>&1 || true
	grep -q 'UNABLE_TO_COMPLY\|5012' "$TMP/mar.out" || {
		cat "$TMP/mar.out"
		fail "no 5012: $1"
	}
	grep -q "ERROR.*alarm: MAR impi=$IMPI " "$NODE/hss.log" || fail "no alarm: $1"
	hss_stop
	[ "$before" = "$(ask "SELECT sqn FROM registration WHERE subscription_id = 1")" ] || fail "the SQN moved: $1"
	pass "$1: 5012, an alarm, the SQN as it was"
}

rotated_to() {
	ask "SELECT rotated_to FROM master_key WHERE active"
}

# Whether the rotation has come further than $REACHED, and is not at its end.
under_way() {
	[ "$(ask "SELECT count(*) FROM master_key")" = 2 ] && [[ "$(rotated_to)" > "$REACHED" ]]
}

rotate_start() {
	"${HSSCTL_C[@]}" key rotate >"$TMP/rotate.out" 2>&1 &
	ROTATE_PID=$!
	wait_for "the rotation is under way" under_way
}

hss_init
subscribers_add
python3 - "$ROWS" >"$TMP/many.csv" <<-'PY'
	import os, sys
	print("impi,impus,k,opc")
	for n in range(int(sys.argv[1])):
	    print(f"u{n:06}@home.example,sip:u{n:06}@home.example,{os.urandom(16).hex()},{os.urandom(16).hex()}")
PY
"${HSSCTL_C[@]}" subscriber import "$TMP/many.csv" >"$TMP/out" 2>&1 || {
	cat "$TMP/out"
	fail "import"
}
[ "$(ask "SELECT id || active FROM master_key")" = 11 ] || fail "the key has no row"

cp -p "$NODE/master.key" "$TMP/right.key"
head -c 32 "$TMP/right.key" >"$NODE/master.key"
refuses "64 hexadecimal digits"
rm "$NODE/master.key"
refuses "No such file"
"${HSSCTL_C[@]}" key init "$NODE/master.key" >/dev/null
refuses "not the one under which the database is sealed"
sed 's/^/2:/' "$TMP/right.key" >"$NODE/master.key"
refuses "has no key 1"
cp -p "$TMP/right.key" "$NODE/master.key"
if "${HSSCTL_C[@]}" key init "$NODE/master.key" >"$TMP/out" 2>&1; then
	fail "key init overwrites a file"
fi
cmp -s "$TMP/right.key" "$NODE/master.key" || fail "key init changed a file"
pass "half a key, none, another one, one of another id: refused, the database as it was"
"${HSSCTL_C[@]}" db backup "$TMP/before.backup" >"$TMP/out" 2>&1 || fail "backup"

hss_start
: >"$TMP/sqn.log"
load_start 1
REACHED=
rotate_start
kill -KILL "$ROTATE_PID"
wait "$ROTATE_PID" 2>/dev/null || true
REACHED=$(rotated_to)
[ "$(ids | wc -l)" = 2 ] || fail "not in the middle of the rotation: $(ids)"
printf 'k=%s\nopc=%s\n' "$(openssl rand -hex 16)" "$(openssl rand -hex 16)" |
	"${HSSCTL_C[@]}" subscriber add --impi aaa.new@home.example --impu sip:new@home.example --secrets - >/dev/null
[ "$(ask "SELECT hex(substr(sealed_key, 2, 1)) FROM impi WHERE name = 'aaa.new@home.example'")" = 02 ] ||
	fail "a new subscriber is not sealed under the new key"
if "${HSSCTL_C[@]}" key retire 1 >"$TMP/out" 2>&1; then
	fail "a key that is needed is retired"
fi
grep -q "is needed" "$TMP/out" || fail "the refusal to retire does not say why"
pass "kill -9 of hssctl in the middle; new subscribers come under the new key"

rotate_start
hss_stop KILL
if wait "$ROTATE_PID"; then
	fail "a rotation without HSS succeeds"
fi
load_end 1
[ "$(ids | wc -l)" = 2 ] || fail "not in the middle of the rotation: $(ids)"
"${HSSCTL_C[@]}" db check >"$TMP/out" 2>&1 || {
	cat "$TMP/out"
	fail "a record does not open in the middle of the rotation"
}
"${HSSCTL_C[@]}" key status >"$TMP/out" && grep -qx 'rotating: yes' "$TMP/out" || {
	cat "$TMP/out"
	fail "key status in the middle"
}
pass "kill -9 of the HSS in the middle: every record opens"

hss_start
load_start 2
"${HSSCTL_C[@]}" key rotate >"$TMP/rotate.out" 2>&1 || {
	cat "$TMP/rotate.out"
	fail "the rotation does not finish"
}
grep -qx 'resumed: yes' "$TMP/rotate.out" && grep -qx 'sealing: 2' "$TMP/rotate.out" || {
	cat "$TMP/rotate.out"
	fail "the rotation was not gone on with"
}
[ "$(ids)" = "02 $((ROWS + 3))" ] || fail "records are left under another key: $(ids)"
[ "$(ask "SELECT id || active FROM master_key")" = 21 ] || fail "the former key still has a row"
[ "$(stat -c %a "$NODE/master.key")" = 600 ] || fail "the mode of the master key file"
hss_stop
load_end 2
twice=$(sort -n "$TMP/sqn.log" | uniq -d | wc -l)
[ "$twice" -eq 0 ] || fail "$twice SQNs came twice"
hss_start
"${SCSCF_C[@]}" register >"$TMP/register.out" 2>&1 || {
	cat "$TMP/register.out"
	fail "the vectors are not right after the rotation"
}
pass "finished beside traffic: $(wc -l <"$TMP/sqn.log") SQNs, none twice, the vectors right, all records under key 2"

# key_refused WHAT ARGUMENTS...: hssctl key fails, names the file and says WHAT; nothing is changed, nothing stays beside it.
key_refused() {
	local what=$1 before out
	shift
	before=$(sha256sum <"$NODE/master.key")
	if out=$("${HSSCTL_C[@]}" key "$@" 2>&1); then
		fail "key $*: succeeds: $what"
	fi
	[[ $out == *"$NODE/master.key"*"$what"* ]] || fail "key $*: does not say: $what: $out"
	[ "$before" = "$(sha256sum <"$NODE/master.key")" ] || fail "key $*: the file was changed: $what"
}

(
	trap '' XFSZ
	ulimit -f 0
	key_refused "File too large" add "$NODE/master.key"
)
[ ! -e "$NODE/master.key.new" ] || fail "a temporary file stays"
mkdir "$NODE/master.key.new"
key_refused "Is a directory" add "$NODE/master.key"
key_refused "Is a directory" retire 1
rmdir "$NODE/master.key.new"
echo half >"$NODE/master.key.new" # of a writer that was killed: the next one, here retire, puts its own in the place
pass "key add and retire without room for the file: refused, the file as it was"

"${HSSCTL_C[@]}" key retire 1 >"$TMP/out" 2>&1 || {
	cat "$TMP/out"
	fail "retire"
}
grep -q '^2:' "$NODE/master.key" && [ "$(wc -l <"$NODE/master.key")" = 1 ] || fail "key 1 is still in the file"
[ ! -e "$NODE/master.key.new" ] || fail "a temporary file stays after retire"
hss_stop
"${HSSCTL_C[@]}" db check >"$TMP/out" 2>&1 || fail "check after the key was retired"
if "${HSSCTL_C[@]}" db restore "$TMP/before.backup" >"$TMP/out" 2>&1; then
	fail "a backup under a retired key is restored"
fi
grep -q "master key 1, which is not in the master key file" "$TMP/out" || {
	head -n 3 "$TMP/out"
	fail "the restore does not say which key is missing"
}
pass "key 1 retired; a backup from before says that it needs it"

cp "$NODE/hss.db" "$TMP/good.db"
sqlite3 "$NODE/hss.db" "UPDATE impi SET sealed_key = (SELECT sealed_key FROM impi WHERE name LIKE 'bob%')
	WHERE name = '$IMPI'"
alarms "a row of another IMPI"
cp "$TMP/good.db" "$NODE/hss.db"
python3 - "$NODE/hss.db" "$IMPI" <<-'PY'
	import sqlite3, sys
	db = sqlite3.connect(sys.argv[1])
	(sealed,) = db.execute("SELECT sealed_key FROM impi WHERE name = ?", sys.argv[2:]).fetchone()
	sealed = bytearray(sealed)
	sealed[20] ^= 1
	db.execute("UPDATE impi SET sealed_key = ? WHERE name = ?", (bytes(sealed), sys.argv[2]))
	db.commit()
PY
alarms "a changed bit"
cp "$TMP/good.db" "$NODE/hss.db"
sqlite3 "$NODE/hss.db" "UPDATE impi SET sealed_key = CAST(substr(sealed_key, 1, 1) || x'09' || substr(sealed_key, 3) AS BLOB)
	WHERE name = '$IMPI'"
alarms "a master key that nobody knows"
done_line
