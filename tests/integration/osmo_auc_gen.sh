#!/bin/sh
# auc/ against osmo-auc-gen (package libosmocore-utils) on random subscribers, vectors and AUTS;
# then the same with one bit of each K turned, every one of which must be seen.
#
# usage: osmo_auc_gen.sh AUC_GEN [SEED [COUNT]]
set -u

if [ $# -eq 0 ]; then
	echo "usage: $0 AUC_GEN [SEED [COUNT]]" >&2
	exit 2
fi
if ! command -v osmo-auc-gen >/dev/null; then
	echo "osmo_auc_gen: FAIL: osmo-auc-gen is not installed (package libosmocore-utils)"
	exit 1
fi
program=$1
seed=${2:-$(od -An -N6 -tu8 /dev/urandom | tr -d ' ')}
count=${3:-300}

echo "osmo_auc_gen: seed $seed"
"$program" "$seed" "$count" || {
	echo "osmo_auc_gen: FAIL: $0 $program $seed $count"
	exit 1
}
turned=$("$program" "$seed" 10 flip 2>/dev/null)
case $turned in
*"10 subscribers, 10 differ") echo "osmo_auc_gen: one bit of K turned: 10 of 10 seen" ;;
*)
	echo "$turned"
	echo "osmo_auc_gen: FAIL: a turned bit of K was not seen"
	exit 1
	;;
esac
