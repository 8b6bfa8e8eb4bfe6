#!/bin/bash
# The load generator against a node: every command and the mix end without a fault, with all vectors recomputed; and
# it finds a fault where there is one: wrong keys, an SQN that its log has already, a subscriber that is not there.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
CXBENCH=$BUILD/tools/cxbench/cxbench

# field NAME: of the JSON line of the last run.
field() {
	tail -n 1 "$TMP/bench.out" | python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"
}

# bench STATUS [OPTION]...: a run has to end with this status.
bench() {
	local want=$1 status=0
	shift
	"$CXBENCH" --subscribers "$TMP/s.csv" "$@" "127.0.0.1:$PORT" >"$TMP/bench.out" 2>"$TMP/bench.err" || status=$?
	if [ "$status" -ne "$want" ]; then
		cat "$TMP/bench.out" "$TMP/bench.err" >&2
		fail "cxbench $*: status $status instead of $want"
	fi
}

hss_init
"$CXBENCH" --make-subscribers 200 --realm "$REALM" --output "$TMP/s.csv"
[ "$(stat -c %a "$TMP/s.csv")" = 600 ] || fail "the subscriber file is open to others"
"${HSSCTL_C[@]}" subscriber import "$TMP/s.csv" >"$TMP/import.out"
grep -q "added: 200" "$TMP/import.out" || fail "200 subscribers were not imported"
hss_start

for command in mar uar sar lir mix; do
	bench 0 --command "$command" --count 2000 --verify 100
	[ "$(field success)" = 2000 ] || fail "$command: $(field success) successes instead of 2000"
	[ "$(field faults)" = 0 ] || fail "$command: $(field faults) faults"
done
[ "$(field vectors_verified)" -gt 400 ] || fail "the mix verified $(field vectors_verified) vectors only"
pass "mar, uar, sar, lir and the mix: 2,000 requests each, no fault"

bench 0 --count 2000 --vectors 3 --hot 2 --connections 4 --scscfs 2 --sqn-log "$TMP/sqn.log"
bench 0 --count 2000 --vectors 3 --sqn-log "$TMP/sqn.log"
n=$(wc -l <"$TMP/sqn.log")
[ "$n" -eq 12000 ] || fail "$n SQNs in the log instead of 12000"
[ "$(sort "$TMP/sqn.log" | uniq -d | wc -l)" -eq 0 ] || fail "an SQN came twice"
pass "12,000 vectors over two runs and four connections, no SQN twice"

bench 0 --rate 500 --seconds 2 --warmup 0.5
[ "$(field sent)" -gt 0 ] && [ "$(field sent)" -le 1000 ] || fail "$(field sent) sent in 2 s at 500/s"
bench 0 --deaf --seconds 0.5
[ "$(field sent)" -gt 128 ] || fail "a deaf peer kept to its window"
bench 0 --count 200
pass "a rate, and a peer that never reads"

# Each of these checks must be able to fail.
bench 0 --count 1 --hot 1 --sqn-log "$TMP/one.log"
read -r impi sqn <"$TMP/one.log"
echo "$impi $((sqn + 32))" >>"$TMP/one.log" # the next of the same S-CSCF
bench 1 --count 1 --hot 1 --sqn-log "$TMP/one.log"
[ "$(field sqn_duplicates)" = 1 ] || fail "an SQN that its log has came again unseen"
echo "$impi $((sqn + (1 << 40)))" >"$TMP/one.log"
bench 1 --count 1 --hot 1 --sqn-log "$TMP/one.log"
[ "$(field sqn_back)" = 1 ] || fail "an SQN below that of its log was not seen"
pass "an SQN that the log has already, or that is below it, is a fault"

cp -p "$TMP/s.csv" "$TMP/right.csv"
sed -i -E '2,$s/[0-9a-f]{32}$/00000000000000000000000000000000/' "$TMP/s.csv"
bench 1 --count 200 --verify 100
[ "$(field faults)" = 200 ] || fail "$(field faults) faults instead of 200 with wrong keys"
grep -q "wrong vector" "$TMP/bench.err" || fail "the fault has no name"
if grep -qFf <(sed '1d; s/,/\n/g' "$TMP/right.csv" | grep -E '^[0-9a-f]{32}$') "$TMP/bench.out" "$TMP/bench.err"; then
	fail "a key was printed"
fi
pass "wrong keys: a fault for each answer, no key printed"

printf 'impi,impus\nnobody@%s,sip:nobody@%s\n' "$REALM" "$REALM" >"$TMP/s.csv"
for command in mar uar sar lir; do
	bench 1 --command "$command" --count 5
	[ "$(field refused)" = 5 ] || fail "$command of an unknown user: $(field refused) refused instead of 5"
done
chmod 640 "$TMP/s.csv"
bench 3 --count 1
grep -q "chmod 600" "$TMP/bench.err" || fail "no word about the mode"
pass "an unknown user, and a file that others can read"
hss_stop
done_line
