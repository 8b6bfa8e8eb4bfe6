#!/bin/bash
# SIP Digest from the operator's password to the S-CSCF's verdict: what the HSS gives and to whom, a password that changes
# while the user is registered, and that no password and no HA1 lies about anywhere.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

DAVE=dave.private@home.example
CAROL=carol.private@home.example

# ha1 IMPI PASSWORD: as md5sum makes it.
ha1() { printf '%s:%s:%s' "$1" "$REALM" "$2" | md5sum | cut -d ' ' -f 1; }

# password_make FILE: a random one into the file; sets PASSWORD.
password_make() {
	PASSWORD="pass $(openssl rand -hex 12)"
	(umask 077 && printf 'password=%s\n' "$PASSWORD" >"$1")
}

# scscf_of IMPI IMPU SECRETS [argument]...: the companion S-CSCF with another user.
scscf_of() {
	local impi=$1 impu=$2 secrets=$3
	shift 3
	"$SCSCF" --hss "127.0.0.1:$PORT" --hss-identity "$HSS_ID" --identity "$SCSCF_ID" --realm "$REALM" \
		--server-name "$SCSCF_NAME" --impi "$impi" --impu "$impu" --secrets "$secrets" "$@"
}
dave() { scscf_of "$DAVE" sip:dave@home.example "$TMP/dave.secrets" "$@"; }
carol() { scscf_of "$CAROL" sip:carol@home.example "$TMP/carol.secrets" "$@"; }

# passes COMMAND...: it succeeds; what it said is in $TMP/out, and in the log of all.
passes() {
	"$@" >"$TMP/out" 2>&1 || {
		cat "$TMP/out"
		fail "$*"
	}
	cat "$TMP/out" >>"$TMP/scscf.log"
}

# refused COMMAND...: it fails, and says so in a line with TEXT.
refused() {
	local text=$1
	shift
	if "$@" >"$TMP/out" 2>&1; then
		fail "not refused: $*"
	fi
	cat "$TMP/out" >>"$TMP/scscf.log"
	grep -qF "$text" "$TMP/out" || {
		cat "$TMP/out"
		fail "no \"$text\": $*"
	}
}

# sqn IMPI: what the HSS says it is.
sqn() { "${HSSCTL_C[@]}" registration show "$1" --json | python3 -c '
import json, sys
def find(value):
    if isinstance(value, dict):
        for name, member in value.items():
            if name == "sqn":
                yield member
            yield from find(member)
    elif isinstance(value, list):
        for member in value:
            yield from find(member)
print(*find(json.load(sys.stdin)))'; }

# said TEXT FILE WHAT
said() {
	grep -qxF "$1" "$2" || {
		cat "$2"
		fail "$3"
	}
}

hss_init
echo 'log_level = "info"' >>"$NODE/hss.conf"
subscribers_add
password_make "$TMP/dave.secrets"
DAVE_PASSWORD=$PASSWORD
"${HSSCTL_C[@]}" subscriber add --impi "$DAVE" --impu sip:dave@home.example --secrets "$TMP/dave.secrets" >/dev/null
password_make "$TMP/carol.password"
CAROL_PASSWORD=$PASSWORD
secrets_make "$TMP/carol.secrets"
cat "$TMP/carol.password" >>"$TMP/carol.secrets"
"${HSSCTL_C[@]}" subscriber add --impi "$CAROL" --impu sip:carol@home.example --secrets "$TMP/carol.secrets" \
	--scheme Digest-AKAv1-MD5 --scheme "SIP Digest" >/dev/null
hss_start -d -d
capture_start

passes dave run all
for flow in digest-registration digest-wrong-password digest-no-answer scheme-downgrade; do
	said "PASS $flow" "$TMP/out" "$flow"
done
grep -q "^SKIP registration" "$TMP/out" || fail "a flow of AKA is not skipped"
passes dave register
pass "a user of SIP Digest alone: every flow of the scheme"

passes carol run all
for flow in registration digest-registration digest-takes-no-sqn scheme-downgrade; do
	said "PASS $flow" "$TMP/out" "$flow"
done
passes carol mar --scheme unknown --vectors 2
grep -q "^SIP-Auth-Data-Item 2: RAND" "$TMP/out" || fail "AKA is not preferred"
pass "a user of both: every flow, and AKA is preferred"

passes "${SCSCF_C[@]}" run scheme-downgrade
for scheme in "SIP Digest" "sip digest" NASS-Bundled Early-IMS-Security "Some Scheme"; do
	refused "Experimental-Result: 5006" "${SCSCF_C[@]}" mar --scheme "$scheme"
	grep -qi "^Error-Message: authentication scheme $scheme is " "$TMP/out" || fail "5006 for $scheme without words"
done
refused "Experimental-Result: 5006" dave mar
pass "no downgrade: what is not set for the user is refused, in words"

before=$(sqn "$CAROL")
[ -n "$before" ] || fail "registration show tells no SQN"
passes carol mar --scheme "SIP Digest" --vectors 3
said "SIP-Digest-Authenticate: realm $REALM HA1 (16 octets)" "$TMP/out" "the MAA has no HA1"
[ "$(sqn "$CAROL")" = "$before" ] || fail "a MAR with SIP Digest moved the SQN"
passes carol mar
[ "$(sqn "$CAROL")" != "$before" ] || fail "a MAR with AKA does not move the SQN: nothing is shown"
pass "a MAR with SIP Digest takes no SQN"

# The password changes while the user is registered: the S-CSCF is told, and the new one counts.
passes dave register
cp "$TMP/dave.secrets" "$TMP/dave.old"
dave wait-push --register >"$TMP/push" 2>&1 &
WAIT=$!
wait_for "the user is registered" grep -qx waiting "$TMP/push"
password_make "$TMP/dave.secrets"
DAVE_SECOND=$PASSWORD
"${HSSCTL_C[@]}" subscriber set "$DAVE" --secrets "$TMP/dave.secrets" >"$TMP/hssctl.log" 2>&1
wait "$WAIT" || {
	cat "$TMP/push"
	fail "no PPR"
}
cat "$TMP/push" >>"$TMP/scscf.log"
said "PPR of $DAVE, digest: DIAMETER_SUCCESS" "$TMP/push" "the PPR"
sent() { "${HSSCTL_C[@]}" push list | grep -q "PPR done .* 1 sent: DIAMETER_SUCCESS"; }
wait_for "the push is done" sent
refused "FAIL register-digest" scscf_of "$DAVE" sip:dave@home.example "$TMP/dave.old" register-digest
passes dave register-digest
pass "a new password is pushed to the S-CSCF, and counts; the old one does not"

"${HSSCTL_C[@]}" push list >>"$TMP/hssctl.log" 2>&1
"${HSSCTL_C[@]}" push list --json >>"$TMP/hssctl.log" 2>&1
"${HSSCTL_C[@]}" push show "$("${HSSCTL_C[@]}" push list | tail -n 1 | cut -d ' ' -f 1)" >>"$TMP/hssctl.log" 2>&1
for impi in "$DAVE" "$CAROL"; do
	"${HSSCTL_C[@]}" subscriber show "$impi" >>"$TMP/hssctl.log" 2>&1
	"${HSSCTL_C[@]}" registration show "$impi" --json >>"$TMP/hssctl.log" 2>&1
done
"${HSSCTL_C[@]}" subscriber export - --json >>"$TMP/hssctl.log" 2>&1
if "${HSSCTL_C[@]}" subscriber export - >>"$TMP/hssctl.log" 2>&1; then
	fail "rows of keys stand for users of SIP Digest"
fi
capture_end 100

# What passed on the wire is what md5sum makes, in one item.
fields() {
	tshark -r "$TMP/run.pcap" -d "tcp.port==$PORT,diameter" -Y "$1" -T fields -E separator=/s -e diameter.Digest-HA1 \
		-e diameter.3GPP-SIP-Number-Auth-Items 2>/dev/null
}
maa='diameter.cmd.code == 303 && diameter.flags.request == 0 && diameter.Digest-HA1'
fields "$maa" | sort -u >"$TMP/ha1.wire"
for expected in "$(ha1 "$DAVE" "$DAVE_PASSWORD") 1" "$(ha1 "$DAVE" "$DAVE_SECOND") 1" "$(ha1 "$CAROL" "$CAROL_PASSWORD") 1"; do
	echo "$expected"
done | sort >"$TMP/ha1.own"
diff "$TMP/ha1.wire" "$TMP/ha1.own" >"$TMP/diff" || fail "HA1s of the MAAs: $(wc -l <"$TMP/diff") lines differ from md5sum"
[ "$(fields 'diameter.cmd.code == 305 && diameter.flags.request == 1' | tr -d ' ')" = "$(ha1 "$DAVE" "$DAVE_SECOND")" ] ||
	fail "the PPR does not carry the new HA1"
pass "HA1 in MAA and PPR is what md5sum makes, in one item"

hss_stop
for password in "$DAVE_PASSWORD" "$DAVE_SECOND" "$CAROL_PASSWORD"; do
	secret PASSWORD "$(octets_of "$password")"
done
cut -d ' ' -f 1 "$TMP/ha1.own" | sed 's/^/HA1 /' >>"$TMP/secrets"
cp "$NODE/hss.log" "$TMP/daemon.log"
mapfile -t files < <(find "$NODE" -type f)
hunt "$TMP/daemon.log" "$TMP/scscf.log" "$TMP/hssctl.log" "${files[@]}" || fail "a password or HA1 lies about"
hunt "$TMP/ha1.wire" >/dev/null && fail "the hunt does not see an HA1"
hunt "$TMP/dave.secrets" >/dev/null && fail "the hunt does not see a password"
pass "no password and no HA1 in $(cat "$TMP/daemon.log" "$TMP/scscf.log" "$TMP/hssctl.log" | wc -l) lines and ${#files[@]} files of the node"
done_line
