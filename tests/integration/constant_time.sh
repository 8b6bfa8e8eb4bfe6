#!/bin/sh
# Shows with valgrind that no branch or memory index of auc/ depends on a secret (unit/ct_auc.c),
# and with two deliberate leaks that valgrind would have said so.
#
# usage: constant_time.sh CT_AUC...    each a build of ct_auc
set -u

FLAGGED=99
failed=0

fail() {
	echo "constant_time: FAIL: $*"
	failed=1
}

# run PROGRAM MODE: its output in $out, the status of valgrind or of the program in $status
run() {
	out=$(valgrind --quiet --error-exitcode=$FLAGGED --track-origins=no "$1" "$2" 2>&1)
	status=$?
}

if [ $# -eq 0 ]; then
	echo "usage: $0 CT_AUC..." >&2
	exit 2
fi
if ! command -v valgrind >/dev/null; then
	echo "constant_time: FAIL: valgrind is not installed"
	exit 1
fi

# valgrind shows the program a CPU of its own: ask both.
echo "constant_time: AES of OpenSSL on this CPU: $("$1" aes)"
run "$1" aes
echo "constant_time: AES of OpenSSL under valgrind: $out"
for aes in "$("$1" aes)" "$out"; do
	case $aes in
	tables*) fail "OpenSSL runs its table-based AES here: not constant-time, whatever auc/ does" ;;
	esac
done

for program in "$@"; do
	name=$(basename "$program")
	run "$program" auc
	echo "$out"
	case $status in
	0) echo "constant_time: $name: nothing depends on a secret" ;;
	"$FLAGGED") fail "$name: a branch or an index depends on a secret" ;;
	*) fail "$name: status $status" ;;
	esac
	for leak in leaky-table leaky-mac; do
		run "$program" $leak
		if [ $status -eq $FLAGGED ]; then
			echo "constant_time: $name: control $leak is flagged, as it must be"
		else
			echo "$out"
			fail "$name: control $leak is not flagged (status $status): valgrind sees nothing"
		fi
	done
done
exit $failed
