#!/bin/bash
# hssctl as its users see it: results, messages, exit codes, files and their modes; no key in any output.
#
# usage: hssctl.sh HSSCTL offline        makes nodes of its own; no HSS runs
#        hssctl.sh HSSCTL online DIR     against the HSS that runs on the node in DIR
set -euo pipefail

hssctl=$1
mode=$2
work=$(mktemp -d)
k=465b5ce8b199b49faa5f0a2ee238a6bc
opc=cd63cb71954a9f4e48a5994e37a02baf
op=cdc202d5123e20f62b6d676ac72cb318
password='Circle Of Life'
domain=t$$.example.net # identities of this run only
importer=
lock_fd=

cleanup() {
	if [ -n "$importer" ]; then
		kill -9 "$importer" 2>/dev/null || true
		wait "$importer" 2>/dev/null || true
	fi
	rm -rf "$work"
}
trap cleanup EXIT

fail() {
	echo "hssctl: $*" >&2
	cat "$work/out" "$work/err" >&2
	exit 1
}

# run RC ARGUMENT... : hssctl ends with RC; what it says is in out and err, and kept for the grep for keys.
run() {
	local want=$1 rc=0
	shift
	"$hssctl" -c "$conf" "$@" >"$work/out" 2>"$work/err" </dev/null || rc=$?
	cat "$work/out" "$work/err" >>"$work/said"
	[ "$rc" = "$want" ] || fail "exit code $rc instead of $want: $*"
}

says() { grep -qF -- "$1" "$work/out" || fail "standard output lacks: $1"; }
complains() { grep -qF -- "$1" "$work/err" || fail "standard error lacks: $1"; }
count() { run 0 subscriber count && sed -n 's/^count: //p' "$work/out"; }

lacks() {
	if grep -q "$1" "$2"; then
		fail "$2 has $1"
	fi
}

has_mode() {
	[ "$(stat -c %a "$1")" = "$2" ] || fail "$1 has mode $(stat -c %a "$1")"
}

test_init() {
	local name
	conf=$work/none
	run 0 init "$work/node" --identity hss.example.net --realm example.net --port 3999 \
		--peer scscf.example.net --peer '*.lab.example.net' --default-scscf sip:scscf.example.net:6060
	says "freeDiameterd -c $work/node/freeDiameter.conf"
	has_mode "$work/node" 700
	for name in freeDiameter.conf acl.conf hss.conf hss.db master.key tls.key tls.pem; do
		has_mode "$work/node/$name" 600
	done
	grep -qx 'ALLOW_IPSEC \*.lab.example.net' "$work/node/acl.conf"
	grep -qx 'Port = 3999;' "$work/node/freeDiameter.conf"
	grep -qx 'listen = {"127.0.0.1"}' "$work/node/hss.conf"
	lacks '^ListenOn' "$work/node/freeDiameter.conf"
	openssl verify -CAfile "$work/node/tls.pem" -verify_hostname hss.example.net "$work/node/tls.pem" \
		>/dev/null || fail "the certificate"
	cp -r "$work/node" "$work/before"
	run 1 init "$work/node" --identity hss.example.net --realm example.net
	complains "nothing is overwritten"
	diff -r "$work/before" "$work/node" >/dev/null || fail "init changed a node"
	[ "$(find "$work" -maxdepth 1 -name 'node.*' | wc -l)" = 0 ] || fail "init left something behind"
	run 1 init "$work/no/such/place" --identity hss.example.net --realm example.net
	touch "$work/file"
	run 1 init "$work/file" --identity hss.example.net --realm example.net
	run 2 init "$work/other" --identity hss --realm example.net
	run 2 init "$work/other" --identity hss.example.net --realm example.net --listen nowhere
	run 2 init "$work/other" --identity hss.example.net --realm example.net --port 0
	run 2 init "$work/other" --identity hss.example.net --realm example.net --peer 'a b'
	run 2 init "$work/other" --identity hss.example.net --realm example.net --icscf nodomain
	complains "--icscf nodomain: neither"
	run 2 init "$work/other" --identity hss.example.net --realm example.net --scscf s.example.net=s.example.net
	complains "the S-CSCF name"
	run 2 init "$work/other" --identity hss.example.net --realm example.net \
		--scscf s.example.net=sip:a.example.net --scscf S.example.net=sip:b.example.net
	complains "a second S-CSCF name"
	run 2 init "$work/other" --identity hss.example.net
	run 2 init
	run 2 init "$work/other" --identity hss.example.net --realm example.net --state "$work"
	complains "--state and --user go with --service"
	run 2 init "$work/other" --identity hss.example.net --realm example.net --user nobody
	init_service_refused
	[ ! -e "$work/other" ] || fail "a refused init made a folder"
	run 0 init "$work/least" --identity hss.example.net --realm example.net --icscf i.example.net \
		--scscf 's.example.net=sip:s.example.net:6060' --scscf '*.pool.example.net' --peer lab.example.net \
		--icscf both.example.net --scscf Both.example.net=sip:both.example.net
	[ "$(grep -c ^ALLOW_IPSEC "$work/least/acl.conf")" = 5 ] || fail "acl.conf"
	run 0 conf check "$work/least/hss.conf"
	says "default_scscf: sip:s.example.net:6060"
	grep '^peers' "$work/out" | cut -d: -f2- >"$work/peers"
	diff "$work/peers" - <<-'PEERS' || fail "what the peers of the new node may do"
		 *.pool.example.net
		 SAR LIR MAR
		 both.example.net
		 UAR SAR LIR MAR
		 sip:both.example.net
		 i.example.net
		 UAR LIR
		 lab.example.net
		 UAR SAR LIR MAR
		 s.example.net
		 SAR LIR MAR
		 sip:s.example.net:6060
	PEERS
	run 0 init "$work/any" --identity hss.example.net --realm example.net --listen 0.0.0.0
	complains "nobody may connect"
	lacks '^ListenOn' "$work/any/freeDiameter.conf"
	lacks '^listen' "$work/any/hss.conf"
	run 0 init "$work/lan" --identity hss.example.net --realm example.net --listen 192.0.2.1
	grep -qx 'ListenOn = "192.0.2.1";' "$work/lan/freeDiameter.conf"
	conf=$work/node/hss.conf
	run 0 conf check
	says "default_scscf: sip:scscf.example.net:6060"
	complains "may send every request"
	cat >"$work/peers.conf" <<-'CONF'
		peer "icscf.example.net" { role = "I-CSCF" }
		peer "*.s.example.net" { commands = {"MAR"} server_names = {"sip:s.example.net"} rate = 9 }
		peer "agent.example.net" { role = "any" proxy_for = {"*.example.org"} }
	CONF
	run 0 conf check "$work/peers.conf"
	says "peers.1.peer: *.s.example.net"
	says "peers.1.commands: MAR"
	says "peers.1.server_names: sip:s.example.net"
	says "peers.1.rate: 9"
	says "peers.2.commands: UAR SAR LIR MAR"
	says "peers.2.proxy_for: *.example.org"
	says "peers.3.commands: UAR LIR"
	lacks "peers.3.rate" "$work/out"
	echo 'peer "a.example.net" { }' >>"$work/peers.conf"
	run 1 conf check "$work/peers.conf"
	complains "$work/peers.conf:4: peer \"a.example.net\": it needs a role or commands"
	echo 'colour = 1' >"$work/bad.conf"
	run 1 conf check "$work/bad.conf"
	complains "$work/bad.conf:1"
	run 0 db migrate
	says "schema: "
}

# The user and the folder of a service have to be there, and to fit each other. (As root: nobody else makes one.)
init_service_refused() {
	local service=(init "$work/other" --identity hss.example.net --realm example.net --service)
	local state=$work/state
	run 1 "${service[@]}" --user no-such-user
	if [ "$(id -u)" != 0 ]; then
		complains "only root"
		return
	fi
	complains "there is no user no-such-user: run systemd-sysusers"
	run 1 "${service[@]}" --user root
	complains "the user root is root"
	run 1 "${service[@]}" --user nobody --state "$state"
	complains "the state folder $state: No such file or directory: run systemd-tmpfiles --create"
	mkdir -m 0700 "$state"
	run 1 "${service[@]}" --user nobody --state "$state"
	complains "the state folder $state belongs to the user 0, not to nobody: chown nobody $state"
	chown nobody "$state"
	chmod 0770 "$state"
	run 1 "${service[@]}" --user nobody --state "$state"
	complains "the state folder $state can be changed by group or others (mode 0770): chmod 0700 $state"
	run 1 "${service[@]}" --user nobody --state "$work/file"
	complains "$work/file: not a folder"
	[ -z "$(ls -A "$state")" ] || fail "a refused init left something in $state"
}

test_usage() {
	run 2
	run 2 subscribr list
	complains "subscriber list"
	run 2 subscriber lst
	complains "usage: hssctl [-c FILE] subscriber list"
	run 2 subscriber list --colour
	complains "--colour"
	run 2 subscriber show
	run 2 subscriber show a b
	run 2 subscriber show x --dry-run
	run 2 subscriber set x --barred maybe
	run 2 subscriber set "alice@$domain"
	run 2 subscriber add --impi "alice@$domain"
	run 2 subscriber show $'\xff'
	run 0 --help
	says "registration show"
	run 0 --version
	run 0 subscriber add --help
	says "--secrets"
	run 0 subscriber --help
	says "subscriber apply FILE"
	says "subscriber export FILE"
	lacks "profile set" "$work/out"
	run 2 nothing --help
}

test_one() {
	local alice=alice@$domain
	printf 'k=%s\nopc=%s\n' "$k" "$opc" >"$work/secrets"
	chmod 600 "$work/secrets"
	run 0 subscriber add --impi "$alice" --impu "sip:alice@$domain" --impu "tel:+1-555-$$" \
		--secrets "$work/secrets" --sqn 0x40
	[ ! -s "$work/err" ] || fail "a warning without a cause"
	run 1 subscriber add --impi "$alice" --impu "sip:alice2@$domain" --secrets "$work/secrets"
	complains "exists already"
	chmod 644 "$work/secrets"
	run 0 subscriber add --impi "bob@$domain" --impu "sip:bob@$domain" --secrets "$work/secrets" \
		--visited visited.example.net --dry-run
	complains "warning"
	run 1 subscriber show "bob@$domain"
	printf '# of bob\n k = %s \nop=%s\n' "$k" "$op" | "$hssctl" -c "$conf" subscriber add --impi "bob@$domain" \
		--impu "sip:bob@$domain" --secrets - >>"$work/said" 2>&1 || fail "secrets on standard input"
	printf 'k=%s\nopc=%sa\n' "$k" "$opc" >"$work/bad"
	run 1 subscriber add --impi "eve@$domain" --impu "sip:eve@$domain" --secrets "$work/bad"
	complains "impis[0].opc: must be exactly 32 hexadecimal digits"
	printf '%s\n' "$k" >"$work/bad"
	run 1 subscriber add --impi "eve@$domain" --impu "sip:eve@$domain" --secrets "$work/bad"
	complains "$work/bad:1"
	run 1 subscriber add --impi "eve@$domain" --impu "sip:eve@$domain" --secrets "$work/none"
	run 2 subscriber show --k="$k" "$alice"

	run 0 subscriber show "$alice"
	says "subscriber.sets.1.impus.2.impu: tel:+1555$$"
	says "subscriber.impis.1.amf: 8000"
	run 0 subscriber show "SIP:alice@${domain^^}" --json
	python3 -c 'import json, sys; json.load(sys.stdin)' <"$work/out" || fail "no JSON"
	run 0 registration show "sip:alice@$domain"
	says "registrations.1.flag: unregistered"
	says "registrations.1.seq: 2"
	run 0 subscriber list
	says "$alice: sip:alice@$domain tel:+1555$$"
	run 0 subscriber list --json
	python3 -c 'import json, sys; json.load(sys.stdin)' <"$work/out" || fail "no JSON"

	run 0 subscriber set "$alice" --add-impu "sip:al@$domain" --default-impu "sip:al@$domain" \
		--visited visited.example.net --registration-allowed no
	run 0 subscriber set "sip:alice@$domain" --barred yes --display-name 'Alice Example'
	run 0 subscriber show "$alice"
	says "subscriber.sets.1.impus.1.impu: sip:al@$domain"
	says "subscriber.sets.1.impus.2.barred: yes"
	says "subscriber.sets.1.impus.2.display_name: Alice Example"
	says "subscriber.visited: visited.example.net"
	says "subscriber.registration_allowed: no"
	run 1 subscriber set "$alice" --sqn 1
	run 0 subscriber set "$alice" --sqn 1 --secrets "$work/secrets"
	run 1 subscriber set "$alice" --remove-impu "sip:bob@$domain"
	run 0 profile set "gold-$$" --media-profile 3
	run 0 subscriber set "sip:bob@$domain" --profile "gold-$$"
	run 1 subscriber set "sip:bob@$domain" --profile "none-$$"

	cat >"$work/doc.json" <<-END
	{"impis": [{"impi": "c1@$domain", "k": "$k", "opc": "$opc"}, {"impi": "c2@$domain", "k": "$k", "op": "$op"}],
	 "sets": [{"impus": [{"impu": "sip:c@$domain"}, {"impu": "sip:c0@$domain", "profile": "gold-$$"}]},
	          {"impus": [{"impu": "sip:c2@$domain"}], "impis": ["c2@$domain"]}]}
	END
	chmod 600 "$work/doc.json"
	run 0 subscriber add --document "$work/doc.json"
	run 0 registration show "c2@$domain"
	says "registrations.3.impi: c2@$domain"
	sed "s/\"$k\"/$k/" "$work/doc.json" >"$work/bad"
	run 1 subscriber add --document "$work/bad"
	complains "$work/bad:1"

	printf 'password=%s\n' "$password" >"$work/password"
	chmod 600 "$work/password"
	run 0 subscriber add --impi "dora@$domain" --impu "sip:dora@$domain" --secrets "$work/password"
	run 0 subscriber show "dora@$domain"
	says "subscriber.impis.1.schemes: SIP Digest"
	says "subscriber.impis.1.digest_realm: $domain"
	run 0 db check
	run 1 subscriber set "dora@$domain" --scheme Digest-AKAv1-MD5
	complains "Digest-AKAv1-MD5 needs k and opc"
	run 0 subscriber set "dora@$domain" --secrets "$work/secrets" --scheme Digest-AKAv1-MD5 --scheme "SIP Digest"
	rm "$work/password"
	(umask 077 && run 0 subscriber export "$work/dora.json" --with-keys --json)
	grep -q "\"ha1\":\"$(printf '%s' "dora@$domain:$domain:$password" | md5sum | cut -c1-32)\"" "$work/dora.json" ||
		fail "HA1 is not what md5sum makes"
	run 0 subscriber delete "dora@$domain"

	run 0 subscriber delete "sip:c0@$domain"
	run 1 subscriber show "c1@$domain"
	run 1 subscriber delete "c1@$domain"
	run 0 subscriber delete "bob@$domain"
	run 0 subscriber delete "$alice"
}

# What subscribers share: documents, their difference to what is stored, and that it stays while it is used.
test_objects() {
	local set=$((100000 + $$)) profile=volte-$$ charging=offline-$$ near=near-$$
	cat >"$work/set.json" <<-END
	{"id": $set, "criteria": [{"priority": 20, "profile_part": "registered",
	  "server": {"name": "sip:presence.$domain", "include_register_request": true},
	  "trigger": {"all": [{"method": "REGISTER", "registration_types": ["initial"]}]}}]}
	END
	cat >"$work/profile.json" <<-END
	{"name": "$profile", "ifc_sets": [$set], "service_ids": ["urn:urn-7:3gpp-service.ims.icsi.mmtel"],
	 "criteria": [{"priority": 10, "server": {"name": "sip:mmtel.$domain", "default_handling": "terminate"},
	  "trigger": {"all": [{"method": "INVITE"}, [{"session_case": "originating"}, {"session_case": 1}]]}}]}
	END
	echo '{"primary_ccf": "aaa://ccf1.example.net;transport=tcp", "secondary_ccf": "aaa://ccf2.example.net"}' \
		>"$work/charging.json"
	echo '{"mandatory": [1], "optional": [2, 3]}' >"$work/near.json"

	run 1 profile apply "$work/profile.json"
	complains "ifc_sets[0]: there is no shared set $set"
	run 0 ifc-set apply "$work/set.json"
	says "result: created"
	run 0 profile apply "$work/profile.json" --dry-run
	says "result: created"
	says "ifc_sets: - -> [$set]"
	run 1 profile show "$profile"
	run 0 profile apply "$work/profile.json"
	run 0 profile apply "$work/profile.json"
	says "result: unchanged"
	run 0 profile show "$profile"
	cp "$work/out" "$work/shown.json"
	run 0 profile apply "$work/shown.json"
	says "result: unchanged"
	sed 's/"terminate"/"continue"/; s/mmtel\./tas./' "$work/profile.json" >"$work/profile2.json"
	run 0 profile apply "$profile" "$work/profile2.json" --dry-run
	says "criteria[10].server.name: sip:mmtel.$domain -> sip:tas.$domain"
	says "criteria[10].server.default_handling: terminate -> continue"
	run 0 profile apply "$work/profile.json" --dry-run
	says "result: unchanged"
	run 1 profile apply "other-$$" "$work/profile.json"
	complains "name: is not other-$$"
	sed 's/"INVITE"/"INVITE", "colour": 1/' "$work/profile.json" >"$work/bad.json"
	run 1 profile apply "$work/bad.json"
	complains "criteria[0].trigger.all[0].colour: is not known here"
	echo '{"criteria": [}' >"$work/bad.json"
	run 1 profile apply "$profile" "$work/bad.json"
	complains "$work/bad.json:1"
	run 2 profile apply "$work/charging.json"

	run 0 charging apply "$charging" "$work/charging.json"
	run 0 capabilities apply "$near" "$work/near.json"
	run 0 capabilities show "$near"
	says '"mandatory"'
	run 0 profile list
	says "$profile"
	run 0 ifc-set list
	says "$set"
	run 1 ifc-set delete "$set"
	complains "$profile"
	run 0 profile delete "$profile"
	run 0 ifc-set delete "$set"
	run 0 charging delete "$charging"
	run 0 capabilities delete "$near"
	run 1 capabilities show "$near"
	complains "there is no capabilities $near"
}

# Subscribers by document: created, changed, unchanged; a difference that shows no key; a VoLTE user from a template.
test_apply() {
	local imsi=00101$((1000000000 + $$)) msisdn=+49301$$
	local home=ims.mnc001.mcc001.3gppnetwork.org
	echo '{"primary_ccf": "aaa://ccf1.example.net"}' | "$hssctl" -c "$conf" charging apply "c-$$" - >/dev/null
	cat >"$work/sub.json" <<-END
	[{"impis": [{"impi": "e1@$domain", "k": "$k", "opc": "$opc"}], "charging": "c-$$",
	  "sets": [{"impus": [{"impu": "sip:e1@$domain", "alias_group": "1"},
	                      {"impu": "tel:+491$$", "alias_group": "1", "loose_route": true}]}]},
	 {"impis": [{"impi": "e2@$domain", "k": "$k", "opc": "$opc"}], "sets": [{"impus": [{"impu": "sip:e2@$domain"}]}]}]
	END
	chmod 600 "$work/sub.json"
	run 0 subscriber apply "$work/sub.json" --dry-run
	says "created: 2"
	run 1 subscriber show "e1@$domain"
	run 0 subscriber apply "$work/sub.json"
	says "e1@$domain: created"
	run 0 subscriber apply "$work/sub.json"
	says "unchanged: 2"
	run 0 subscriber show "e1@$domain"
	says "subscriber.charging: c-$$"
	says "subscriber.sets.1.impus.2.alias_group: 1"
	says "subscriber.sets.1.impus.2.loose_route: yes"
	run 1 charging delete "c-$$"
	run 0 subscriber set "tel:+491$$" --charging "" --loose-route no --alias-group ""
	run 0 subscriber show "e1@$domain"
	lacks charging "$work/out"
	lacks 'impus.2.alias_group' "$work/out"
	lacks loose_route "$work/out"
	run 0 subscriber set "tel:+491$$" --charging "c-$$" --loose-route yes --alias-group 1 --privileged-sender no
	run 0 subscriber apply "$work/sub.json"
	says "unchanged: 2"
	run 1 subscriber set "tel:+491$$" --capabilities "none-$$"
	complains "capabilities: there are no capabilities none-$$"
	sed "s/$k/${op}/; s/\"alias_group\": \"1\"}/\"barred\": true}/" "$work/sub.json" >"$work/sub2.json"
	chmod 600 "$work/sub2.json"
	run 0 subscriber apply "$work/sub2.json" --dry-run
	says "e1@$domain: changed"
	says "  impis[e1@$domain].k: changes"
	says "  sets[0].impus[sip:e1@$domain].barred: false -> true"
	says "changed: 2"
	run 0 subscriber apply "$work/sub2.json"
	run 0 subscriber apply "$work/sub2.json"
	says "unchanged: 2"
	sed 's/"loose_route": true/"barred": true/' "$work/sub2.json" >"$work/sub3.json"
	chmod 600 "$work/sub3.json"
	run 0 subscriber apply "$work/sub3.json" --dry-run
	complains "warning: document 1: sets[0]: every user identity is barred"
	sed 's/"charging"/"colour"/' "$work/sub3.json" >"$work/bad.json"
	chmod 600 "$work/bad.json"
	run 1 subscriber apply "$work/bad.json"
	complains "document 1: colour: is not known here"
	run 0 subscriber show "e1@$domain"
	cp "$work/out" "$work/before.txt"
	run 0 subscriber export "$work/all.json" --with-keys --json
	run 0 subscriber apply "$work/all.json" --dry-run
	says "changed: 0"
	says "created: 0"
	grep "\"e1@$domain\"" "$work/all.json" >"$work/one.json"
	chmod 600 "$work/one.json"
	run 0 subscriber delete "e1@$domain"
	run 0 subscriber add --document "$work/one.json"
	run 0 subscriber show "e1@$domain"
	grep -v '^id:' "$work/out" >"$work/after.txt"
	grep -v '^id:' "$work/before.txt" | diff - "$work/after.txt" >/dev/null || fail "an export lost something"
	run 0 subscriber delete "e1@$domain"
	run 0 subscriber delete "e2@$domain"
	run 0 charging delete "c-$$"

	# Documents that do not fit one request to a running HSS go in portions.
	python3 -c '
import json, sys
domain, k, opc = sys.argv[1:]
for i in range(11):
    sets = [{"impus": [{"impu": "sip:%d-%d-%d%s@%s" % (i, s, u, "x" * 380, domain)} for u in range(4)]} for s in range(64)]
    print(json.dumps({"impis": [{"impi": "large%d@%s" % (i, domain), "k": k, "opc": opc}], "sets": sets}))
' "$domain" "$k" "$opc" >"$work/large.json"
	chmod 600 "$work/large.json"
	[ "$(wc -c <"$work/large.json")" -gt 1048576 ] || fail "the documents fit one request"
	run 0 subscriber add --document "$work/large.json"
	says "added: 11"
	run 0 subscriber apply "$work/large.json"
	says "unchanged: 11"
	for i in $(seq 0 10); do run 0 subscriber delete "large$i@$domain"; done

	run 0 subscriber add --template volte --impi "$imsi@$home" --msisdn "$msisdn" --secrets "$work/secrets"
	run 0 subscriber show "sip:$msisdn@$home;user=phone"
	says "subscriber.sets.1.impus.1.impu: sip:$imsi@$home"
	says "subscriber.sets.1.impus.1.barred: yes"
	says "subscriber.sets.1.impus.2.impu: tel:$msisdn"
	says "subscriber.sets.1.impus.3.impu: sip:$msisdn@$home"
	says "subscriber.sets.1.impus.3.alias_group: msisdn"
	says "subscriber.sets.1.impus.3.profile: default"
	says "registration.registrations.1.default_impu: tel:$msisdn"
	run 0 subscriber delete "tel:$msisdn"
	run 1 subscriber add --template volte --impi "$imsi@$home" --secrets "$work/secrets"
	complains "the template has \${msisdn}: --msisdn is missing"
	run 2 subscriber add --template volte --impi "$imsi@$home" --msisdn "$msisdn"
	run 2 subscriber add --impi "$imsi@$home" --impu "sip:x@$domain" --msisdn "$msisdn" --secrets "$work/secrets"
	cat >"$work/template.json" <<-'END'
	{"impis": [{"impi": "${impi}", "amf": "0000"}], "registration_allowed": false,
	 "sets": [{"impus": [{"impu": "sip:${user}.desk@${domain}", "profile": "${profile}"}]}]}
	END
	run 0 subscriber add --template "$work/template.json" --impi "f@$domain" --secrets "$work/secrets" --visited v.example
	run 0 subscriber show "sip:f.desk@$domain"
	says "subscriber.registration_allowed: no"
	says "subscriber.impis.1.amf: 0000"
	says "subscriber.visited: v.example"
	run 0 subscriber delete "f@$domain"
	sed -i 's/user}/colour}/' "$work/template.json"
	run 1 subscriber add --template "$work/template.json" --impi "f@$domain" --secrets "$work/secrets"
	complains "stands for nothing"
	run 1 subscriber add --template ghost --impi "f@$domain" --secrets "$work/secrets"
	complains "templates are volte, or a file"
}

# rows N : N subscribers as CSV, with lines that end in CRLF and one quoted field.
rows() {
	printf 'k,opc,impi,impus,visited\r\n'
	awk -v n="$1" -v d="$domain" -v k="$k" -v o="$opc" 'BEGIN { for (i = 1; i <= n; i++)
		printf "%s,%s,u%d@%s,\"sip:u%d@%s sip:v%d@%s\",\r\n", k, o, i, d, i, d, i, d }'
}

test_import_bad() {
	local before
	before=$(count)
	{
		rows 300
		printf '%s,%s,bad,sip:w1@%s,\r\n' "$k" "$opc" "$domain"             # line 302
		printf '%s,%s,w2@%s,mailto:x,\r\n' "$k" "$opc" "$domain"            # 303
		printf 'xyz,%s,w3@%s,sip:w3@%s,\r\n' "$opc" "$domain" "$domain"     # 304
		printf '%s,%s,u7@%s,sip:w4@%s,\r\n' "$k" "$opc" "$domain" "$domain" # 305
		printf '%s,%s,w5@%s\r\n' "$k" "$opc" "$domain"                      # 306
		printf '%s,"%s"x,w6@%s,sip:w6@%s,\r\n' "$k" "$opc" "$domain" "$domain"
		printf '%s,%s,w8@%s,sip:w8@%s,"a\tb"\r\n' "$k" "$opc" "$domain" "$domain"
	} >"$work/bad.csv"
	run 1 subscriber import "$work/bad.csv"
	complains "$work/bad.csv:302: impi: "
	complains "$work/bad.csv:303: impus: "
	complains "$work/bad.csv:304: k: must be exactly 32 hexadecimal digits"
	complains "$work/bad.csv:305: impi: u7@$domain is on line 8 as well"
	complains "$work/bad.csv:306: the row has fewer fields"
	complains "$work/bad.csv:307: text follows a quoted field"
	complains "nothing was written"
	[ "$(count)" = "$before" ] || fail "a bad file was imported"
	printf 'impi,impus,k\n' >"$work/bad.csv"
	run 1 subscriber import "$work/bad.csv"
	complains "the header row lacks"
	printf '%s,%s\n' "$k" "$opc" >"$work/bad.csv"
	run 1 subscriber import "$work/bad.csv"
	awk -v k="$k" 'BEGIN { print "impi,impus,k,opc"; for (i = 0; i < 150; i++) print "bad,sip:x@y.z," k "," }' \
		>"$work/bad.csv"
	run 1 subscriber import "$work/bad.csv"
	complains "faults more"
	[ "$(wc -l <"$work/err")" -le 103 ] || fail "more than 100 faults"
	run 1 subscriber import "$work/none.csv"
	run 1 subscriber import /dev/null
}

# An import that is killed with kill -9 in the middle, and run again.
test_import_interrupted() {
	local n=20000 before now
	# Through the HSS in smaller chunks, and under a sanitizer, an import is slower.
	if [ "$mode" = online ] || ldd "$hssctl" | grep -q libasan; then
		n=6000
	fi
	before=$(count)
	rows "$n" >"$work/good.csv"
	run 0 subscriber import "$work/good.csv" --dry-run
	says "would_add: $n"
	[ "$(count)" = "$before" ] || fail "a dry run wrote"
	"$hssctl" -c "$conf" subscriber import "$work/good.csv" >>"$work/said" 2>&1 &
	importer=$!
	now=$before
	while [ "$now" = "$before" ] && kill -0 "$importer" 2>/dev/null; do
		now=$(count)
	done
	kill -9 "$importer" || fail "the import ended too early to be interrupted"
	wait "$importer" 2>/dev/null || true
	importer=
	now=$(count)
	[ "$now" -gt "$before" ] && [ "$now" -lt $((before + n)) ] || fail "interrupted after $now"
	# A chunk has 200 rows; through the HSS it has 20, two of which are under way at a time.
	[ $(((now - before) % 20)) = 0 ] || fail "part of a chunk was written"
	run 0 subscriber import "$work/good.csv" --json
	python3 - "$work/out" "$n" "$((now - before))" <<-'END' || fail "the second run"
	import json, sys
	r = json.load(open(sys.argv[1]))
	n, present = int(sys.argv[2]), int(sys.argv[3])
	# The HSS may have had two more chunks of the killed import in its sockets.
	sys.exit(r["added"] + r["present"] != n or r["present"] - present not in (0, 20, 40))
	END
	[ "$(count)" = $((before + n)) ] || fail "the import is not whole"
	sed "2s/$k/00000000000000000000000000000000/" "$work/good.csv" >"$work/other.csv"
	run 1 subscriber import "$work/other.csv"
	complains "$work/other.csv:2: impi: the IMPI u1@$domain exists already, with other data: k"
}

# Only offline, where the database holds nothing else.
test_round_trip() {
	run 2 subscriber export - --with-keys
	run 0 subscriber export "$work/keys.csv" --with-keys
	has_mode "$work/keys.csv" 600
	run 1 subscriber export "$work/keys.csv" --with-keys
	run 0 subscriber export -
	grep -q "^u1@$domain,sip:u1@$domain sip:v1@$domain,,,,8000,0,\$" "$work/out" || fail "export without keys"
	conf=$work/none
	run 0 init "$work/copy" --identity hss.example.net --realm example.net
	conf=$work/copy/hss.conf
	run 0 subscriber import "$work/keys.csv"
	run 0 subscriber export "$work/keys2.csv" --with-keys
	cmp -s "$work/keys.csv" "$work/keys2.csv" || fail "export, import, export is not the same"
	run 0 subscriber export "$work/keys.json" --with-keys --json
	conf=$work/any/hss.conf
	run 0 subscriber add --document "$work/keys.json"
	run 0 subscriber export "$work/keys3.csv" --with-keys
	cmp -s "$work/keys.csv" "$work/keys3.csv" || fail "documents do not make the same subscribers"
	run 0 subscriber set "sip:v1@$domain" --barred yes
	run 1 subscriber export "$work/most.csv"
	complains "1 subscribers were left out"
	complains "SIP Digest"
	conf=$work/node/hss.conf
}

test_lock() {
	exec {lock_fd}>>"$work/node/hss.db.lock"
	flock -n "$lock_fd" || fail "the lock is held after the last command"
	run 1 subscriber delete "u1@$domain"
	complains "$work/node/hss.db"
	complains "$work/node/admin.sock"
	run 0 subscriber show "u1@$domain"
	exec {lock_fd}>&-
	run 0 subscriber delete "u1@$domain"
}

test_no_key_was_said() {
	if grep -qiE "${k:0:12}|${opc:0:12}|${op:0:12}|$password" "$work/said"; then
		echo "hssctl: a key stands in its output" >&2
		exit 1
	fi
}

touch "$work/out" "$work/err" "$work/said"
case $mode in
offline) test_init ;;
online) conf=$3/hss.conf ;;
*) fail "offline or online?" ;;
esac
test_usage
test_one
test_objects
test_apply
test_import_bad
test_import_interrupted
if [ "$mode" = offline ]; then
	test_round_trip
	test_lock
fi
test_no_key_was_said
echo "hssctl: passed ($mode)"
