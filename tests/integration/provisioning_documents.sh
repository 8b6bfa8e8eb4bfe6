#!/bin/bash
# Provisioning by document, end to end: the worked example of docs/profiles.md, as it stands there, is applied to a running HSS
# and to a stopped one, and an S-CSCF gets what it says.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

# The JSON blocks of the page, each into the file that the text before it names.
examples_extract() {
	python3 - "$TESTS/../docs/profiles.md" "$TMP" <<-'PY'
		import json, re, sys
		page = open(sys.argv[1]).read()
		names, found = [], 0
		for name, block in re.findall(r"`([a-z]+\.json)`|```json\n(.*?)```", page, re.S):
		    if name:
		        names.append(name)
		    elif names:
		        json.loads(block)
		        open(sys.argv[2] + "/" + names.pop(0), "w").write(block)
		        found += 1
		assert found >= 5, found
	PY
	chmod 600 "$TMP"/*.json
}

ctl() { "${HSSCTL_C[@]}" "$@" >"$TMP/ctl.out" 2>"$TMP/ctl.err" || {
	cat "$TMP/ctl.out" "$TMP/ctl.err"
	fail "hssctl $*"
}; }
says() { grep -qF -- "$1" "$TMP/ctl.out" || { cat "$TMP/ctl.out"; fail "hssctl does not say: $1"; }; }

examples_apply() {
	ctl ifc-set apply "$TMP/presence.json"
	says "result: $1"
	ctl profile apply "$TMP/telephony.json"
	says "result: $1"
	ctl charging apply "$TMP/offline.json"
	says "result: $1"
	ctl capabilities apply "$TMP/capable.json"
	says "result: $1"
}

anna_scscf() {
	"$SCSCF" --hss "127.0.0.1:$PORT" --hss-identity "$HSS_ID" --identity "$SCSCF_ID" --realm "$REALM" \
		--server-name "$SCSCF_NAME" --impi anna@ims.example.net --impu sip:anna@ims.example.net \
		--secrets "$TMP/anna.secrets" --verbose "$@" >"$TMP/anna.out" 2>&1
}
anna() {
	anna_scscf "$@" || {
		cat "$TMP/anna.out"
		fail "scscf $*"
	}
}
gets() { grep -qF -- "$1" "$TMP/anna.out" || { cat "$TMP/anna.out"; fail "the S-CSCF does not get: $1"; }; }

examples_extract
python3 -c 'import json, sys; i = json.load(open(sys.argv[1]))["impis"][0]; print("k=%s\nopc=%s" % (i["k"], i["opc"]))' \
	"$TMP/anna.json" >"$TMP/anna.secrets"
chmod 600 "$TMP/anna.secrets"
hss_init
hss_start
examples_apply created
ctl subscriber apply "$TMP/anna.json" --dry-run
says "created: 1"
ctl subscriber apply "$TMP/anna.json"
says "anna@ims.example.net: created"
pass "the worked example is applied to a running HSS"

anna uar
gets "Mandatory-Capability: 1"
gets "Optional-Capability: 4"
anna sar --type 1
gets "Primary-Charging-Collection-Function-Name: aaa://ccf1.ims.example.net;transport=tcp"
gets "<SubscribedMediaProfileId>1</SubscribedMediaProfileId>"
gets "<ServiceId>urn:urn-7:3gpp-service.ims.icsi.mmtel</ServiceId>"
gets "<ConditionNegated>1</ConditionNegated><Group>2</Group><SIPHeader><Header>Priority</Header>"
gets "<ServerName>sip:mmtel.ims.example.net:5060;lr</ServerName><DefaultHandling>1</DefaultHandling>"
gets "<Priority>20</Priority>"
gets "<IncludeRegisterRequest/><IncludeRegisterResponse/>"
pass "the S-CSCF gets criteria, the shared set and charging; the I-CSCF gets capabilities"

examples_apply unchanged
sed -i 's/mmtel\./tas./' "$TMP/telephony.json"
ctl profile apply "$TMP/telephony.json" --dry-run
says "criteria[10].server.name: sip:mmtel.ims.example.net:5060;lr -> sip:tas.ims.example.net:5060;lr"
anna sar --type 2
gets "<ServerName>sip:mmtel.ims.example.net:5060;lr</ServerName>"
ctl profile apply "$TMP/telephony.json"
pass "a dry run changes nothing, an apply does"

# Anna's S-CSCF was away when the profile changed: it is sent the new one when it comes back, and the next change at once.
anna wait-push
gets "PPR of anna@ims.example.net"
gets "<ServerName>sip:tas.ims.example.net:5060;lr</ServerName>"
: >"$TMP/anna.out"
anna_scscf wait-push --register &
scscf=$!
wait_for "anna is registered" grep -qx waiting "$TMP/anna.out"
sed -i 's/tas\./voice./' "$TMP/telephony.json"
ctl profile apply "$TMP/telephony.json"
wait $scscf || {
	cat "$TMP/anna.out"
	fail "the S-CSCF waited for a PPR in vain"
}
gets "<ServerName>sip:voice.ims.example.net:5060;lr</ServerName>"
pass "an S-CSCF that serves a user of the profile is sent the new one"

hss_stop
examples_apply unchanged
sed -i 's/"priority": 20/"priority": 30/' "$TMP/presence.json"
ctl ifc-set apply "$TMP/presence.json"
says "criteria[30]: - -> "
python3 - "$TMP/anna.json" <<-'PY'
	import json, sys
	doc = json.load(open(sys.argv[1]))
	del doc["charging"], doc["impis"][0]["k"], doc["impis"][0]["opc"]
	json.dump(doc, open(sys.argv[1], "w"))
PY
ctl subscriber apply "$TMP/anna.json"
says "charging: offline -> -"
if "${HSSCTL_C[@]}" profile delete telephony >"$TMP/ctl.out" 2>"$TMP/ctl.err"; then
	fail "a profile that is used is deleted"
fi
ctl charging delete offline
hss_start
anna sar --type 2
gets "<Priority>30</Priority>"
if grep -q Charging "$TMP/anna.out"; then
	fail "charging addresses that were taken away"
fi
anna register
pass "with the HSS stopped it is the same, and a subscriber keeps the keys that a document lacks"
done_line
