#!/bin/bash
# What the HSS says by itself: RTR and PPR to the companion S-CSCF, with the outbox between the operator's act and the
# message.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

# scscf_wait FILE [option of scscf]...: register, then wait for pushes; in the background, its words in FILE. Sets WAIT.
scscf_wait() {
	local file=$1
	shift
	"${SCSCF_C[@]}" wait-push --register "$@" >"$file" 2>&1 &
	WAIT=$!
	wait_for "the user is registered" grep -qx waiting "$file"
}

# scscf_end FILE WHAT: it has to have seen what it waited for.
scscf_end() {
	wait "$WAIT" || {
		cat "$1"
		fail "$2: the S-CSCF waited in vain"
	}
}

# push_is ID TEXT WHAT: the line of that push in the list ends like this.
push_is() {
	"${HSSCTL_C[@]}" push list | grep "^$1 " >"$TMP/push" || fail "$3: no push $1"
	grep -qE "$2\$" "$TMP/push" || fail "$3: $(cat "$TMP/push")"
}

# said FILE TEXT WHAT: the S-CSCF has said this line.
said() {
	grep -qxF "$2" "$1" || {
		cat "$1"
		fail "$3"
	}
}

state() { "${HSSCTL_C[@]}" registration show "$IMPI" | sed -n 's/^registrations.1.state: //p'; }

hss_init
subscribers_add
hss_start

scscf_wait "$TMP/out"
"${HSSCTL_C[@]}" deregister "$IMPI" --info "gone for good" >/dev/null
scscf_end "$TMP/out" "deregister"
said "$TMP/out" "RTR of $IMPI for $IMPU $IMPU2, PERMANENT_TERMINATION \"gone for good\": DIAMETER_SUCCESS" "the RTR"
push_is 1 "1 sent: DIAMETER_SUCCESS" "deregister"
[ "$(state)" = "not registered" ] || fail "deregister: $(state)"
pass "deregister ends the registration and tells the S-CSCF"
done_line
