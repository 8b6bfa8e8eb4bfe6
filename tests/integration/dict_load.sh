#!/bin/bash
# dict_cx.fdx in a real libfdcore: alone, and beside Debian's dictionaries in every order that their
# own dependencies allow. Each order is a configuration that dict_probe reads as the daemon does;
# an extension that fails, or a Cx command, AVP or value that is missing afterwards, fails the test.
# Then the daemon itself starts with all of them, and a real conflict is refused with its reason.
#
# usage: dict_load.sh DICT_PROBE DICT_CX_FDX DICT_CONFLICT_FDX [FREEDIAMETERD]
set -euo pipefail

probe=$1
dict_cx=$2
dict_conflict=$3
daemon=${4:-}
work=$(mktemp -d)
daemon_pid=

cleanup() {
	if [ -n "$daemon_pid" ]; then
		kill "$daemon_pid" 2>/dev/null || true
		wait "$daemon_pid" 2>/dev/null || true
	fi
	rm -rf "$work"
}
trap cleanup EXIT

# conf EXTENSION... : writes $work/conf. No port: nothing listens.
conf() {
	{
		echo 'Identity = "hss.example.net"; Realm = "example.net";'
		echo 'No_SCTP; No_IPv6; Port = 0; SecPort = 0; NoRelay;'
		printf 'LoadExtension = "%s";\n' "$@"
	} >"$work/conf"
}

# loads EXTENSION... : all of them load, and Cx is there.
loads() {
	conf "$@"
	if ! "$probe" "$work/conf" check >"$work/log" 2>&1; then
		cat "$work/log" >&2
		echo "dict_load: failed with $*" >&2
		exit 1
	fi
}

# One order a line. A module stands after those it depends on.
orders() {
	python3 - "$dict_cx" <<'EOF'
import itertools
import sys

cx = sys.argv[1]
after = {"dict_eap": "dict_nasreq", "dict_dcca": "dict_nasreq", "dict_dcca_3gpp": "dict_dcca"}
names = ["dict_nasreq", "dict_eap", "dict_dcca", "dict_dcca_3gpp", "dict_sip"]
for order in itertools.permutations([cx] + names):
    if all(order.index(second) > order.index(first) for second, first in after.items()):
        print(*(name if name == cx else name + ".fdx" for name in order))
# the other dictionaries of the package, ours at each place
others = ["dict_nasreq", "dict_sip", "dict_rfc5777", "dict_mip6i", "dict_mip6a", "dict_nas_mipv6",
          "dict_eap", "dict_dcca", "dict_dcca_3gpp", "dict_dcca_starent"]
for place in range(len(others) + 1):
    print(*(name + ".fdx" for name in others[:place]), cx,
          *(name + ".fdx" for name in others[place:]))
EOF
}

loads "$dict_cx"
orders >"$work/orders"
n_orders=0
while read -r -a order; do
	loads "${order[@]}"
	n_orders=$((n_orders + 1))
done <"$work/orders"
if [ "$n_orders" -lt 60 ]; then
	echo "dict_load: only $n_orders orders tried" >&2
	exit 1
fi

# the probe sees a dictionary that was not loaded
conf dict_sip.fdx
if "$probe" "$work/conf" check >"$work/log" 2>&1; then
	echo "dict_load: dict_probe finds Cx without dict_cx" >&2
	exit 1
fi

# another base type: refused, the AVP and both types named
conf "$dict_conflict" "$dict_cx"
if "$probe" "$work/conf" >"$work/log" 2>&1; then
	echo "dict_load: a conflicting Public-Identity was accepted" >&2
	exit 1
fi
grep 'dict_cx: ' "$work/log" | grep Public-Identity | grep OctetString | grep -q Unsigned32 || {
	cat "$work/log" >&2
	echo "dict_load: the refusal does not name AVP and types" >&2
	exit 1
}

# the daemon
if [ -n "$daemon" ]; then
	conf dict_nasreq.fdx dict_dcca.fdx "$dict_cx" dict_dcca_3gpp.fdx dict_sip.fdx
	mkfifo "$work/out"
	"$daemon" -c "$work/conf" >"$work/out" 2>&1 &
	daemon_pid=$!
	started=
	while read -r -t 60 line; do
		echo "$line" >>"$work/daemon.log"
		case $line in
		# Not in good order: without hss.fdx freeDiameter's own end aborts on a busy machine.
		*"daemon initialized"*) started=yes && kill -KILL "$daemon_pid" ;;
		esac
	done <"$work/out"
	wait "$daemon_pid" || true
	daemon_pid=
	if [ -z "$started" ]; then
		cat "$work/daemon.log" >&2
		echo "dict_load: $daemon did not start" >&2
		exit 1
	fi
fi
echo "dict_load: $((n_orders + 1)) orders"
