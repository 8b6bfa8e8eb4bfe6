#!/bin/bash
# Disks that fail under the HSS, files that disappear, another process that holds the database: what an S-CSCF is
# answered, what the log says, how the HSS ends or recovers, and that no SQN comes twice afterwards. fault.fdx makes the
# faults (tests/support/disk_faults.h); a full disk is a real one where this script may mount.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

SMALL=$TMP/small
trap 'hss_stop || true; umount "$SMALL" 2>/dev/null || true; cleanup' EXIT

# vectors COUNT: so many MARs, all answered, no SQN that was seen before in this script.
vectors() {
	"${SCSCF_C[@]}" storm --count "$1" --requesters 4 --vectors 2 --sqn-log "$TMP/sqn.log" >"$TMP/storm.out" 2>&1 || {
		cat "$TMP/storm.out"
		fail "$CASE: vectors"
	}
}

# mar: one MAR; its answer is in $TMP/mar.out. Without a vector in it it has to fail.
mar() {
	if "${SCSCF_C[@]}" mar >"$TMP/mar.out" 2>&1; then
		fail "$CASE: a MAR was answered with vectors"
	fi
}

serves() { "${SCSCF_C[@]}" mar >"$TMP/mar.out" 2>&1; }

answered() { grep -q "$1" "$TMP/mar.out"; }

stopped() { ! kill -0 "$HSS_PID" 2>/dev/null; }

# ended FILE CAUSE: the HSS ends with an error, and a line names both.
ended() {
	local status=0
	wait_for "$CASE: the HSS has ended" stopped
	wait "$HSS_PID" || status=$?
	HSS_PID=
	[ "$status" -ne 0 ] || fail "$CASE: the exit status is 0"
	grep -q "ERROR.*hss: $1: .*$2" "$NODE/hss.log" || {
		grep "hss: " "$NODE/hss.log"
		fail "$CASE: no line names $1 and \"$2\""
	}
}

again() {
	rm -f "$FAULT"
	hss_start
	vectors 50
	hss_stop
	pass "$CASE"
}

# node_init: a node in $NODE whose database is on the disk of fault.fdx.
node_init() {
	hss_init
	subscribers_add
	fault_disk_init
	DB=$NODE/hss.db
	rm -f "$TMP/sqn.log"
}

node_init

# What a disk cannot recover from.
while read -r fault cause; do
	CASE="$fault ends the HSS"
	hss_start
	case $fault in
	read) ;; # what is in memory already need not be read
	checkpoint-*)
		vectors 50
		echo "$fault" >"$FAULT"
		# A log long enough to be copied when the HSS has nothing to do.
		"${SCSCF_C[@]}" storm --count 3000 --requesters 1 --vectors 1 --sqn-log "$TMP/sqn.log" --allow-loss \
			>"$TMP/storm.out" 2>&1 || true
		;;
	*) vectors 50 ;;
	esac
	if [ ! -e "$FAULT" ]; then
		echo "$fault" >"$FAULT"
		mar
		# What the HSS looks after by itself may be the first to read.
		answered DIAMETER_UNABLE_TO_COMPLY || { [ "$fault" = read ] && grep -q "no request can be served" "$NODE/hss.log"; } || {
			cat "$TMP/mar.out"
			fail "$CASE: the MAR is not answered with DIAMETER_UNABLE_TO_COMPLY"
		}
	fi
	ended "$DB" "$cause"
	again
done <<-'LIST'
	write Input/output error
	sync Input/output error
	read Input/output error
	checkpoint-write Input/output error
	checkpoint-sync Input/output error
	read-only Read-only file system
	not-writable readonly
LIST

# What it can.

# full CAUSE: the log names the database and the cause.
full() { grep -q "ERROR.*hss: $DB: .*$1" "$NODE/hss.log" || fail "$CASE: no line names $DB and \"$1\""; }

# recovered PID: there is room again; the HSS serves, the one that served before.
recovered() {
	wait_for "$CASE: the database can be written" grep -q "can be written again" "$NODE/hss.log"
	wait_for "$CASE: the HSS serves" serves
	vectors 50
	kill -0 "$1" || fail "$CASE: the HSS has ended"
}

for fault in full full-sync; do
	CASE="$fault: recovers without a new start"
	hss_start
	vectors 50
	echo "$fault" >"$FAULT"
	mar
	answered DIAMETER_UNABLE_TO_COMPLY || fail "$CASE: another answer"
	full "full\|No space"
	rm "$FAULT"
	recovered "$HSS_PID"
	hss_stop
	pass "$CASE"
done

CASE="another process holds the database: DIAMETER_TOO_BUSY"
hss_start
vectors 50
coproc HOLDER {
	exec python3 -c '
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
db.execute("ROLLBACK")
' "$DB"
}
holder=$HOLDER_PID
read -r held <&"${HOLDER[0]}"
[ "$held" = held ] || fail "$CASE: the database cannot be held"
mar
answered DIAMETER_TOO_BUSY || {
	cat "$TMP/mar.out"
	fail "$CASE: another answer"
}
echo >&"${HOLDER[1]}"
wait "$holder"
vectors 50
hss_stop
pass "$CASE"

CASE="a database that is moved away ends the HSS"
hss_start
vectors 50
mv "$DB" "$TMP/aside"
mar
answered DIAMETER_UNABLE_TO_COMPLY || fail "$CASE: another answer"
ended "$DB" removed
# shellcheck disable=SC2046 # a list of words
if env $(daemon_env) timeout -k 1 20 freeDiameterd -c "$NODE/freeDiameter.conf" >"$TMP/start.out" 2>&1; then
	fail "$CASE: it starts without"
fi
grep -q "$DB" "$TMP/start.out" || fail "$CASE: the start does not name what is missing"
mv "$TMP/aside" "$DB"
again

CASE="a log that is removed ends the HSS, and what was answered is saved"
hss_start
vectors 50
rm "$DB-wal"
mar
answered DIAMETER_UNABLE_TO_COMPLY || fail "$CASE: another answer"
ended "$DB-wal" removed
again

CASE="octets that changed end the HSS"
cp "$DB" "$TMP/aside"
hss_start
dd if=/dev/urandom of="$DB" bs=4096 seek=1 count=$(($(stat -c %s "$DB") / 4096 - 1)) conv=notrunc status=none
mar
answered DIAMETER_UNABLE_TO_COMPLY || fail "$CASE: another answer"
ended "$DB" malformed
rm -f "$DB-wal" "$DB-shm"
cp "$TMP/aside" "$DB"
again

# A disk that is really full.
mkdir "$SMALL"
if mount -t tmpfs -o size=4m,mode=0700 tmpfs "$SMALL" 2>/dev/null; then
	NODE=$TMP/second
	CASE="a file system without room: recovers without a new start"
	node_init
	# The database alone: the log of the daemon keeps its room.
	mv "$DB" "$SMALL/hss.db"
	DB=$SMALL/hss.db
	sed -i "s#^database *=.*#database = \"$DB\"#" "$NODE/hss.conf"
	grep -q "$DB" "$NODE/hss.conf" || fail "$CASE: the database has no other place"
	hss_start
	vectors 50
	dd if=/dev/zero of="$SMALL/filler" bs=4096 status=none 2>/dev/null || true
	# The log has some room of its own, and a fresh connection begins it anew.
	"${SCSCF_C[@]}" storm --count 3000 --requesters 16 --sqn-log "$TMP/sqn.log" --allow-loss >"$TMP/storm.out" 2>&1 || true
	grep -q "[1-9][0-9]* refused, 0 bad, 0 repeated" "$TMP/storm.out" || {
		cat "$TMP/storm.out"
		fail "$CASE: no MAR was refused, or an SQN came twice"
	}
	full full
	rm "$SMALL/filler"
	recovered "$HSS_PID"
	hss_stop
	pass "$CASE"
else
	echo "not run: this script may not mount a file system"
fi
done_line
