# For the integration tests: a node of its own in a temporary folder, on a loopback port of its own.
# Source it with the build folder as the script's first argument. Everything started is ended at exit.
# shellcheck shell=bash
set -euo pipefail

# Debian's python3, not a wrapper of somebody's: it is started many times.
PATH=/usr/bin:$PATH
BUILD=$1
TESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
HSSCTL=$BUILD/tools/hssctl/hssctl
SCSCF=$BUILD/tools/scscf/scscf
HSS_ID=hss.home.example
REALM=home.example
SCSCF_ID=scscf.home.example
SCSCF_NAME=sip:scscf.home.example:6060
IMPI=alice.private@home.example
IMPU=sip:alice@home.example
IMPU2=tel:+15550100
TMP=$(mktemp -d)
NODE=$TMP/node
HSS_PID=
PASSED=0

fail() {
	echo "FAILED: $*" >&2
	if [ -s "$NODE/hss.log" ]; then
		echo "--- the end of the HSS's log" >&2
		tail -n 12 "$NODE/hss.log" >&2
	fi
	exit 1
}

pass() {
	PASSED=$((PASSED + 1))
	echo "ok: $*"
}

# free_port: a port that nobody listens on. Below those that the system gives to clients, and any of many, so that
# scenarios that run at the same time do not meet.
free_port() {
	python3 -c '
import random, socket
for port in random.sample(range(10000, 32000), 100):
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            continue
    print(port)
    break
'
}

# of_rounds N FEWER: how often to repeat; under a sanitizer fewer times, which looks at the memory and is slow.
of_rounds() {
	if [ -n "$(daemon_env)" ]; then
		echo "$2"
	else
		echo "$1"
	fi
}

cleanup() {
	hss_stop || true
	jobs -pr | xargs -r kill 2>/dev/null || true # a capture or a load that a failed script left behind
	rm -rf "$TMP"
}
trap cleanup EXIT

# hss_init [option of hssctl init]...: a node in $NODE, on $PORT.
hss_init() {
	PORT=$(free_port)
	"$HSSCTL" init "$NODE" --identity "$HSS_ID" --realm "$REALM" --listen 127.0.0.1 --port "$PORT" \
		--peer "*.$REALM" --default-scscf "$SCSCF_NAME" "$@" >"$TMP/init.out"
	HSSCTL_C=("$HSSCTL" -c "$NODE/hss.conf")
	# The companion S-CSCF against this node.
	SCSCF_C=("$SCSCF" --hss "127.0.0.1:$PORT" --hss-identity "$HSS_ID" --identity "$SCSCF_ID" --realm "$REALM"
		--server-name "$SCSCF_NAME" --impi "$IMPI" --impu "$IMPU" --secrets "$TMP/alice.secrets")
}

# Preloaded libraries that a sanitizer build of the modules needs in Debian's daemon. A thread that freeDiameter cancels leaves
# its stack marked, over which libasan itself would stumble when it takes the thread's signal stack away: it has none.
LIBASAN=$(ldd "$BUILD/hss/hss.fdx" | sed -n 's/.*libasan.* => \([^ ]*\) .*/\1/p')
daemon_env() {
	if [ -n "$LIBASAN" ]; then
		echo "LD_PRELOAD=$LIBASAN" \
			"ASAN_OPTIONS=detect_odr_violation=0:detect_leaks=0:abort_on_error=0:exitcode=99:use_sigaltstack=0" \
			"UBSAN_OPTIONS=halt_on_error=1"
	fi
}

# hss_start [option of freeDiameterd]...: start the daemon and wait until it serves.
hss_start() {
	if [ -e "$NODE/hss.log" ]; then
		cat "$NODE/hss.log" >>"$NODE/hss.log.old"
	fi
	: >"$NODE/hss.log"
	# shellcheck disable=SC2046 # a list of words
	env $(daemon_env) freeDiameterd -c "$NODE/freeDiameter.conf" "$@" >>"$NODE/hss.log" 2>&1 &
	HSS_PID=$!
	wait_for "the HSS serves" port_open
}

port_open() {
	kill -0 "$HSS_PID" 2>/dev/null || fail "the HSS ended while starting"
	(exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null
}

# wait_for WHAT COMMAND...: until the command succeeds, for at most 60 s.
wait_for() {
	local what=$1
	shift
	for _ in $(seq 1200); do
		if "$@"; then
			return 0
		fi
		sleep 0.05
	done
	fail "waited in vain until $what"
}

# push_is EXPRESSION WHAT: the last push's line in the list ends like this, soon.
push_is() {
	for _ in $(seq 1200); do
		"${HSSCTL_C[@]}" push list | tail -n 1 >"$TMP/push"
		if grep -qE "$1\$" "$TMP/push"; then
			return 0
		fi
		sleep 0.05
	done
	fail "$2: $(cat "$TMP/push")"
}

# state_is STATE WHAT: the state of the first registration of $IMPI.
state_is() {
	local state
	state=$("${HSSCTL_C[@]}" registration show "$IMPI" | sed -n 's/^registrations.1.state: //p')
	[ "$state" = "$1" ] || fail "$2: $state"
}

# hss_stop [SIGNAL]: end the daemon and wait for it. After SIGTERM it has to end in good order.
hss_stop() {
	local pid=$HSS_PID signal=${1:-TERM} status=0
	[ -n "$pid" ] || return 0
	HSS_PID=
	kill "-$signal" "$pid" 2>/dev/null || true
	if [ "$signal" = TERM ] && [ -n "$(daemon_env)" ]; then
		# With libasan preloaded Debian's freeDiameterd, even without any extension, does not come back from
		# exit() once a connection has failed: freelocale() of p11-kit waits for ever. Our part is over before.
		wait_for "the HSS has stopped" grep -q "hss: stopped" "$NODE/hss.log"
		kill -KILL "$pid" 2>/dev/null || true
		signal=KILL
	fi
	wait "$pid" 2>/dev/null || status=$?
	if [ "$signal" = TERM ]; then
		[ "$status" = 0 ] || fail "the HSS ended with status $status"
		grep -q "hss: stopped" "$NODE/hss.log" || fail "the HSS did not stop in good order"
	fi
	if grep -qE 'ERROR: (Address|Leak|Undefined)|runtime error:' "$NODE/hss.log" 2>/dev/null; then
		fail "a sanitizer complained"
	fi
}

# secrets_make FILE: random K and OPc; sets K and OPC.
secrets_make() {
	K=$(openssl rand -hex 16)
	OPC=$(openssl rand -hex 16)
	(umask 077 && printf 'k=%s\nopc=%s\n' "$K" "$OPC" >"$1")
}

# The demo subscriber, and another one with a foreign identity.
subscribers_add() {
	secrets_make "$TMP/alice.secrets"
	"${HSSCTL_C[@]}" subscriber add --impi "$IMPI" --impu "$IMPU" --impu "$IMPU2" \
		--secrets "$TMP/alice.secrets" >/dev/null
	printf 'k=%s\nopc=%s\n' "$(openssl rand -hex 16)" "$(openssl rand -hex 16)" |
		"${HSSCTL_C[@]}" subscriber add --impi bob.private@home.example --impu sip:bob@home.example \
			--secrets - >/dev/null
}

# fault_disk_init: the database of the node in $NODE is on the disk of fault.fdx, which fails as the file $FAULT says.
fault_disk_init() {
	FAULT=$TMP/fault
	sed -i "s#^LoadExtension = \"[^\"]*/hss.fdx\"#LoadExtension = \"$BUILD/tests/fault.fdx\" : \"$FAULT\";\n&#" \
		"$NODE/freeDiameter.conf"
	grep -q fault.fdx "$NODE/freeDiameter.conf" || fail "fault.fdx is not loaded"
}

# load_start ROUND: sixteen requesters ask for vectors until the HSS ends; returns when more have come than in the round
# before. Sets LOAD_PID. Its SQNs are appended to $TMP/sqn.log.
load_start() {
	local before
	before=$(wc -l <"$TMP/sqn.log")
	"${SCSCF_C[@]}" storm --count 100000 --requesters 16 --vectors 2 --sqn-log "$TMP/sqn.log" --allow-loss \
		>"$TMP/storm.out" 2>&1 &
	LOAD_PID=$!
	LOAD_GOAL=$((before + 500 * $1))
	wait_for "vectors arrive" load_goal_reached
}

load_goal_reached() {
	[ "$(wc -l <"$TMP/sqn.log")" -gt "$LOAD_GOAL" ]
}

# load_end ROUND: the load must have ended without a fault.
load_end() {
	local status=0
	wait "$LOAD_PID" || status=$?
	if [ "$status" -ne 0 ]; then
		cat "$TMP/storm.out"
		fail "round $1: storm found a fault, status $status"
	fi
}

# What the store holds, as one line to compare.
store_digest() {
	sqlite3 -readonly "$NODE/hss.db" .dump | sha256sum
}

# secret KIND HEX: one more that hunt looks for.
secret() { printf '%s %s\n' "$1" "$2" >>"$TMP/secrets"; }

# octets_of TEXT: as digits.
octets_of() { printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'; }

# hunt FILE...: 0 if none of them holds a secret, as octets, digits or base64.
HUNT=$TESTS/integration/hunt.py
hunt() { python3 "$HUNT" files "$TMP/secrets" "$@"; }

# capture_start: tshark records what passes on the HSS's port from now on.
capture_start() {
	# -q would hide the line that says that the capture runs.
	tshark -i lo -f "tcp port $PORT" -w "$TMP/run.pcap" >"$TMP/tshark.out" 2>&1 &
	TSHARK_PID=$!
	wait_for "tshark captures" grep -q "Capturing on" "$TMP/tshark.out"
	wait_for "the capture file has its header" test -s "$TMP/run.pcap"
}

# capture_end MIN [KNOWN]: at least MIN Cx messages were recorded, and tshark complains about none of them. KNOWN is an
# expression for complaints that the test provokes. What tshark says of each message is in $TMP/decoded.
capture_end() {
	local count
	kill -INT "$TSHARK_PID"
	wait "$TSHARK_PID" || true
	tshark -r "$TMP/run.pcap" -d "tcp.port==$PORT,diameter" -V -Y diameter >"$TMP/decoded" 2>/dev/null
	count=$(grep -cE '^    Command Code: .*\(30[0-5]\)' "$TMP/decoded") || true
	[ "$count" -ge "$1" ] || fail "only $count Cx messages were captured"
	grep -E 'Unknown AVP|\[Malformed|Unknown \(|\[Expert Info \((Warn|Error)' "$TMP/decoded" |
		grep -vE "${2:-^$}" >"$TMP/bad" || true
	[ ! -s "$TMP/bad" ] || {
		head -n 20 "$TMP/bad"
		fail "tshark complains"
	}
	pass "tshark has no complaint about $count Cx messages"
}

# The closing line of a script; the test's expression in ctest looks for it, so that a script that
# ends early without an error does not pass.
done_line() {
	echo "DONE: $PASSED passed"
}
