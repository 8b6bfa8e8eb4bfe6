#!/bin/sh
# Shows with valgrind that no branch and no memory index of what handles keys depends on a secret (unit/ct_*.c): vectors,
# AUTS, digits, HA1, seals, MAA. Deliberate leaks show that valgrind would have said so, and so do the table-based AES and
# GHASH that OpenSSL runs when the instructions for them are hidden.
#
# usage: constant_time.sh SUPPRESSIONS PROGRAM...    ct_auc and ct_hss are among them
set -u

supp=$1
shift
auc=
hss=
for program in "$@"; do
	case $program in
	*/ct_auc) auc=$program ;;
	*/ct_hss) hss=$program ;;
	esac
done
log=$(mktemp)
trap 'rm -f "$log" "$log".*' EXIT
failed=0

fail() {
	echo "constant_time: FAIL: $*"
	failed=1
}

# run PROGRAM [CASE]: its output in $out and its status in $status, what valgrind says in $log
run() {
	out=$(valgrind --quiet --suppressions="$supp" --log-file="$log" "$@" 2>&1)
	status=$?
}

if ! command -v valgrind >/dev/null; then
	echo "constant_time: FAIL: valgrind is not installed"
	exit 1
fi

# valgrind shows the program a CPU of its own: ask both.
"$auc" cpu || fail "not constant-time on this CPU, whatever the programs do"
run "$auc" cpu
echo "under valgrind: $out"
[ $status -eq 0 ] || fail "not constant-time under valgrind: nothing can be shown"
for hidden in '~0x200020200000000' '~0x200000000'; do
	if OPENSSL_ia32cap=$hidden "$auc" cpu >/dev/null; then
		case $(uname -m) in
		x86_64) fail "with the instructions $hidden hidden, the check of the CPU sees no tables" ;;
		esac
	fi
done

for program in "$@"; do
	run "$program"
	echo "$out" | sed "s/^/$(basename "$program"): /"
	if [ $status -ne 0 ]; then
		grep -v '^==[0-9]*== *$' "$log" | head -n 60
		fail "$(basename "$program"): status $status"
	fi
done

# caught PROGRAM CASE HIDDEN: with instructions hidden the case must be reported
caught() {
	OPENSSL_ia32cap=$3 run "$1" "$2"
	echo "$(basename "$1") without $3: $out"
	case $out in
	WRONG:*[1-9]*report*) ;;
	*) fail "the tables of OpenSSL are not reported" ;;
	esac
}
if [ "$(uname -m)" = x86_64 ]; then
	caught "$auc" vectors '~0x200020200000000'
	caught "$hss" seal '~0x200000200000000'
fi
exit $failed
